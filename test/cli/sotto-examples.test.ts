/** Runs the scripts of examples/ on two recordings; what runs elsewhere is checked by the tool that reads it, or field by field. */
import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { EXIT } from "../../src/cli/exit-codes.js";
import { temporaryFolder } from "../checkpoint/temporary-folder.js";
import { fixture } from "../fixtures.js";

const EXAMPLES = fileURLToPath(new URL("../../examples/", import.meta.url));
const BIN = fileURLToPath(new URL("../../bin/sotto.js", import.meta.url));
const folder = temporaryFolder();
const programs = join(folder, "bin");
mkdirSync(programs);
const program = (name: string, text: string) => writeFileSync(join(programs, name), text, { mode: 0o755 });
program("sotto", `#!/bin/sh\nexec '${process.execPath}' '${BIN}' "$@"\n`);

const has = (command: string, ...args: string[]) => spawnSync(command, args).status === 0;
/** Says so, since a skipped test should not be silent. */
const skipped = (what: string) => console.warn(`skipped: ${what}`) ?? true;

/** Four recordings, one of them in a folder of its own with a space in its name. */
function recordings(name: string): string {
  const path = join(folder, name);
  mkdirSync(join(path, "more talks"), { recursive: true });
  for (const file of ["one.wav", "two.wav", "three.wav", "more talks/four's.wav"])
    copyFileSync(fixture("jfk.wav"), join(path, file));
  return path;
}

const NAMES = ["four's.srt", "one.srt", "three.srt", "two.srt"];
const subtitlesIn = (path: string) => readdirSync(path).filter((name) => name.endsWith(".srt"));

function run(script: string, args: readonly string[], { input, env = {} }: { input?: Buffer; env?: object } = {}) {
  return spawnSync(script, args, {
    encoding: "utf8",
    env: {
      ...process.env,
      ...{
        XDG_CONFIG_HOME: join(folder, "none"),
        SOTTO_CACHE: join(folder, "cache"),
        SOTTO_STATE: join(folder, "state"),
      },
      ...{ PATH: `${programs}:${process.env.PATH}`, ...env },
    },
    ...(input !== undefined && { input }),
  });
}

describe.skipIf(process.platform === "win32")("examples that run here", () => {
  it("find-words.sh tells when something is said in what comes down a pipe", () => {
    const input = readFileSync(fixture("jfk.mp3"));
    const found = run(join(EXAMPLES, "find-words.sh"), ["country", "--language", "en"], { input });
    expect(found.stderr).toBe("");
    expect(found.stdout).toMatch(/^\d+\.\d\t.*your country/m);
    expect(found.status).toBe(0);
    expect(run(join(EXAMPLES, "find-words.sh"), ["zebra"], { input }).status).toBe(1);
    expect(run(join(EXAMPLES, "find-words.sh"), ["zebra"], { input: Buffer.from("no audio") }).status).toBe(4);
  });

  it("parallel.sh subtitles a folder, and skips what is done when run again", () => {
    // where GNU parallel is missing, a stand-in does as much of its work as the example asks for
    if (!has("parallel", "--version")) program("parallel", PARALLEL);
    const [from, to] = [recordings("for parallel"), join(folder, "by parallel")];
    const first = run(join(EXAMPLES, "parallel.sh"), [from, to, "--language", "en"]);
    expect(first.stderr.replaceAll(/^Academic.*|^To silence.*|^$/gm, "").trim()).toBe("");
    expect(first.status).toBe(0);
    expect(subtitlesIn(to)).toEqual(NAMES);
    const before = readFileSync(join(to, "one.srt"));
    expect(run(join(EXAMPLES, "parallel.sh"), [from, to, "--language", "en"]).status).toBe(0);
    expect(readFileSync(join(to, "one.srt"))).toEqual(before);
  });

  it("slurm.sbatch's jobs do every recording exactly once", () => {
    const [from, to] = [recordings("for slurm"), join(folder, "by slurm")];
    const done: string[] = [];
    for (const id of ["1", "2", "3"]) {
      const env = {
        SLURM_ARRAY_TASK_ID: id,
        SLURM_ARRAY_TASK_COUNT: "3",
        SLURM_ARRAY_TASK_MIN: "1",
        SLURM_CPUS_PER_TASK: "2",
      };
      const { status, stderr } = run("bash", [join(EXAMPLES, "slurm.sbatch"), from, to], { env });
      expect(stderr).toMatch(/SLURM_ARRAY_TASK_ID/);
      expect(status).toBe(0);
      const report = JSON.parse(readFileSync(join(to, `report-${id}.json`), "utf8"));
      done.push(...report.inputs.map(({ input }: { input: string }) => input));
    }
    expect(done.sort()).toEqual([...new Set(done)]);
    expect(done).toHaveLength(4);
    expect(subtitlesIn(to)).toEqual(NAMES);
  });
});

describe("examples that run elsewhere", () => {
  const hasYaml = has("python3", "-c", "import yaml");
  const kubernetes = () => {
    const program = "import json,sys,yaml; json.dump(yaml.safe_load(open(sys.argv[1])), sys.stdout)";
    return JSON.parse(
      execFileSync("python3", ["-c", program, join(EXAMPLES, "kubernetes.yaml")], { encoding: "utf8" }),
    );
  };

  it.skipIf(!hasYaml && skipped("PyYAML is missing"))(
    "kubernetes.yaml is an indexed job that says its completions",
    () => {
      const job = Job.parse(kubernetes());
      const [container] = job.spec.template.spec.containers;
      const env = new Map(container.env.map(({ name, value }) => [name, value]));
      expect(Number(env.get("JOB_COMPLETIONS"))).toBe(job.spec.completions);
      expect(job.spec.parallelism).toBeLessThanOrEqual(job.spec.completions);
      const [, ...rules] = job.spec.podFailurePolicy.rules;
      for (const { onExitCodes } of rules) expect(onExitCodes.containerName).toBe(container.name);
      const actions = rules.flatMap(({ action, onExitCodes }) => onExitCodes.values.map((code) => [code, action]));
      expect(Object.fromEntries(actions)).toEqual({
        ...{ [EXIT.usage]: "FailJob", [EXIT.environment]: "FailJob", [EXIT.output]: "FailJob" },
        ...{ [EXIT.someFailed]: "FailIndex", [EXIT.allFailed]: "FailIndex" },
      });
      const volumes = new Set(job.spec.template.spec.volumes.map(({ name }) => name));
      for (const { name } of container.volumeMounts) expect(volumes).toContain(name);
    },
  );

  it.skipIf(!hasYaml && skipped("PyYAML is missing"))("kubernetes.yaml's command runs, each pod with its part", () => {
    const data = recordings("for pods");
    const [container] = Job.parse(kubernetes()).spec.template.spec.containers;
    const args = container.args.map((arg) =>
      arg.replace("/data/recordings", data).replace("/data", join(folder, "pods")),
    );
    for (let index = 0; index < 8; index++) {
      const env = {
        ...Object.fromEntries(container.env.map(({ name, value }) => [name, value])),
        JOB_COMPLETION_INDEX: String(index),
      };
      const own = { SOTTO_STATE: join(folder, "pods/state"), SOTTO_CACHE: join(folder, "cache") };
      expect(run(container.command[0]!, args, { env: { ...env, ...own } }).status).toBe(0);
    }
    expect(subtitlesIn(join(folder, "pods/subtitles"))).toEqual(NAMES);
  });

  const hasAnalyzer = has("systemd-analyze", "--version");
  it.skipIf(!hasAnalyzer && skipped("systemd-analyze is missing"))("the systemd units pass its own check", () => {
    const units = join(folder, "units");
    cpSync(EXAMPLES, units, { recursive: true });
    const service = join(units, "sotto-inbox.service");
    const text = readFileSync(service, "utf8");
    writeFileSync(service, text.replace("/usr/local/bin/sotto", join(programs, "sotto")));
    const { status, stderr } = spawnSync("systemd-analyze", ["verify", join(units, "sotto-inbox.path"), service], {
      encoding: "utf8",
    });
    expect(stderr.split("\n").filter((line) => line.includes("sotto-inbox"))).toEqual([]);
    expect(status).toBe(0);
  });

  it("the systemd service's command runs", () => {
    const line = /^ExecStart=\S+ (.*)$/m.exec(readFileSync(join(EXAMPLES, "sotto-inbox.service"), "utf8"))![1]!;
    const srv = join(folder, "srv");
    mkdirSync(srv);
    cpSync(recordings("inbox"), join(srv, "inbox"), { recursive: true });
    const { status } = run("sotto", line.replaceAll("/srv/sotto", srv).split(" "));
    expect(status).toBe(0);
    expect(subtitlesIn(join(srv, "subtitles"))).toEqual(NAMES);
    expect(existsSync(join(srv, "report.json"))).toBe(true);
  });

  it("each is listed in the README beside them", () => {
    const readme = readFileSync(join(EXAMPLES, "README.md"), "utf8");
    for (const name of readdirSync(EXAMPLES).filter((name) => name !== "README.md"))
      expect(readme).toContain(`(${name})`);
  });
});

/** What Kubernetes needs of an indexed job, and this one of it. Source: Kubernetes API reference, Job batch/v1. */
const Named = z.looseObject({ name: z.string().regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/) });
const Variable = z.strictObject({ name: z.string().regex(/^[A-Z_]+$/), value: z.string() });
const Container = Named.extend({
  image: z.string().min(1),
  command: z.tuple([z.literal("sotto")]),
  args: z.array(z.string()),
  env: z.array(Variable),
  volumeMounts: z.array(Named.extend({ mountPath: z.string().startsWith("/") })),
});
const Pod = z.looseObject({
  restartPolicy: z.enum(["Never", "OnFailure"]),
  containers: z.tuple([Container]),
  volumes: z.array(Named),
});
const Rule = z.strictObject({
  action: z.enum(["FailJob", "FailIndex"]),
  onExitCodes: z.strictObject({
    containerName: z.string(),
    operator: z.literal("In"),
    values: z.array(z.int().min(1).max(255)),
  }),
});
const Disruption = z.strictObject({
  action: z.literal("Ignore"),
  onPodConditions: z.tuple([z.strictObject({ type: z.literal("DisruptionTarget") })]),
});
const Job = z.strictObject({
  apiVersion: z.literal("batch/v1"),
  kind: z.literal("Job"),
  metadata: Named,
  spec: z.looseObject({
    completions: z.int().positive(),
    parallelism: z.int().positive(),
    completionMode: z.literal("Indexed"),
    backoffLimitPerIndex: z.int().positive(),
    podFailurePolicy: z.strictObject({ rules: z.tuple([Disruption, Rule, Rule]) }),
    template: z.strictObject({ spec: Pod }),
  }),
});

/** `parallel --null --jobs N … COMMAND {}`, one at a time. */
const PARALLEL = `#!/bin/sh
while [ "$1" != sotto ]; do shift; done
exec xargs -0 -I '{}' "$@"
`;
