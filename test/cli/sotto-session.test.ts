import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { interrupts } from "../../bench/soak/interrupt.js";
import { temporaryFolder } from "../checkpoint/temporary-folder.js";
import { JFK_WORDS, wordsOf } from "../fixtures.js";
import { recordingsIn } from "./recordings.js";
import { CTRL_C, noTerminal, quoted, SOTTO, SPINNER, TerminalSession } from "./terminal-session.js";

const folder = temporaryFolder();
const recordings = recordingsIn(folder);

/** Why no folder can be mounted here; undefined where one can. */
const noMounts =
  spawnSync("unshare", ["-rm", "mount", "-t", "tmpfs", "none", "/mnt"]).status === 0
    ? undefined
    : "unshare cannot mount here";

/** Runs a line in a shell that may mount. */
const mounting = (line: string) => `exec unshare -rm bash -c ${quoted(line)}`;

/** The cursor is there, nothing moves, and nothing was sent that a terminal need not know. */
function expectTidy({ screen }: TerminalSession): void {
  expect(screen.cursor).toBe(true);
  expect(screen.unknown).toEqual([]);
  expect(screen.text).not.toMatch(SPINNER);
}

if (noTerminal !== undefined) console.log(`sotto-session.test.ts: skipped, ${noTerminal}`);

describe.skipIf(noTerminal !== undefined)("at a terminal", () => {
  it("a batch with a corrupt file shows how far it is, and what became of each", async () => {
    const cwd = recordings("batch", "a.wav", "b.wav", "d.wav");
    writeFileSync(join(cwd, "c.wav"), "this is no audio");
    const session = new TerminalSession("batch", `exec ${SOTTO} . -l en`, { cwd });
    expect(await session.ended).toBe(3);
    expect(session.seen).toContain("loading the model");
    expect(session.seen).toMatch(/1\/4 {2}a\.wav {2}0:00 \/ 0:11 {2}0 %\n {2}all: 0 % {2}0 of 4 done/);
    expect(session.seen).toMatch(/all: .*\n {2}(?:And so my fellow Americans|ask what you can do)/);
    expect(session.screen.text).toMatch(/a\.wav: wrote a\.srt; 11 s of audio in .* real time\n/);
    expect(session.screen.text).toMatch(/4 inputs: 3 done, 1 failed; 33 s of audio in .* real time/);
    expect(session.screen.text).toContain("c.wav");
    expectTidy(session);
  });

  it("a transcript that is printed there is whole, with progress out of its way", async () => {
    const cwd = recordings("printed", "a.wav");
    const session = new TerminalSession("printed", `exec ${SOTTO} a.wav -l en`, { cwd, columns: 160 });
    expect(await session.ended).toBe(0);
    expect(session.seen).toMatch(/a\.wav {2}0:00 \/ 0:11 {2}0 %/);
    const [said, ...rest] = session.screen.text.split("sotto: ");
    expect(wordsOf(said!)).toBe(JFK_WORDS);
    expect(rest).toHaveLength(1);
    expectTidy(session);
  });

  it("nothing but the transcript is shown with --quiet, and nothing moves where the terminal has no width", async () => {
    const cwd = recordings("quiet", "a.wav");
    const quiet = new TerminalSession("quiet", `exec ${SOTTO} a.wav -l en --quiet`, { cwd, columns: 160 });
    expect(await quiet.ended).toBe(0);
    expect(wordsOf(quiet.screen.text)).toBe(JFK_WORDS);
    const still = new TerminalSession("no-width", `stty cols 0; exec ${SOTTO} a.wav -l en`, { cwd, columns: 160 });
    expect(await still.ended).toBe(0);
    expect(still.seen).not.toMatch(/loading|⠿|%/);
  });

  it("words can be coloured by how sure the model is, and NO_COLOR leaves out every colour", async () => {
    const cwd = recordings("colour", "a.wav");
    const shown = async (name: string, env: NodeJS.ProcessEnv) => {
      const session = new TerminalSession(name, `exec ${SOTTO} a.wav -l en --color-confidence`, { cwd, env });
      expect(await session.ended).toBe(0);
      expectTidy(session);
      return session.screen.colours;
    };
    expect(await shown("colours", {})).toContain(32);
    expect([...(await shown("no-colours", { NO_COLOR: "1" }))]).toEqual([]);
  });

  it("Ctrl-C stops after the step, by the signal, and the next run does what is missing", async () => {
    const names = ["a.wav", "b.wav", "c.wav", "d.wav"];
    const cwd = recordings("once", ...names);
    const session = new TerminalSession("ctrl-c", `exec ${SOTTO} . -l en`, { cwd });
    await session.until(/1 of 4 done/);
    session.type(CTRL_C);
    expect(await session.ended).toBe(130);
    expect(session.screen.text).toContain("sotto: stopping after this step… (Ctrl-C again to quit now)");
    expectTidy(session);
    const again = new TerminalSession("resume", `exec ${SOTTO} . -l en --skip-existing`, { cwd });
    expect(await again.ended).toBe(0);
    const left = readdirSync(cwd).filter((name) => !name.includes(".partial."));
    expect(left.sort()).toEqual(names.flatMap((name) => [name.replace("wav", "srt"), name]));
    for (const name of names) expect(readFileSync(join(cwd, name.replace("wav", "srt")), "utf8")).toContain("country");
  });

  it("Ctrl-C twice ends at once, and gives the cursor back", async () => {
    const cwd = recordings("twice", "a.wav", "b.wav");
    const session = new TerminalSession("ctrl-c-twice", `exec ${SOTTO} . -l en`, { cwd });
    await session.until(/1\/2 {2}a\.wav/);
    session.type(CTRL_C);
    await session.until(/again to quit now/);
    session.type(CTRL_C);
    expect(await session.ended).toBe(130);
    expectTidy(session);
  });

  it("Ctrl-Z stops it with the cursor given back, and fg goes on", async () => {
    const cwd = recordings("ctrl-z", "a.wav", "b.wav");
    const session = new TerminalSession("ctrl-z", "PS1='$ ' exec bash --norc --noediting -i", { cwd });
    session.type(`${SOTTO} . -l en\n`);
    await session.until(/1\/2 {2}a\.wav/);
    session.type("\u001a");
    await session.until(/Stopped/);
    expect(session.screen.cursor).toBe(true);
    session.type("fg\n");
    await session.until(/2 inputs: 2 done/);
    session.type("exit $?\n");
    expect(await session.ended).toBe(0);
    expect(session.screen.cursor).toBe(true);
  });

  it("a window that changes its size is followed, down to 20 columns", async () => {
    const cwd = recordings("resize", ...["a", "b", "c", "d", "e", "f"].map((name) => `${name}.wav`));
    const session = new TerminalSession("resize", `exec ${SOTTO} . -l en`, { cwd, columns: 100 });
    await session.until(/1 of 6 done/);
    await session.resize(20);
    await session.until(/b\.wav: wrote/);
    for (const row of session.screen.rows) expect(row.length).toBeLessThanOrEqual(20);
    await session.resize(60);
    await session.until(/[345] of 6 done/);
    expect(await session.ended).toBe(0);
    expect(session.screen.text.match(/^sotto: /gm)).toHaveLength(7); // a line for each, and the sum
    expectTidy(session);
  });

  it("a reader that has enough ends it quietly, and a full device loudly", async () => {
    const cwd = recordings("pipes", "a.wav");
    const head = new TerminalSession("head", `${SOTTO} a.wav -l en -q | head -c 3; exit \${PIPESTATUS[0]}`, { cwd });
    expect(await head.ended).toBe(0);
    expect(head.screen.text).toBe("And");
    const full = new TerminalSession("dev-full", `exec ${SOTTO} a.wav -l en > /dev/full`, { cwd });
    expect(await full.ended).toBe(75);
    expect(full.screen.text).toMatch(/No space is left to write standard output \(ENOSPC\)/);
    expectTidy(full);
  });

  it("a disk that fills up is told of, every file on it is whole, and nothing else lies there", async (context) => {
    context.skip(noMounts !== undefined, noMounts);
    const cwd = recordings("full", "a.wav", "b.wav", "c.wav");
    mkdirSync(join(cwd, "out"));
    const run = `${SOTTO} . -l en -f json -o out; code=$?; mkdir kept; cp -a out/. kept/; exit $code`;
    const disk = "mount -t tmpfs -o size=64k none out && head -c 56k /dev/zero > out/other"; // leaves room for one file
    const session = new TerminalSession("full-disk", mounting(`${disk} && ${run}`), { cwd });
    expect(await session.ended).toBe(75);
    expect(session.screen.text).toMatch(/No space is left to write .*out/);
    const files = readdirSync(join(cwd, "kept")).filter((name) => name !== "other");
    for (const name of files) {
      expect(name).toMatch(/^[abc]\.json$/);
      expect(wordsOf(JSON.parse(readFileSync(join(cwd, "kept", name), "utf8")).text)).toBe(JFK_WORDS);
    }
    expect(files.length).toBeLessThan(3);
    expectTidy(session);
  });

  it("a folder that cannot be written ends it with 73", async (context) => {
    context.skip(noMounts !== undefined, noMounts);
    const cwd = recordings("read-only", "a.wav");
    mkdirSync(join(cwd, "out"));
    const line = `mount --bind out out && mount -o remount,bind,ro out && exec ${SOTTO} a.wav -l en -o out`;
    const session = new TerminalSession("read-only", mounting(line), { cwd });
    expect(await session.ended).toBe(73);
    expect(session.screen.text).toMatch(/Could not write .*a\.srt \(EROFS\)/);
    expectTidy(session);
  });

  it("names are names, whatever is in them, and cannot steer the terminal", async () => {
    const long = "n".repeat(251);
    const names = [
      "two words",
      'single\' and "double"',
      "new\nline",
      "-dash",
      "http:x",
      "%d",
      "\u001b[2Jesc\u0007",
      long,
    ];
    const cwd = recordings("names", ...names.map((name) => `${name}.wav`));
    const session = new TerminalSession("names", `exec ${SOTTO} -l en -f srt -- *`, { cwd, columns: 400 });
    expect(await session.ended).toBe(0);
    expect(readdirSync(cwd).sort()).toEqual(names.flatMap((name) => [`${name}.srt`, `${name}.wav`]).sort());
    expect(session.screen.text).toContain("\\x1b[2Jesc\\x07.wav: wrote");
    expect(session.screen.text).toContain("new\\nline.wav: wrote");
    expectTidy(session);
  });
});

it("Ctrl-C at any moment ends everything by the signal, and leaves nothing behind", async () => {
  const trials = await interrupts(6, 6);
  expect(trials).toHaveLength(6); // it throws where one of them ends otherwise; how long they take is `npm run soak -- interrupt`
});
