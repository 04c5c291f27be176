/**
 * Reads damaged files, one after the other, in a process of its own: whoever sends them sees when it ends or does not answer.
 * Each is answered with `{ ms, seconds, refused }`: the CPU time that it took, seconds of audio; `refused` is the error's sentence, or with `{ broken }`: what should
 * not have happened.
 */
import { openAudio } from "../../dist/audio/open-audio.js";
import { openSafetensors } from "../../dist/checkpoint/safetensors.js";
import { settingsOf } from "../../dist/cli/known-settings.js";
import { readTranscribeOptions } from "../../dist/cli/options-table.js";
import { createProgram } from "../../dist/cli/program.js";
import { readSettingsFile } from "../../dist/cli/settings-file.js";
import { SottoError } from "../../dist/errors.js";
import { readModelConfig } from "../../dist/model/model-config.js";
import { hashModel } from "../../dist/model/verify-model.js";
import { loadTokenizer } from "../../dist/tokenizer/load-tokenizer.js";
import { cpuMs } from "./cpu-time.js";

const known = settingsOf(createProgram(async () => {}));
const vocabulary = 51_865;
const { PATH } = process.env;

/** What reads each kind of file; resolves to seconds of audio where there are any. */
const READERS = {
  async media({ path, ffmpeg }) {
    process.env.PATH = ffmpeg === undefined ? "" : PATH;
    const audio = await openAudio(path, { ffmpeg });
    try {
      for await (const piece of audio.samples()) {
        for (const sample of piece) if (!(Math.abs(sample) < 1e6)) throw new Error(`sample ${sample}`);
      }
      return audio.secondsDecoded;
    } finally {
      await audio[Symbol.asyncDispose]();
    }
  },
  weights: ({ path }) => openSafetensors(path),
  modelConfig: ({ folder }) => readModelConfig(folder),
  tokenizer: ({ folder }) => loadTokenizer(folder, vocabulary),
  sums: ({ folder }) => hashModel(folder),
  async settings({ path }) {
    const file = await readSettingsFile(path, known);
    for (const values of [file?.values ?? {}, ...(file?.presets.values() ?? [])]) readTranscribeOptions(values);
  },
  /** Whatever is on disk, what is remembered of it is what was written. */
  async journal({ path, head, answers }) {
    const { Journal } = await import("../../dist/batch/journal.js");
    const journal = await Journal.open(path, head);
    for (const [key, answer] of journal.known) if (answers[key] !== answer) throw new Error(`invented ${key}`);
    await journal[Symbol.asyncDispose]();
  },
};

async function read(job) {
  const started = cpuMs();
  try {
    const seconds = await READERS[job.reader](job);
    return { ms: cpuMs() - started, seconds: typeof seconds === "number" ? seconds : 0 };
  } catch (error) {
    if (!(error instanceof SottoError)) return { broken: error?.stack ?? String(error) };
    const refused = error.message;
    if (refused.length > 600 || !/^\p{Lu}.*\.$/su.test(refused)) return { broken: `no sentence: ${refused}` };
    return { ms: cpuMs() - started, seconds: 0, refused };
  }
}

const broken = (error) => process.send({ broken: `unhandled: ${error?.stack ?? error}` });
process.on("unhandledRejection", broken);
process.on("uncaughtException", broken);
process.on("message", async (job) => process.send(await read(job)));
process.send({ ready: true });
