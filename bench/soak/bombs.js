/**
 * Files that are, or claim to be, far larger than their bytes: the result is right or a sentence, and the memory of all processes
 * together stays bounded. `--count` is the hours of the long one.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findFfmpeg } from "../../dist/audio/find-ffmpeg.js";
import { measure } from "../process-tree.js";
import { ROOT } from "../shared.js";

const FIXTURES = join(ROOT, "fixtures");
const RECORDING = join(FIXTURES, "jfk.wav");
/** Of all processes. */
const MOST_MEGABYTES = 700;
const SAID = /your country/;

/** @throws {Error} one of them broke the promise. */
export async function bombs(count) {
  const folder = mkdtempSync(join(tmpdir(), "sotto-bombs-"));
  try {
    const ffmpeg = await findFfmpeg();
    for (const bomb of [...claims(folder), ...(ffmpeg === undefined ? [] : longFiles(folder, ffmpeg, count))]) {
      const { peak, wall, code, problems } = await defuse(bomb);
      console.log(`${bomb.name}: exit code ${code}, ${peak.toFixed(0)} MB, ${wall.toFixed(1)} s`);
      if (problems.length > 0) throw new Error(problems.join("\n"));
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Transcribes one, and says what is wrong with how that went. */
export async function defuse({ name, path, codes, said, after = 0 }) {
  const ended = await measure(process.execPath, [
    join(ROOT, "bin/sotto.js"),
    path,
    "--language",
    "en",
    "--format",
    "json",
  ]);
  const { code, stdout, stderr, peak } = ended;
  const sentences = stderr.split("\n").filter((line) => line !== "");
  const problems = [
    ...(codes.includes(code) ? [] : [`${name}: exit code ${code}: ${stderr.slice(0, 1000)}`]),
    ...(peak < MOST_MEGABYTES ? [] : [`${name}: ${peak.toFixed(0)} MB`]),
    ...(sentences.every((line) => /^sotto: .{1,400}$/.test(line)) ? [] : [`${name} prints ${stderr.slice(0, 1000)}`]),
    ...(code !== 0 && sentences.length === 0 ? [`${name} fails without a word`] : []),
    ...(code === 0 && said && !isSaid(stdout, after) ? [`${name}: ${stdout.slice(-1000)}`] : []),
  ];
  return { ...ended, problems };
}

/** Whether the recording's words are there, and behind `after` seconds. */
function isSaid(json, after) {
  const { text, segments } = JSON.parse(json);
  return SAID.test(text) && segments.every(({ start }) => start >= after);
}

/** Headers that lie. */
export function claims(folder) {
  const bomb = (name, source, change, expected) => {
    const path = join(folder, name);
    const bytes = Buffer.from(readFileSync(join(FIXTURES, source)));
    writeFileSync(path, change(bytes) ?? bytes);
    return { name, path, codes: [0], said: true, ...expected };
  };
  const sizeAt = (bytes) => bytes.indexOf("data") + 4;
  const either = { codes: [0, 4], said: false };
  return [
    bomb("4-gigabytes.wav", "jfk.wav", (bytes) => void bytes.writeUInt32LE(0xffff_fff0, sizeAt(bytes))),
    bomb("2-gigabytes.wav", "jfk.wav", (bytes) => void bytes.writeUInt32LE(0x7000_0000, sizeAt(bytes))),
    bomb("rf64.wav", "jfk.wav", rf64),
    bomb("long-format.wav", "jfk.wav", (bytes) => void bytes.writeUInt32LE(0xffff_ff00, 16), either),
    bomb("channels.wav", "jfk.wav", (bytes) => void bytes.writeUInt16LE(0xffff, 22), either),
    bomb("rate.wav", "jfk.wav", (bytes) => void bytes.writeUInt32LE(0xffff_ffff, 24), either),
    bomb("slow.wav", "jfk.wav", (bytes) => void bytes.writeUInt32LE(1, 24), either),
    bomb("days.flac", "jfk.flac", (bytes) => void bytes.fill(0xff, 22, 26), {}),
    bomb(
      "days.opus",
      "jfk.opus",
      (bytes) => void bytes.writeBigInt64LE(2n ** 60n, bytes.lastIndexOf("OggS") + 6),
      either,
    ),
    bomb("days.m4a", "jfk.m4a", (bytes) => void bytes.writeUInt32BE(0xffff_ffff, bytes.indexOf("mdhd") + 20), either),
    bomb("gaps.m4a", "jfk.m4a", (bytes) => void bytes.writeUInt32BE(0x7fff_ffff, bytes.indexOf("stts") + 16), either),
    bomb(
      "tag.mp3",
      "jfk.mp3",
      (bytes) => Buffer.concat([Buffer.from("ID3\x04\0\0\x7f\x7f\x7f\x7f", "latin1"), bytes]),
      either,
    ),
  ];
}

/** RIFF → RF64, which says its size in 64 bits: an exabyte here. */
function rf64(wav) {
  const ds64 = Buffer.alloc(36);
  ds64.write("ds64");
  ds64.writeUInt32LE(28, 4);
  ds64.writeBigUInt64LE(2n ** 60n, 16);
  const size = wav.indexOf("data") + 4;
  wav.writeUInt32LE(0xffff_ffff, size);
  wav.write("RF64");
  return Buffer.concat([wav.subarray(0, 12), ds64, wav.subarray(12)]);
}

/** Hours of near silence at 6 kbit/s with the recording in the last minute, and the recording in eight channels. */
export function longFiles(folder, ffmpeg, hours) {
  const make = (name, ...options) => {
    execFileSync(ffmpeg, ["-nostdin", "-v", "error", "-y", ...options, join(folder, name)]);
    return join(folder, name);
  };
  const sixKilobits = ["-c:a", "libopus", "-b:a", "6k", "-vbr", "off"];
  make("still.opus", "-f", "lavfi", "-i", "anoisesrc=a=0.0005:d=60:r=16000", ...sixKilobits);
  make("speech.opus", "-i", RECORDING, "-af", "apad", "-t", "60", ...sixKilobits);
  const minutes = Array.from({ length: 60 * hours - 1 }, () => "file still.opus\n");
  writeFileSync(join(folder, "minutes.txt"), `${minutes.join("")}file speech.opus\n`);
  const long = make("long.opus", "-f", "concat", "-i", join(folder, "minutes.txt"), "-c", "copy");
  const channels = "FL+FR+FC+LFE+BL+BR+SL+SR".split("+");
  const pan = `pan=7.1|${channels.map((channel) => `${channel}=c0`).join("|")}`;
  return [
    { name: `${hours} h of 6 kbit/s`, path: long, codes: [0], said: true, after: 3600 * hours - 60 },
    ...["wav", "flac"].map((extension) => {
      const path = make(`eight.${extension}`, "-i", RECORDING, "-ar", "48000", "-af", pan);
      return { name: `eight channels in ${extension}`, path, codes: [0], said: true };
    }),
  ];
}
