/** Completion as its user meets it: keys typed at an interactive shell on a pseudo-terminal. */
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../checkpoint/temporary-folder.js";
import { sotto } from "./run-sotto.js";

const folder = temporaryFolder();
mkdirSync(join(folder, "here/models of mine"), { recursive: true });
writeFileSync(join(folder, "here/talk one.mp3"), "");
writeFileSync(join(folder, "here/talk.srt"), "");

const TAB = "\t";
/** Goes to the start of the line and turns it into one that prints itself. */
const SHOW = "\u0001printf '<%s>' \u0005 ; echo";

interface Shell {
  readonly command: string;
  /** Lines that make it load the script at this path. */
  setup(script: string): string[];
}

const SHELLS: Record<"bash" | "zsh" | "fish", Shell> = {
  bash: {
    command: "bash --norc --noprofile -i",
    setup: (script) => ["bind 'set bell-style none'", `source ${script}`],
  },
  zsh: {
    command: "zsh -f -i",
    setup: (script) => ["bindkey -e", "autoload -U compinit && compinit -u -D", `source ${script}`],
  },
  fish: { command: "fish --no-config -i", setup: (script) => [`source ${script}`] },
};

const isThere = (name: string) => spawnSync(name, ["-c", "exit 0"]).status === 0;
const hasScript = process.platform === "linux" && spawnSync("script", ["--version"]).status === 0;

/** What a shell makes of each line that is typed: its words, each in angle brackets. */
async function complete(name: keyof typeof SHELLS, lines: readonly string[]): Promise<string[]> {
  const path = join(folder, `sotto.${name}`);
  writeFileSync(path, (await sotto(["completions", name])).stdout);
  const { command, setup } = SHELLS[name];
  const child = spawn("script", ["-qec", command, "/dev/null"], {
    cwd: join(folder, "here"),
    env: { ...process.env, HOME: folder, TERM: "xterm", PS1: "" },
  });
  let shown = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    shown += text;
  });
  const say = async (line: string, answer: RegExp) => {
    shown = "";
    child.stdin.write(`${line}\r`);
    for (let i = 0; i < 400 && !answer.test(shown); i++) await new Promise((resolve) => setTimeout(resolve, 25));
    return answer.exec(shown)?.[1] ?? `nothing: ${JSON.stringify(shown)}`;
  };
  await say([...setup(path), "stty cols 500; echo re''ady"].join("; "), /(ready)/);
  const results: string[] = [];
  for (const line of lines) results.push(await say(line + SHOW, /\n?((?:<[^<>\r\n%]*>)+)\s*\r?\n/));
  child.stdin.end("exit\r");
  child.kill();
  return results;
}

describe.skipIf(!hasScript)("completion (skipped where util-linux's script is missing)", () => {
  it.each(Object.keys(SHELLS) as (keyof typeof SHELLS)[])("works in %s", async (name) => {
    if (!isThere(name)) return console.warn(`${name}: skipped, it is not installed`);
    const cases = {
      [`sotto det${TAB}`]: "<sotto><detect>",
      [`sotto --output-d${TAB}`]: "<sotto><--output-dir>",
      [`sotto vad --vad-th${TAB}`]: "<sotto><vad><--vad-threshold>",
      [`sotto --segmenter ba${TAB}`]: "<sotto><--segmenter><batched>",
      [`sotto vad -f rt${TAB}`]: "<sotto><vad><-f><rttm>",
      [`sotto models inf${TAB}`]: "<sotto><models><info>",
      [`sotto completions pow${TAB}`]: "<sotto><completions><powershell>",
      [`sotto talk\\ ${TAB}`]: "<sotto><talk one.mp3>",
      [`sotto -m mod${TAB}`]: "<sotto><-m><models of mine>",
      [`sotto --look-ahead ta${TAB}`]: "<sotto><--look-ahead><ta>",
    };
    const completed = await complete(name, Object.keys(cases));
    // zsh takes the slash away when a space follows
    expect(completed.map((line) => line.replace(/\/>$/, ">"))).toEqual(Object.values(cases));
  });

  it("completes lists and --option=value in bash", async () => {
    const lines = [`sotto -f srt,vt${TAB}`, `sotto --format=js${TAB}`, `sotto -f srt detect --pres${TAB}`];
    expect(await complete("bash", lines)).toEqual([
      "<sotto><-f><srt,vtt>",
      "<sotto><--format=json>",
      "<sotto><-f><srt><detect><--preset>",
    ]);
  });
});

describe("sotto completions", () => {
  it("names every command and every option that help shows, for each shell", async () => {
    const { stdout: help } = await sotto(["--help"]);
    const options = [...help.matchAll(/^ +(?:-\w, )?--([a-z-]+)/gm)].map(([, name]) => name!);
    for (const shell of ["bash", "zsh", "fish", "powershell"]) {
      const { stdout, code } = await sotto(["completions", shell]);
      for (const option of options) expect(stdout).toContain(option);
      for (const command of ["detect", "vad", "models", "convert", "doctor"]) expect(stdout).toContain(command);
      expect(code).toBe(0);
    }
  });

  it("knows no other shell", async () => {
    const { code, stderr, stdout } = await sotto(["completions", "fihs"]);
    expect(stderr).toContain("Did you mean fish?");
    expect(stdout).toBe("");
    expect(code).toBe(2);
  });
});
