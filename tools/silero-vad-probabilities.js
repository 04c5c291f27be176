/**
 * The published Silero VAD, frame by frame, on fixtures/jfk.wav → fixtures/expected/jfk-speech.json.
 *   node tools/silero-vad-probabilities.js silero_vad.onnx
 * The file is in the wheel of `silero-vad` 6.2.3 on PyPI, under silero_vad/data/ (a wheel is a zip).
 */
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { InferenceSession, Tensor } from "onnxruntime-node";

const SHA256 = "1a153a22f4509e292a94e67d6f9b85e8deb25b4988682b7e174c65279d8788e3";
const FRAME = 512;
const CONTEXT = 64;
const fixture = (name) => new URL(`../fixtures/${name}`, import.meta.url);

const model = readFileSync(process.argv[2]);
const found = createHash("sha256").update(model).digest("hex");
if (found !== SHA256) throw new Error(`Expected the file with SHA-256 ${SHA256} but found ${found}.`);

const wav = readFileSync(fixture("jfk.wav"));
const data = wav.indexOf("data") + 8;
const length = wav.readUInt32LE(data - 4) / 2;
const frames = Math.ceil(length / FRAME);
const samples = new Float32Array(CONTEXT + frames * FRAME);
for (let i = 0; i < length; i++) samples[CONTEXT + i] = wav.readInt16LE(data + 2 * i) / 32768;

const session = await InferenceSession.create(model);
const sr = new Tensor("int64", BigInt64Array.of(16000n), []);
let state = new Tensor("float32", new Float32Array(256), [2, 1, 128]);
const probabilities = [];
for (let frame = 0; frame < frames; frame++) {
  const input = samples.slice(frame * FRAME, (frame + 1) * FRAME + CONTEXT);
  const results = await session.run({ input: new Tensor("float32", input, [1, input.length]), state, sr });
  probabilities.push(Number(results.output.data[0].toFixed(6)));
  state = results.stateN;
}
writeFileSync(fixture("expected/jfk-speech.json"), `${JSON.stringify(probabilities)}\n`);
