/**
 * transformers_js.js JOB: one recording after another through @huggingface/transformers, in the folder that the job names;
 * prints a line of JSON for each. It has no decoders for Node, so ffmpeg reads the recordings.
 */
import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const { model, files, threads, language, packages } = JSON.parse(process.argv[2]);
const { pipeline } = await import(
  pathToFileURL(createRequire(join(packages, "/")).resolve("@huggingface/transformers").replace(".cjs", ".mjs")).href
);
const transcribe = await pipeline("automatic-speech-recognition", model, {
  dtype: "q8",
  device: "cpu",
  local_files_only: true,
  session_options: { intraOpNumThreads: threads, interOpNumThreads: 1 },
});
for (const file of files) {
  const { text } = await transcribe(samples(file), {
    language,
    task: "transcribe",
    return_timestamps: true,
    chunk_length_s: 30,
  });
  console.log(JSON.stringify({ file, text }));
}

function samples(file) {
  const args = ["-nostdin", "-v", "error", "-i", file, "-ac", "1", "-ar", "16000", "-f", "f32le", "-"];
  const { buffer, byteOffset, length } = execFileSync("ffmpeg", args, { maxBuffer: 2 ** 30 });
  return new Float32Array(buffer.slice(byteOffset, byteOffset + length));
}
