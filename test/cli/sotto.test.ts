import { spawnSync } from "node:child_process";
import {
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../checkpoint/temporary-folder.js";
import { fixture, JFK_WORDS, MODEL, wordsOf } from "../fixtures.js";
import { recordingsIn } from "./recordings.js";
import { sotto } from "./run-sotto.js";

const folder = temporaryFolder();
const BIN = fileURLToPath(new URL("../../bin/sotto.js", import.meta.url));

const recordings = recordingsIn(folder);

describe("what is said on stdout", () => {
  it("is the transcript and nothing else", async () => {
    const { code, stdout, stderr } = await sotto([fixture("jfk.wav")]);
    expect(wordsOf(stdout)).toBe(JFK_WORDS);
    expect(stdout.endsWith("\n")).toBe(true);
    expect(stderr).toBe("");
    expect(code).toBe(0);
  });

  it("is the same for standard input", async () => {
    const stdin = readFileSync(fixture("jfk.flac"));
    const { code, stdout } = await sotto(["-", "-l", "en"], { stdin });
    expect(wordsOf(stdout)).toBe(JFK_WORDS);
    expect(code).toBe(0);
  });

  it("is in the format that was asked for, with openai-whisper's spelling too", async () => {
    const { code, stdout } = await sotto([fixture("jfk.wav"), "--output_format", "json", "--language", "English"]);
    const result = JSON.parse(stdout);
    expect(wordsOf(result.text)).toBe(JFK_WORDS);
    expect(result.language).toBe("en");
    expect(code).toBe(0);
  });

  it("is one event a line with --json", async () => {
    const { code, stdout, stderr } = await sotto([fixture("jfk.wav"), "--json", "-l", "en"]);
    const events = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(events.every((event) => event.input === fixture("jfk.wav"))).toBe(true);
    expect(events[0]).toMatchObject({ type: "start", version: 1, index: 0, count: 1 });
    expect(events[1]).toMatchObject({ type: "language", language: "en" });
    expect(events.find(({ type }) => type === "segment")).toHaveProperty("avg_logprob");
    expect(events.at(-1)).toMatchObject({ type: "done", language: "en", timing: { windows: 1 } });
    expect(stderr).toBe("");
    expect(code).toBe(0);
  });

  it("tells of which task a segment is with --json", async () => {
    const { code, stdout } = await sotto([fixture("jfk.wav"), "--json", "-l", "de", "--task", "transcribe,translate"]);
    const events = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    const tasks = events.filter(({ type }) => type === "segment").map(({ task }) => task);
    expect(new Set(tasks)).toEqual(new Set(["transcribe", "translate"]));
    expect(code).toBe(0);
  });

  it("is of the part that was asked for", async () => {
    const { stdout } = await sotto([fixture("jfk.wav"), "-l", "en", "--offset", "0:00:08"]);
    expect(wordsOf(stdout)).toMatch(/what you can do for your country$/);
    expect(wordsOf(stdout)).not.toContain("fellow");
  });

  it("ends quietly when its reader has enough", () => {
    const script = `${JSON.stringify(process.execPath)} ${JSON.stringify(BIN)} -l en ${JSON.stringify(fixture("jfk.wav"))} | head -c 3; echo "\${PIPESTATUS[0]}"`;
    const { stdout, stderr } = spawnSync("bash", ["-c", script], { encoding: "utf8" });
    expect(stdout).toBe("And0\n");
    expect(stderr).toBe("");
  });

  it("is never lost in silence when the disk is full", (context) => {
    context.skip(!existsSync("/dev/full"), "this system has no /dev/full");
    const script = `${JSON.stringify(process.execPath)} ${JSON.stringify(BIN)} -l en ${JSON.stringify(fixture("jfk.wav"))} > /dev/full`;
    const { status, stderr } = spawnSync("bash", ["-c", script], { encoding: "utf8" });
    expect(stderr).toMatch(/^sotto: .*ENOSPC/);
    expect(status).toBe(75);
  });
});

describe.skipIf(process.platform === "win32")("a stream that is closed", () => {
  const line = `${JSON.stringify(process.execPath)} ${JSON.stringify(BIN)} -l en`;
  const recording = JSON.stringify(fixture("jfk.wav"));
  const run = (script: string) =>
    spawnSync("bash", ["-c", script], { cwd: recordings("closed"), encoding: "utf8", input: "" });

  it("is told where results are lost with it, and not where nobody wants them", () => {
    const lost = /^sotto: standard output is closed: .* -o FOLDER/;
    expect(run(`${line} ${recording} >&-`).stderr).toMatch(lost);
    expect(run(`${line} vad ${recording} >&-`).stderr).toMatch(lost);
    expect(run(`${line} vad ${recording} > /dev/null`)).toMatchObject({ status: 0, stderr: "" });
    expect(run(`${line} vad ${recording} -o spans >&-`)).toMatchObject({ status: 0, stderr: "" });
  });

  it("does no harm on the other two", () => {
    const { status, stdout } = run(`${line} ${recording} 2>&- <&-`);
    expect({ status, words: wordsOf(stdout) }).toEqual({ status: 0, words: JFK_WORDS });
    expect(run(`${line} missing.wav 2>&- <&-`)).toMatchObject({ status: 4, stdout: "" });
    expect(run(`${line} - <&-`)).toMatchObject({
      status: 4,
      stderr: expect.stringContaining("standard input is empty"),
    });
  });
});

describe("what is said on stderr", () => {
  it.each(["2> >(exit 0)", "2> /dev/full"])("can be lost without harm: %s", (redirection) => {
    const line = `${JSON.stringify(process.execPath)} ${JSON.stringify(BIN)} -v missing.wav ${JSON.stringify(fixture("jfk.wav"))}`;
    const folder = recordings("unheard");
    const script = `sleep 0.1; ${line} -l en -f txt -o out --overwrite; echo $?`;
    const { stdout } = spawnSync("bash", ["-c", `{ ${script}; } ${redirection}`], { cwd: folder, encoding: "utf8" });
    expect(stdout).toBe("3\n");
    expect(wordsOf(readFileSync(join(folder, "out/jfk.txt"), "utf8"))).toBe(JFK_WORDS);
  });
});

describe("files", () => {
  it("are written beside their sources, whatever these are called", async () => {
    const names = ["two words.wav", "new\nline.wav", "-dash.wav", "http:x.wav", "üñí 文件.wav"];
    const cwd = recordings("names", ...names);
    const { code, stdout } = await sotto(["-l", "en", "-f", "txt", "--", ...names], { cwd });
    expect(code).toBe(0);
    expect(stdout).toBe("");
    for (const name of names) {
      expect(wordsOf(readFileSync(join(cwd, name.replace(/wav$/, "txt")), "utf8"))).toBe(JFK_WORDS);
    }
    expect(readdirSync(cwd)).toHaveLength(2 * names.length);
  });

  it("go where -o says, in every format and with the language in their names", async () => {
    const cwd = recordings("formats", "a.wav");
    const { code, stdout } = await sotto(["a.wav", "--output_dir", "out/deep", "-f", "all", "--lang-suffix"], { cwd });
    const formats = ["ass", "csv", "json", "lrc", "srt", "tsv", "txt", "vtt"];
    expect(readdirSync(join(cwd, "out/deep")).sort()).toEqual(formats.map((format) => `a.en.${format}`));
    expect(readFileSync(join(cwd, "out/deep/a.en.srt"), "utf8")).toMatch(/^1\n00:00:00,\d{3} --> /);
    expect(stdout).toBe("");
    expect(code).toBe(0);
  });

  it("that exist are refused, skipped or replaced, and the other inputs go on", async () => {
    const cwd = recordings("existing", "a.wav", "b.wav");
    writeFileSync(join(cwd, "a.srt"), "mine");
    const refused = await sotto([".", "-l", "en"], { cwd });
    expect(refused.code).toBe(3);
    expect(refused.stderr).toContain("a.srt exists already");
    expect(readFileSync(join(cwd, "a.srt"), "utf8")).toBe("mine");
    expect(existsSync(join(cwd, "b.srt"))).toBe(true);

    const skipped = await sotto([".", "-l", "en", "--skip-existing"], { cwd });
    const summary = "sotto: 2 inputs: 0 done, 2 skipped (1 made or edited by somebody else)\n";
    expect(skipped).toMatchObject({ code: 0, stderr: summary });
    expect(readFileSync(join(cwd, "a.srt"), "utf8")).toBe("mine");

    expect(await sotto(["a.wav", "-o", ".", "-l", "en", "--overwrite"], { cwd })).toMatchObject({
      code: 0,
      stderr: "",
    });
    expect(readFileSync(join(cwd, "a.srt"), "utf8")).not.toBe("mine");
  });

  it("of two inputs that would be one are refused before any work", async () => {
    const cwd = recordings("collision", "a.wav", "a.mp3");
    const { code, stderr } = await sotto(["a.wav", "a.mp3"], { cwd });
    expect(code).toBe(2);
    expect(stderr).toContain("Both a.wav and a.mp3 would write");
    expect(readdirSync(cwd)).toHaveLength(2);
  });

  it("of two tasks are named by language, and skipped only where both are there", async () => {
    const cwd = recordings("tasks", "a.wav");
    const args = ["a.wav", "-l", "de", "--task", "transcribe,translate", "-f", "txt", "-o", "."];
    expect(await sotto(args, { cwd })).toMatchObject({ code: 0, stdout: "", stderr: "" });
    expect(readdirSync(cwd).sort()).toEqual(["a.de.txt", "a.en.txt", "a.wav"]);
    expect(readFileSync(join(cwd, "a.en.txt"), "utf8")).not.toBe(readFileSync(join(cwd, "a.de.txt"), "utf8"));

    const refused = await sotto(args, { cwd });
    expect(refused.code).toBe(73);
    expect(refused.stderr).toContain("a.de.txt exists already");
    rmSync(join(cwd, "a.en.txt"));
    writeFileSync(join(cwd, "a.de.txt"), "mine");
    expect(await sotto([...args, "--skip-existing"], { cwd })).toMatchObject({ code: 0 });
    expect(readFileSync(join(cwd, "a.de.txt"), "utf8")).toBe("mine");
    expect(existsSync(join(cwd, "a.en.txt"))).toBe(true);
    const skipped = await sotto([...args, "--skip-existing", "--json"], { cwd });
    expect(skipped.stdout).toContain('"skip"');
  });

  it("of two tasks are one where English is spoken", async () => {
    const cwd = recordings("english", "a.wav");
    const { code, stderr } = await sotto(["a.wav", "--task", "transcribe,translate", "-o", "out", "-v"], { cwd });
    expect(readdirSync(join(cwd, "out"))).toEqual(["a.en.srt"]);
    expect(stderr).toContain("nothing to translate");
    expect(code).toBe(0);
  });

  it("that cannot be written end with 73", async () => {
    const cwd = recordings("unwritable", "a.wav");
    writeFileSync(join(cwd, "out"), "a file, not a folder");
    const { code, stderr } = await sotto(["a.wav", "-o", "out", "-l", "en"], { cwd });
    expect(stderr).toMatch(/^sotto: Could not write .*out/);
    expect(code).toBe(73);
  });
});

describe("--compat openai", () => {
  it("writes openai-whisper's files into the working folder, over those there, and prints its lines", async () => {
    const cwd = recordings("openai/in", "a.wav");
    writeFileSync(join(folder, "openai/a.srt"), "old");
    const { code, stdout, stderr } = await sotto(["in/a.wav", "--compat", "openai"], { cwd: join(cwd, "..") });
    expect(readdirSync(join(cwd, "..")).sort()).toEqual(["a.json", "a.srt", "a.tsv", "a.txt", "a.vtt", "in"]);
    expect(readFileSync(join(folder, "openai/a.srt"), "utf8")).not.toBe("old");
    const [detecting, detected, ...lines] = stdout.trimEnd().split("\n");
    expect(detecting).toMatch(/^Detecting language using up to the first 30 seconds\. Use `--language`/);
    expect(detected).toBe("Detected language: English");
    expect(lines.every((line) => /^\[\d\d:\d\d\.\d{3} --> \d\d:\d\d\.\d{3}\] {2}\S/.test(line))).toBe(true);
    expect(wordsOf(lines.join(" ").replaceAll(/\[.*?\]/g, ""))).toBe(JFK_WORDS);
    expect(stderr).toBe("");
    expect(code).toBe(0);
  });

  it("takes a line of options as such scripts have it", async () => {
    const cwd = recordings("script", "a.wav");
    const line =
      "a.wav --compat openai --model base --device cpu --fp16 False --language English --output_dir out --output_format srt " +
      "--verbose False --beam_size None --word_timestamps True --max_line_width 20 --max_line_count 1 --temperature 0";
    expect(await sotto(line.split(" "), { cwd })).toEqual({ code: 0, signal: null, stdout: "", stderr: "" });
    const cues = readFileSync(join(cwd, "out/a.srt"), "utf8").trimEnd().split("\n\n");
    expect(cues.length).toBeGreaterThan(4);
    for (const cue of cues) expect(cue.split("\n")[2]!.length).toBeLessThanOrEqual(20);
  });
});

describe("inputs that fail", () => {
  it("do not stop the others, and are told one line each", async () => {
    const cwd = recordings("some", "good.wav");
    writeFileSync(join(cwd, "text.wav"), "this is no audio\n");
    writeFileSync(join(cwd, "empty.mp3"), "");
    const args = ["text.wav", "empty.mp3", "missing.wav", "good.wav", "-l", "en", "-f", "txt", "--json"];
    const { code, stdout, stderr } = await sotto(args, { cwd });
    expect(code).toBe(3);
    expect(readdirSync(cwd).sort()).toEqual(["empty.mp3", "good.txt", "good.wav", "text.wav"]);
    for (const name of ["text.wav", "empty.mp3", "missing.wav"]) {
      expect(stderr.split("\n")[0]).toContain("text.wav");
      expect(stderr.split(name)).toHaveLength(3); // in its sentence, and in the list at the end
    }
    expect(stderr).not.toMatch(/^\s+at /m);
    const events = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(events.filter(({ type }) => type === "error")).toHaveLength(3);
    expect(events.find(({ type }) => type === "output")).toMatchObject({ format: "txt", partial: false });
  });

  it.each([
    ["missing.wav", 4],
    [".", 4],
  ])("alone end with their own code: %s", async (input, code) => {
    const cwd = recordings("alone");
    const ended = await sotto([input], { cwd });
    expect(ended).toMatchObject({ code, stdout: "" });
    expect(ended.stderr.split("\n").length).toBeLessThan(5);
  });

  it("say what is missing when they need ffmpeg, and end with 5", async () => {
    const cwd = recordings("no-ffmpeg");
    const ended = await sotto([fixture("jfk.mp4")], {
      cwd,
      env: { PATH: cwd, SOTTO_FFMPEG: undefined, FFMPEG_PATH: undefined },
    });
    expect(ended).toMatchObject({ code: 5, stdout: "" });
    expect(ended.stderr).toMatch(/ffmpeg.*\n.*Install/);
  });

  it("show names that hold terminal escapes in a harmless form", async () => {
    const { stderr } = await sotto(["\u001b[2Jmissing\n.wav"], { cwd: folder });
    expect(stderr).toContain("\\x1b[2Jmissing\\n.wav");
    expect(stderr).not.toContain("\u001b");
  });
});

describe("usage", () => {
  it.each([
    ["nothing", [], /Expected an input but received none/],
    ["an unknown option", ["--modle", "base", "a.wav"], /unknown option '--modle' \(did you mean --model\?\)/],
    [
      "a command nearly right",
      ["detec", "a.wav"],
      /Expected an input or a command.*\n.*Did you mean sotto detect a\.wav\?/,
    ],
    ["a command's unknown option", ["vad", "a.wav", "--fromat", "rttm"], /--fromat' \(did you mean --format\?\)/],
    [
      "a file that looks like an option",
      ["-a.wav"],
      /unknown option '-a\.wav'\n.*The file of that name is \.\/-a\.wav/,
    ],
    ["help for an unknown command", ["help", "doctr"], /^sotto: unknown command 'doctr' \(did you mean doctor\?\)/],
    ["an unknown command of models", ["models", "lst"], /unknown command 'lst' \(did you mean list\?\)/],
    ["an unknown format", ["a.wav", "-f", "doc"], /Expected a format for --format but received "doc"/],
    ["a format nearly right", ["a.wav", "-f", "sr"], /Did you mean srt\?/],
    ["a choice nearly right", ["a.wav", "--segmenter", "bached"], /Did you mean batched\?/],
    ["two formats for stdout", ["a.wav", "-f", "txt,srt"], /one format/],
    ["a number that is none", ["a.wav", "--logprob_threshold", "low"], /Expected a number or None/],
    ["a language that is none", ["a.wav", "-l", "Germn"], /Did you mean German/],
    ["two tasks for stdout", ["a.wav", "--task", "transcribe,translate"], /one task.*\n.*-o DIR/],
    ["a layout of words without words", ["a.wav", "--max_line_width", "42"], /--word-timestamps with --max-line-width/],
    ["a device that is none", ["a.wav", "--device", "cuda"], /Expected cpu for --device/],
    ["a value out of range", ["a.wav", "--beam_size", "0"], /for --beam-size but received 0/],
    ["contradictory options", ["a.wav", "-o", ".", "--overwrite", "--skip-existing"], /received both/],
  ])("%s ends with 2 and one sentence", async (_case, args, sentence) => {
    const { code, stdout, stderr } = await sotto(args, { cwd: recordings("usage", "a.wav", "-a.wav") });
    expect(stderr).toMatch(sentence);
    expect(stderr.trimEnd().split("\n").length).toBeLessThanOrEqual(2);
    expect(stdout).toBe("");
    expect(code).toBe(2);
  });

  it("names a model that is not there and ends with 5", async () => {
    const { code, stderr } = await sotto([fixture("jfk.wav"), "-m", "no-such-model"]);
    expect(stderr).toContain("no-such-model");
    expect(code).toBe(5);
  });

  it("is shown by --help without loading the engine, ffmpeg or the spinner", async () => {
    writeFileSync(
      join(folder, "register.mjs"),
      'import { register } from "node:module"; register("./hooks.mjs", import.meta.url);',
    );
    writeFileSync(
      join(folder, "hooks.mjs"),
      `import { writeSync } from "node:fs";
       export function load(url, context, next) { writeSync(2, url + "\\n"); return next(url, context); }`,
    );
    const env = { NODE_OPTIONS: `--import=${pathToFileURL(join(folder, "register.mjs"))}` };
    const { code, stdout, stderr } = await sotto(["--help"], { env });
    expect(stdout).toContain("--output-dir");
    expect(stderr).toContain("/dist/run/");
    expect(stderr).not.toMatch(/onnxruntime|fluent-ffmpeg|\/ora\//);
    expect(code).toBe(0);
  });
});

describe("other commands", () => {
  it("detect tells each input's language and how sure it is", async () => {
    const { code, stdout } = await sotto(["detect", fixture("jfk.wav"), fixture("missing.wav")]);
    expect(stdout).toMatch(/^en\t0\.\d{3}\t.*jfk\.wav\n$/);
    expect(code).toBe(3);
  });

  it("doctor finds everything that is needed, and names what is broken", async () => {
    const fine = await sotto(["doctor", "--json"]);
    expect(fine.code).toBe(0);
    const { findings } = JSON.parse(fine.stdout);
    expect(findings.find(({ name }: { name: string }) => name === "engine").detail).toMatch(/onnxruntime \d/);
    for (const name of ["cores", "memory", "disk", "cache", "state", "ffmpeg"]) {
      expect(findings.find((finding: { name: string }) => finding.name === name)).toMatchObject({ works: true });
    }
    const broken = await sotto(["doctor", "-m", "no-such-model"]);
    expect(broken.stdout).toMatch(/^broken {2}model/m);
    expect(broken.code).toBe(5);
  });

  it("doctor tells of an ffmpeg that is old or none, and of folders that cannot be written", async () => {
    const programs = join(folder, "programs");
    mkdirSync(programs, { recursive: true });
    const program = (name: string, says: string) => {
      writeFileSync(join(programs, name), `#!/bin/sh\necho '${says}'\n`, { mode: 0o755 });
      return join(programs, name);
    };
    const ffmpegOf = async (path: string, env = {}) => {
      const { stdout } = await sotto(["doctor", "-m", "none", "--ffmpeg", path], { env });
      return stdout;
    };
    const old = program("old", "ffmpeg version 4.1-tessus Copyright (c) 2000-2018 the FFmpeg developers");
    expect(await ffmpegOf(old)).toMatch(/^look +ffmpeg +.*version 4\.1-tessus\n +Older than 5\.1.*Install it: /m);
    const snapshot = program("snapshot", "ffmpeg version N-112233-gabcdef Copyright (c) 2000-2026");
    expect(await ffmpegOf(snapshot, { SOTTO_CACHE: join(old, "cache") })).toMatch(
      /^look +cache.*cannot be written \(ENOTDIR: .*\)\n.*SOTTO_CACHE=.*^ok +ffmpeg/ms,
    );
    expect(await ffmpegOf(snapshot, { SOTTO_STATE: join(old, "state") })).toMatch(
      /^look +state.*cannot be written \(ENOTDIR: .*\)\n.*export SOTTO_STATE=/m,
    );
    expect(await ffmpegOf(program("other", "hello"))).toMatch(/^missing ffmpeg +.*another program/m);
    writeFileSync(join(programs, "garbage"), "no program\n", { mode: 0o755 });
    expect(await ffmpegOf(join(programs, "garbage"))).toMatch(
      /^missing ffmpeg +.*does not run.*\n +Install ffmpeg again/m,
    );
  });

  it("doctor says how to mend each thing that does not work", async () => {
    const empty = join(folder, "empty-model");
    mkdirSync(empty, { recursive: true });
    for (const file of ["model.safetensors", "config.json", "tokenizer.json"]) writeFileSync(join(empty, file), "{}");
    writeFileSync(join(empty, "SHA256SUMS"), `${"0".repeat(64)}  model.safetensors\n`);
    const options = ["--ffmpeg", join(folder, "no-ffmpeg"), "-m", empty, "--json"];
    const { stdout, code } = await sotto(["doctor", ...options], { env: { TMPDIR: join(folder, "no-folder") } });
    const findings: { works: boolean; name: string; fix?: string }[] = JSON.parse(stdout).findings;
    const broken = findings.filter(({ works }) => !works);
    expect(broken.map(({ name }) => name)).toEqual(["disk", "model", "ffmpeg"]);
    expect(broken.filter(({ fix }) => !fix)).toEqual([]);
    expect(code).toBe(5);
  });

  it("a model with one byte flipped is refused with 5 before any use, and doctor finds it", async () => {
    const model = join(folder, "flipped");
    cpSync(MODEL, model, { recursive: true });
    const intact = await sotto([fixture("jfk.wav"), "-l", "en", "-m", model]);
    expect(intact.code).toBe(0);
    const weights = openSync(join(model, "model.safetensors"), "r+");
    writeSync(weights, Uint8Array.of(0x55), 0, 1, 60_000_000);
    closeSync(weights);
    const refused = await sotto([fixture("jfk.wav"), "-l", "en", "-m", model]);
    expect(refused.stderr).toMatch(
      /^sotto: Expected sha256 [0-9a-f]{64} of model\.safetensors but found [0-9a-f]{64}\./,
    );
    expect(refused).toMatchObject({ code: 5, stdout: "" });
    const { stdout, code } = await sotto(["doctor", "-m", model]);
    expect(stdout).toMatch(/^broken {2}model +Expected sha256/m);
    expect(stdout).not.toMatch(/engine/);
    expect(code).toBe(5);
  });

  it("models list tells what --model takes, and what keeps a model from being used", async () => {
    const cache = join(folder, "cache");
    mkdirSync(join(cache, "models/half"), { recursive: true });
    const { code, stdout } = await sotto(["models", "list"], { env: { SOTTO_CACHE: cache } });
    expect(stdout).toMatch(
      /^base +in the box +78 MB +\/.*whisper-base\nhalf +in the cache +Expected model\.safetensors/,
    );
    expect(code).toBe(0);
    const { models } = JSON.parse((await sotto(["models", "list", "--json"], { env: { SOTTO_CACHE: cache } })).stdout);
    expect(models[0]).toMatchObject({ name: "base", place: "box", problem: null });
    expect(await sotto([fixture("jfk.wav"), "-m", "bsae"])).toMatchObject({ code: 5 });
  });

  it("models info describes the model in the box", async () => {
    const { code, stdout } = await sotto(["models", "info", "base"]);
    expect(stdout).toMatch(/^languages: +99$/m);
    expect(code).toBe(0);
  });
});
