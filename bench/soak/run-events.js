/** What trials share: Sotto as a process of its own that tells events, and a folder of recordings for it. */
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../shared.js";

const BIN = join(ROOT, "bin/sotto.js");
const RECORDING = join(ROOT, "fixtures/jfk.wav");
const BYTES_PER_SECOND = 32_000;
const SECONDS = 4;

/** Makes a folder with `count` copies of the recording's beginning; gives their names. */
export function recordings(folder, count) {
  mkdirSync(folder, { recursive: true });
  const names = Array.from({ length: count }, (_, i) => `talk ${i + 1}.wav`);
  const bytes = beginning();
  for (const name of names) writeFileSync(join(folder, name), bytes);
  return names;
}

/** A WAV file of the first `SECONDS`. */
function beginning() {
  const whole = readFileSync(RECORDING);
  const data = whole.indexOf("data") + 8;
  const bytes = Buffer.from(whole.subarray(0, data + SECONDS * BYTES_PER_SECOND));
  bytes.writeUInt32LE(bytes.length - 8, 4);
  bytes.writeUInt32LE(bytes.length - data, data - 4);
  return bytes;
}

/**
 * Starts `sotto … --json` in a process group of its own, with its state beside the recordings.
 *
 * @param onEvent - told each event as it comes, with `at`, in milliseconds.
 * @returns the process, and what it ends with: exit code, signal and what it said on stderr.
 */
export function startSotto(folder, options, onEvent) {
  const env = { ...process.env, SOTTO_STATE: join(folder, "../state"), XDG_CONFIG_HOME: folder };
  const child = spawn(process.execPath, [BIN, ...options, "--json"], {
    ...{ cwd: folder, env, detached: true, stdio: ["ignore", "pipe", "pipe"] },
  });
  let [line, stderr] = ["", ""];
  child.stderr.setEncoding("utf8").on("data", (text) => (stderr += text));
  child.stdout.setEncoding("utf8").on("data", (text) => {
    const lines = (line + text).split("\n");
    line = lines.pop();
    for (const each of lines) onEvent({ ...JSON.parse(each), at: performance.now() });
  });
  const ended = new Promise((resolve) => {
    child.on("close", (code, signal) => resolve({ code, signal, stderr, at: performance.now() }));
  });
  return { child, ended };
}
