/**
 * A Whisper model in any format that Sotto reads → whisper.cpp's file with q8_0 weights, as its own convert and quantize
 * programs write it: matrices in blocks of 32 (a float16 scale and 32 int8), convolutions float16, the rest float32.
 * Source: ggml-org/whisper.cpp `models/convert-pt-to-ggml.py`, `examples/quantize/quantize.cpp`; ggml `block_q8_0`.
 */
import { readFileSync, renameSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { openModel } from "../../dist/checkpoint/open-model.js";
import { readWeight } from "../../dist/checkpoint/read-tensor.js";
import { whisperTensors } from "../../dist/checkpoint/whisper-tensors.js";
import { melFilters } from "../../dist/mel/mel-filters.js";
import { encodeFloat16 } from "../../dist/tensor/float16.js";
import { readSpelling } from "../../dist/tokenizer/byte-alphabet.js";

const MAGIC = 0x67676d6c;
/** Quantization format 2 in thousands, and "mostly q8_0". */
const FILE_TYPE = 2007;
const F32 = 0;
const F16 = 1;
const Q8_0 = 8;
const BLOCK = 32;
const BLOCK_BYTES = 2 + BLOCK;
/** Bins of the power spectrum of a window of 400 samples. */
const BINS = 201;
/** The first id that is not in the file's vocabulary: whisper.cpp names the special tokens itself. */
const END_OF_TEXT = "<|endoftext|>";

/** Parts of tensor names, Hugging Face's → OpenAI's. */
const NAMES = [
  ["model.", ""],
  ["layers.", "blocks."],
  ["embed_positions.weight", "positional_embedding"],
  ["embed_tokens", "token_embedding"],
  ["encoder.layer_norm", "encoder.ln_post"],
  ["decoder.layer_norm", "decoder.ln"],
  ["self_attn", "attn"],
  ["encoder_attn", "cross_attn"],
  ["attn_layer_norm", "attn_ln"],
  ["final_layer_norm", "mlp_ln"],
  ["q_proj", "query"],
  ["k_proj", "key"],
  ["v_proj", "value"],
  ["out_proj", "out"],
  ["fc1", "mlp.0"],
  ["fc2", "mlp.2"],
];

/** Writes the model in the folder `source` to the file `target`. */
export async function writeGgml(source, target) {
  const { checkpoint, config } = await openModel(source);
  const partial = `${target}.partial`;
  const file = await open(partial, "w");
  for (const part of [sizes(config.dimensions), filters(config.dimensions.nMels), vocabulary(source)]) {
    await file.appendFile(part);
  }
  for (const { name, shape, role } of whisperTensors(config.dimensions)) {
    await file.appendFile(tensor(name, shape, role, await readWeight(checkpoint, name, shape)));
  }
  await file.close();
  renameSync(partial, target);
}

function sizes(d) {
  return int32(
    MAGIC,
    d.nVocab,
    ...[d.nAudioCtx, d.nAudioState, d.nAudioHead, d.nAudioLayer],
    ...[d.nTextCtx, d.nTextState, d.nTextHead, d.nTextLayer],
    d.nMels,
    FILE_TYPE,
  );
}

function filters(nMels) {
  const bank = new Float32Array(nMels * BINS);
  for (const [band, { start, weights }] of melFilters(nMels).entries()) bank.set(weights, band * BINS + start);
  return Buffer.concat([int32(nMels, BINS), bytes(bank)]);
}

function vocabulary(folder) {
  const { vocab } = JSON.parse(readFileSync(join(folder, "tokenizer.json"), "utf8")).model;
  const tokens = Object.entries(vocab)
    .filter(([, id]) => id < (vocab[END_OF_TEXT] ?? Infinity))
    .sort(([, a], [, b]) => a - b)
    .map(([token]) => readSpelling(token));
  return Buffer.concat([int32(tokens.length), ...tokens.flatMap((token) => [int32(token.length), token])]);
}

function tensor(name, shape, role, values) {
  const ggmlName = Buffer.from(NAMES.reduce((text, [from, to]) => text.replace(from, to), name));
  const [type, data] = encoded(role, values);
  // a convolution's bias is added to a row for each channel
  const axes = /conv\d\.bias/.test(name) ? [...shape, 1] : shape;
  return Buffer.concat([int32(axes.length, ggmlName.length, type, ...axes.toReversed()), ggmlName, data]);
}

function encoded(role, values) {
  if (role === "linear") return [Q8_0, quantizeBlocks(values)];
  return role === "convolution" ? [F16, bytes(encodeFloat16(values))] : [F32, bytes(values)];
}

/** A row's length is a multiple of 32, so blocks never span rows. Rounded in float32 at every step, as ggml does. */
function quantizeBlocks(values) {
  const { fround } = Math;
  const blocks = Buffer.alloc((values.length / BLOCK) * BLOCK_BYTES);
  for (let i = 0, at = 0; i < values.length; i += BLOCK, at += BLOCK_BYTES) {
    const block = values.subarray(i, i + BLOCK);
    const scale = fround(block.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0) / 127);
    const inverse = scale === 0 ? 0 : fround(1 / scale);
    blocks.writeUInt16LE(encodeFloat16(Float32Array.of(scale))[0], at);
    for (let k = 0; k < BLOCK; k++) blocks.writeInt8(roundAway(fround(block[k] * inverse)), at + 2 + k);
  }
  return blocks;
}

/** Halves go away from 0. */
function roundAway(value) {
  return Math.sign(value) * Math.round(Math.abs(value));
}

function int32(...values) {
  return bytes(Int32Array.from(values));
}

function bytes(values) {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength);
}
