import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../checkpoint/temporary-folder.js";
import { fixture } from "../fixtures.js";
import { recordingsIn } from "./recordings.js";
import { type Ended, sotto, start } from "./run-sotto.js";

const folder = temporaryFolder();
const recordings = recordingsIn(folder);

const eventsOf = ({ stdout }: Pick<Ended, "stdout">) =>
  stdout
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));

const only = (ended: Pick<Ended, "stdout">, type: string) => eventsOf(ended).filter((event) => event.type === type);

describe("a list of inputs", () => {
  it("comes from stdin with zero bytes between names, as find -print0 writes it", async () => {
    const cwd = recordings("listed", "a b.wav", "new\nline.wav", "other.wav");
    const stdin = Buffer.from("./a b.wav\0./new\nline.wav\0");
    const { code, stdout } = await sotto(["--files-from", "-", "-0", "-l", "en", "-f", "txt"], { cwd, stdin });
    expect({ code, stdout }).toEqual({ code: 0, stdout: "" });
    expect(readdirSync(cwd).filter((name) => name.endsWith(".txt"))).toEqual(["a b.txt", "new\nline.txt"]);
  });
});

describe("the report", () => {
  it("tells what became of each input, and --fail-fast leaves the rest", async () => {
    const cwd = recordings("report", "2.wav", "10.wav");
    writeFileSync(join(cwd, "1.wav"), "no audio\n");
    const all = await sotto([".", "-l", "en", "--report", "all.json"], { cwd });
    expect(all.code).toBe(3);
    expect(all.stderr).toMatch(/3 inputs: 2 done, 1 failed; 22 s of audio in .*× real time\n.*failed: .*1\.wav/);
    const { version, totals, inputs } = JSON.parse(readFileSync(join(cwd, "all.json"), "utf8"));
    expect({ version, totals }).toMatchObject({ version: 1, totals: { done: 2, skipped: 0, failed: 1, pending: 0 } });
    expect(inputs).toMatchObject([
      { input: "1.wav", status: "failed", code: "ERR_AUDIO_UNSUPPORTED", outputs: [] },
      { input: "2.wav", status: "done", audio: 11, outputs: [join(cwd, "2.srt")] },
      { input: "10.wav", status: "done" },
    ]);
    const fast = await sotto([".", "-o", "out", "--fail-fast", "--report", "fast.json"], { cwd });
    expect(fast).toMatchObject({ code: 4, stderr: expect.stringContaining("2 not reached") });
    expect(JSON.parse(readFileSync(join(cwd, "fast.json"), "utf8")).totals).toMatchObject({ failed: 1, pending: 2 });
  });

  it("is there from the beginning: one that cannot be written ends the run before any work", async () => {
    const cwd = recordings("early report", "a.wav");
    const { code, stderr } = await sotto(["a.wav", "-o", ".", "--report", "none/report.json"], { cwd });
    expect(stderr).toMatch(/The report: Could not write none\/report\.json \(ENOENT\)\.\n.*with --report/);
    expect(code).toBe(73);
    expect(readdirSync(cwd)).toEqual(["a.wav"]);
  });
});

describe("--skip-existing", () => {
  it("does again what other settings would make otherwise, but never what somebody edited", async () => {
    const cwd = recordings("again", "a.wav", "b.wav");
    const args = [".", "-l", "en", "--skip-existing", "--json"];
    expect(only(await sotto(args, { cwd }), "done")).toHaveLength(2);
    expect(only(await sotto(args, { cwd }), "skip").map(({ reason }) => reason)).toEqual(["done", "done"]);
    appendFileSync(join(cwd, "a.srt"), "\n2\n00:00:10,000 --> 00:00:11,000\nMine.\n");
    const other = await sotto([...args, "--max-initial-timestamp", "0.5"], { cwd });
    expect(only(other, "skip")).toMatchObject([{ input: "a.wav", reason: "kept" }]);
    expect(only(other, "done")).toMatchObject([{ input: "b.wav" }]);
    expect(other.stderr).toContain("1 done, 1 skipped (1 made or edited by somebody else);");
    const more = await sotto([...args, "-f", "srt,txt"], { cwd });
    expect(only(more, "output").map(({ path }) => basename(path))).toEqual(["a.txt", "b.txt"]);
    expect(only(more, "warning")).toMatchObject([{ input: "a.wav", message: expect.stringMatching(/^a\.srt stays/) }]);
    expect(readFileSync(join(cwd, "a.srt"), "utf8")).toContain("Mine.");
  });
});

describe("--dry-run", () => {
  it("tells what would be done and how long it would take, and writes nothing", async () => {
    const cwd = recordings("dry", "a.wav", "b.wav");
    writeFileSync(join(cwd, "b.srt"), "mine");
    writeFileSync(join(cwd, "c.wav"), "no audio\n");
    const args = [".", "-l", "en", "--skip-existing", "-o", "out", "-f", "srt,txt", "--dry-run"];
    mkdirSync(join(cwd, "out"));
    writeFileSync(join(cwd, "out/b.srt"), "mine");
    writeFileSync(join(cwd, "out/b.txt"), "mine");
    const before = readdirSync(cwd, { recursive: true });
    const text = await sotto(args, { cwd });
    expect(text.code).toBe(3);
    expect(text.stdout.split("\n")).toEqual([
      "a.wav: 11 s; track 0 (pcm_s16le); writes out/a.srt, out/a.txt",
      "b.wav: skipped, its output exists, and was made or edited by somebody else",
      expect.stringMatching(/^failed: .*c\.wav/),
      expect.stringMatching(/^1 to do, 1 skipped, 1 failed; 11 s of audio, about [\d.:]+ (s|min)$/),
      "",
    ]);
    const events = eventsOf(await sotto([...args, "--json"], { cwd }));
    expect(events).toMatchObject([
      { type: "plan", input: "a.wav", duration: 11, track: { index: 0, sample_rate: 16000 } },
      { type: "skip", input: "b.wav", reason: "kept" },
      { type: "error", input: "c.wav", code: "ERR_AUDIO_UNSUPPORTED" },
      { type: "estimate", planned: 1, skipped: 1, failed: 1, duration: 11, elapsed: expect.any(Number) },
    ]);
    expect(events[0].outputs[0]).toEqual({ path: join(cwd, "out/a.srt"), format: "srt", task: "transcribe" });
    expect(readdirSync(cwd, { recursive: true })).toEqual(before);
  });
});

describe("--workers", () => {
  it("transcribes inputs side by side, and keeps together what is told of each", async () => {
    const cwd = recordings("workers", "a.wav", "b.wav", "c.wav", "d.wav");
    const ended = await sotto([".", "-l", "en", "--workers", "2", "--threads", "2", "--json"], { cwd });
    expect(ended.code).toBe(0);
    const told = eventsOf(ended).filter(({ type }) => type !== "start" && type !== "progress");
    const order = told.map(({ input }) => input).filter((input, i, all) => input !== all[i - 1]);
    expect([...order].sort()).toEqual(["a.wav", "b.wav", "c.wav", "d.wav"]);
    const texts = ["a", "b", "c", "d"].map((name) => readFileSync(join(cwd, `${name}.srt`), "utf8"));
    expect(new Set(texts).size).toBe(1);
  });
});

describe("shards", () => {
  it("are taken from a Slurm array, which is told", async () => {
    const cwd = recordings("slurm", "a.wav", "b.wav", "c.wav", "d.wav");
    const done: string[] = [];
    for (const id of ["7", "8"]) {
      const env = { SLURM_ARRAY_TASK_ID: id, SLURM_ARRAY_TASK_COUNT: "2", SLURM_ARRAY_TASK_MIN: "7" };
      const ended = await sotto([".", "-l", "en", "-o", "out", "--json"], { cwd, env });
      expect(ended.stderr).toMatch(/^sotto: part [12]\/2, as SLURM_ARRAY_TASK_ID says: \d of 4 inputs$/m);
      done.push(...only(ended, "done").map(({ input }) => input));
    }
    expect(done.sort()).toEqual(["a.wav", "b.wav", "c.wav", "d.wav"]);
  });

  it("are not for an input that the script has chosen by itself", async () => {
    const cwd = recordings("chosen", "a.wav");
    const env = { SLURM_ARRAY_TASK_ID: "1", SLURM_ARRAY_TASK_COUNT: "500" };
    const ended = await sotto(["a.wav", "-l", "en", "-o", "out"], { cwd, env });
    expect(ended).toMatchObject({ code: 0, stderr: "" });
    expect(existsSync(join(cwd, "out/a.srt"))).toBe(true);
  });
});

describe("--watch", () => {
  it("transcribes what comes once it has stopped growing, and ends by the signal with a summary", async () => {
    const cwd = recordings("watched", "a.wav");
    const args = [".", "-l", "en", "--watch", "--watch-settle", "2", "--json", "--report", "report.json"];
    const { child, ended } = start(args, { cwd });
    const seen: string[] = [];
    const until = async (what: string) => {
      while (!seen.includes(what)) await delay(20);
    };
    let rest = "";
    child.stdout?.on("data", (text: string) => {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) seen.push(["type", "input"].map((key) => JSON.parse(line)[key]).join(" "));
    });
    await until("done a.wav");
    const bytes = readFileSync(fixture("jfk.wav"));
    const piece = Math.ceil(bytes.length / 8);
    for (let i = 0; i < 8; i++) {
      expect(seen).not.toContain("start b.wav");
      appendFileSync(join(cwd, "b.wav"), bytes.subarray(i * piece, (i + 1) * piece));
      await delay(400);
    }
    await until("done b.wav");
    process.kill(-child.pid!, "SIGINT");
    const { signal, stderr } = await ended;
    expect(signal).toBe("SIGINT");
    expect(stderr).toMatch(/2 inputs: 2 done; 22 s of audio/);
    expect(JSON.parse(readFileSync(join(cwd, "report.json"), "utf8")).totals).toMatchObject({ done: 2, audio: 22 });
  });
});

describe("--progress plain", () => {
  it("ends every input with a closing line where stderr is no terminal, a single one too", async () => {
    const cwd = recordings("plain-log", "a.wav");
    const { code, stderr } = await sotto(["a.wav", "-o", ".", "--progress", "plain"], { cwd });
    expect(stderr).toMatch(
      /^sotto: a\.wav {2}0:11 \/ 0:11 {2}100 % .*× real time\nsotto: a\.wav: wrote a\.srt; 11 s of audio in .*× real time\n$/m,
    );
    expect(stderr).not.toMatch(/^sotto: *$/m);
    expect(code).toBe(0);
  });
});

describe("what cannot be", () => {
  it.each([
    ["a part that there is not", ["--shard", "4/3"], /such as 1\/3 for --shard/],
    ["claims for standard output", ["--claim"], /files to write with --claim.*\n.*-o DIR/],
    ["a watch for standard output", ["--watch"], /files to write with --watch/],
    ["claims over what is there", ["-o", ".", "--claim", "--overwrite"], /--overwrite or --claim/],
    ["a report in place of the input", ["--report", "./a.wav"], /report \.\/a\.wav would replace a\.wav/],
    ["a report in place of an output", ["-o", "out", "--report", "out/a.srt"], /would replace .*a\.srt/],
    ["no worker", ["-o", ".", "--workers", "0"], /from 1 for --workers/],
    ["a list that is not there", ["--files-from", "none"], /could not read it/],
  ])("is refused with 2: %s", async (_case, options, sentence) => {
    const { code, stdout, stderr } = await sotto(["a.wav", ...options], { cwd: recordings("refused", "a.wav") });
    expect(stderr).toMatch(sentence);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  });
});
