/**
 * A Whisper small enough to compute by hand: 2 encoder layers and 3 decoder layers, 16 wide, a vocabulary of bytes, special
 * tokens and timestamps, and seeded random weights that make every part of the model matter.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { whisperTensors } from "../../src/checkpoint/whisper-tensors.js";
import { writeSafetensors } from "../../src/checkpoint/write-safetensors.js";
import type { Dimensions } from "../../src/model/model-config.js";
import { BYTE_CHARACTERS } from "../../src/tokenizer/byte-alphabet.js";
import { noise } from "../random.js";

const SPECIAL = [
  "endoftext",
  "startoftranscript",
  "translate",
  "transcribe",
  "startoflm",
  "startofprev",
  "nospeech",
  "notimestamps",
];

export const MICRO: Dimensions = {
  nMels: 80,
  nAudioCtx: 1500,
  nAudioState: 16,
  nAudioHead: 2,
  nAudioLayer: 2,
  nVocab: 256 + SPECIAL.length + 1501,
  nTextCtx: 448,
  nTextState: 16,
  nTextHead: 4,
  nTextLayer: 3,
};

const CONFIG = {
  num_mel_bins: MICRO.nMels,
  max_source_positions: MICRO.nAudioCtx,
  max_target_positions: MICRO.nTextCtx,
  d_model: MICRO.nAudioState,
  encoder_layers: MICRO.nAudioLayer,
  encoder_attention_heads: MICRO.nAudioHead,
  decoder_layers: MICRO.nTextLayer,
  decoder_attention_heads: MICRO.nTextHead,
  vocab_size: MICRO.nVocab,
};

/** float32 as they are, or cut to bfloat16. */
type Stored = "F32" | "BF16";

/** Writes the model folder. `config` adds keys to its configuration. */
export async function writeMicroWhisper(folder: string, stored: Stored = "F32", config: object = {}): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const tensors = whisperTensors(MICRO).map(({ name, shape }, seed) => ({
    name,
    dtype: stored,
    shape,
    produce: async () => bytesOf(randomWeights(name, shape, seed), stored),
  }));
  await writeSafetensors(join(folder, "model.safetensors"), tensors, { format: "pt" });
  writeFileSync(join(folder, "config.json"), JSON.stringify({ ...CONFIG, ...config }));
  writeFileSync(join(folder, "tokenizer.json"), tokenizerJson());
}

/** Spread so that outputs have about the inputs' variance, and attention is neither even nor a single peak. */
function randomWeights(name: string, shape: readonly number[], seed: number): Float32Array {
  const size = shape.reduce((a, b) => a * b, 1);
  if (name.endsWith("layer_norm.weight")) return noise(size, seed, 0.5).map((value) => 1 + value);
  if (shape.length === 1) return noise(size, seed, 0.5);
  if (name.includes("embed")) return noise(size, seed);
  const nIn = size / shape[0]!;
  const gain = /[qk]_proj/.test(name) ? 1.4 : 1;
  return noise(size, seed, gain * Math.sqrt(3 / nIn));
}

function bytesOf(values: Float32Array, stored: Stored): Uint8Array {
  if (stored === "F32") return new Uint8Array(values.buffer);
  return new Uint8Array(Uint16Array.from(new Uint32Array(values.buffer), (word) => word >>> 16).buffer);
}

function tokenizerJson(): string {
  return JSON.stringify({
    added_tokens: SPECIAL.map((name, i) => ({ id: 256 + i, content: `<|${name}|>` })),
    model: {
      type: "BPE",
      vocab: Object.fromEntries(BYTE_CHARACTERS.map((character, byte) => [character, byte])),
      merges: [],
    },
  });
}
