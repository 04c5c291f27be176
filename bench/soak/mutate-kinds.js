/**
 * The kinds of file that are damaged: what a whole one holds, how it is damaged, where the damaged one is put, what reads it in
 * a process that stays (`mutate-reader.js`), and the command that reads it. What a kind lacks is not tried.
 */
import { execFileSync } from "node:child_process";
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { INT8_MODEL, ROOT } from "../shared.js";
import { damageBytes, damageJson, damageLines } from "./mutations.js";

const FIXTURES = join(ROOT, "fixtures");
const RECORDING = join(FIXTURES, "jfk.wav");
const MEDIA = ["wav", "flac", "mp3", "ogg", "opus", "m4a", "mp4"];
const WITHOUT_FFMPEG = new Set(["wav", "flac", "mp3", "ogg", "opus"]);
const MODEL_FILES = ["config.json", "tokenizer.json", "SHA256SUMS", "model.safetensors"];

/** All kinds. @param folder - for their files. @param ffmpeg - the one in the PATH, where there is one. */
export async function kinds(folder, ffmpeg) {
  const media = MEDIA.map((extension) =>
    mediaKind(folder, `jfk.${extension}`, readFileSync(join(FIXTURES, `jfk.${extension}`)), ffmpeg),
  );
  if (ffmpeg !== undefined) {
    const film = join(folder, "film.webm");
    execFileSync(ffmpeg, ["-v", "error", "-y", "-i", RECORDING, "-c:a", "libopus", film]);
    media.push(mediaKind(folder, "jfk.webm", readFileSync(film), ffmpeg));
  }
  const journal = await journalKind(folder);
  return [...media, ...modelKinds(folder), settingsKind(folder), listKind(folder), ...(journal ? [journal] : [])];
}

function mediaKind(folder, name, whole, ffmpeg) {
  const path = join(folder, name);
  const decoders = [ffmpeg, ...(WITHOUT_FFMPEG.has(name.split(".")[1]) ? [undefined] : [])];
  return {
    ...{ name, whole, damage: damageBytes },
    put: (bytes) => writeFileSync(path, bytes),
    jobs: decoders
      .filter((decoder, i) => i > 0 || decoder !== undefined)
      .map((decoder) => ({ reader: "media", path, ffmpeg: decoder })),
    command: ["vad", path],
  };
}

/** A folder that has the model's files but one; the weights' own bytes are not damaged, for then the sums tell. */
function modelKinds(folder) {
  const weights = readFileSync(join(INT8_MODEL, "model.safetensors"));
  const headerEnd = 8 + Number(weights.readBigUInt64LE());
  const kind = (file, reader, whole, damage, put) => {
    const own = join(folder, `model-${file}`);
    mkdirSync(own);
    const linked = MODEL_FILES.filter((name) => name !== file && (name !== "SHA256SUMS" || file === "tokenizer.json"));
    for (const name of linked) symlinkSync(join(INT8_MODEL, name), join(own, name));
    const path = join(own, file);
    return {
      ...{ name: file, whole, damage, jobs: [{ reader, path, folder: own }] },
      put: (bytes) => put(path, bytes),
      command: ["detect", "--model", own, RECORDING],
    };
  };
  const write = (path, bytes) => writeFileSync(path, bytes);
  const read = (file) => readFileSync(join(INT8_MODEL, file));
  const damageHeader = (bytes, next) =>
    next() < 0.5 ? damageBytes(bytes, next) : lengthened(damageJson(bytes.subarray(8), next));
  return [
    kind("config.json", "modelConfig", read("config.json"), damageJson, write),
    kind("tokenizer.json", "tokenizer", read("tokenizer.json"), damageJson, write),
    kind("SHA256SUMS", "sums", read("SHA256SUMS"), damageLines, write),
    kind("model.safetensors", "weights", weights.subarray(0, headerEnd), damageHeader, (path, header) => {
      rmSync(path, { force: true });
      const file = openSync(path, "w");
      writeSync(file, header);
      writeSync(file, weights, headerEnd);
      closeSync(file);
    }),
  ];
}

/** A header with its true length before it. */
function lengthened(json) {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json]);
}

const SETTINGS = {
  ...{
    model: "base",
    language: ["de", "en"],
    skipExisting: true,
    beamSize: 2,
    temperature: 0.2,
    clipTimestamps: "0,3",
    format: "srt,vtt",
  },
  presets: { careful: { beamSize: 5, patience: 2 }, quick: { threads: 1, vadThreshold: 0.4, suppressTokens: [-1] } },
};

function settingsKind(folder) {
  const cwd = join(folder, "settings");
  mkdirSync(cwd);
  const path = join(cwd, "sotto.config.json");
  const whole = Buffer.from(JSON.stringify(SETTINGS, null, 2));
  const put = (bytes) => writeFileSync(path, bytes);
  return {
    name: "sotto.config.json",
    whole,
    damage: damageJson,
    put,
    jobs: [{ reader: "settings", path }],
    command: ["config"],
    cwd,
  };
}

function listKind(folder) {
  const cwd = join(folder, "list", "here"); // its own parent: a list may say ..
  mkdirSync(cwd, { recursive: true });
  for (const name of ["a.wav", "b.wav"]) copyFileSync(RECORDING, join(cwd, name));
  writeFileSync(join(cwd, "text.wav"), "no audio\n");
  const put = (bytes) => writeFileSync(join(cwd, "list.txt"), bytes);
  const whole = Buffer.from("# a list\na.wav\nmissing.wav\ntext.wav\nb.wav\n");
  return { name: "list.txt", whole, damage: damageLines, put, jobs: [], command: ["vad", "@list.txt"], cwd };
}

/** Undefined where this build has no journal. */
async function journalKind(folder) {
  if (!existsSync(join(ROOT, "dist/batch/journal.js"))) return undefined;
  const { Journal } = await import("../../dist/batch/journal.js");
  const path = join(folder, "a.journal");
  const head = JSON.stringify({ input: "a.wav", size: 352_078 });
  const answers = Object.fromEntries(
    Array.from({ length: 20 }, (_, i) => [`key${i}`, JSON.stringify({ text: `said ${i}` })]),
  );
  const journal = await Journal.open(path, head);
  for (const [key, answer] of Object.entries(answers)) journal.record(key, answer);
  await journal[Symbol.asyncDispose]();
  const put = (bytes) => writeFileSync(path, bytes);
  return {
    name: "journal",
    whole: readFileSync(path),
    damage: damageLines,
    put,
    jobs: [{ reader: "journal", path, head, answers }],
  };
}
