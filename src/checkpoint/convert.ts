/**
 * A Whisper model in any format that Sotto reads → a model folder (config.json, tokenizer.json, model.safetensors, SHA256SUMS) of one
 * precision: the same bytes each time, one tensor in memory at a time.
 */
import { existsSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { CheckpointError, ModelError, OutputError } from "../errors.js";
import { readLanguageIds } from "../model/language-ids.js";
import type { ModelConfig } from "../model/model-config.js";
import { CONFIG_FILE, TOKENIZER_FILE } from "../model/resolve-model.js";
import { SUMS_FILE, sumsText } from "../model/verify-model.js";
import { encodeFloat16 } from "../tensor/float16.js";
import { outputError, sweepTemporaryFiles, writeFileAtomic } from "../util/atomic-write.js";
import { makeFolder } from "../util/make-folder.js";
import { hashFile, sha256Of } from "../util/sha256.js";
import type { Checkpoint, DType } from "./checkpoint.js";
import { type OpenModel, openModel } from "./open-model.js";
import { channelScales, quantizeTransposed } from "./quantize.js";
import { readWeight } from "./read-tensor.js";
import { LINEAR_LAYOUT_KEY, SINGLE_FILE } from "./safetensors.js";
import { type WhisperTensor, whisperTensors } from "./whisper-tensors.js";
import { type TensorSource, writeSafetensors } from "./write-safetensors.js";

/**
 * What weights are stored as. `int8`: linear weights and the token embedding as int8 with a scale per output channel,
 * transposed; convolutions and positions float16. One-dimensional tensors are float32 in all of them.
 */
export type WeightPrecision = "int8" | "float16" | "float32";

/**
 * Converts a model.
 *
 * @param source - folder of the model.
 * @param target - folder to write to, made where it does not exist; other files in it are left alone.
 * @param onProgress - called with the fraction that is done, 0…1.
 * @param signal - stops after the tensor at hand; `signal.reason` is thrown then.
 * @throws {ModelError} `source` is no model, or lacks a file.
 * @throws {CheckpointError} its weights are broken or not Whisper's.
 * @throws {OutputError} `target` has a model already (`ERR_OUTPUT_EXISTS`), or cannot be written. No half a model is left.
 */
export async function convertModel(
  source: string,
  target: string,
  precision: WeightPrecision,
  onProgress: (fraction: number) => void = () => {},
  signal?: AbortSignal,
): Promise<void> {
  signal?.throwIfAborted();
  const files = [SINGLE_FILE, TOKENIZER_FILE, SUMS_FILE, CONFIG_FILE].map((name) => join(resolve(target), name));
  const [weightsFile, tokenizerFile, sumsFile, configFile] = files as [string, string, string, string];
  refuseExisting(files);
  const model = await openModel(source);
  const tokenizer = await readTokenizer(resolve(source));
  const config = withLanguages(model.config, tokenizer, join(resolve(source), TOKENIZER_FILE));
  try {
    await prepareFolder(target);
    await writeWeights(weightsFile, model, precision, (fraction) => {
      signal?.throwIfAborted();
      onProgress(fraction);
    });
    await writeFileAtomic(tokenizerFile, tokenizer, { overwrite: false });
    const sums = { [SINGLE_FILE]: await hashFile(weightsFile, signal), [TOKENIZER_FILE]: sha256Of(tokenizer) };
    const configText = configJson(config);
    const text = sumsText({ ...sums, [CONFIG_FILE]: sha256Of(configText) });
    await writeFileAtomic(sumsFile, text, { overwrite: false });
    await writeFileAtomic(configFile, configText, { overwrite: false }); // last: without it the folder is no model
  } catch (error) {
    await Promise.all(files.map((file) => rm(file, { force: true })));
    throw error;
  }
}

function refuseExisting(files: readonly string[]): void {
  const path = files.find((file) => existsSync(file));
  if (path === undefined) return;
  throw new OutputError("ERR_OUTPUT_EXISTS", "Expected a folder without a model but found one.", {
    path,
    hint: "Name another folder, or delete the model in this one.",
  });
}

async function prepareFolder(path: string): Promise<void> {
  await makeFolder(path).catch((cause) => {
    throw outputError(path, cause);
  });
  await sweepTemporaryFiles(path);
}

async function readTokenizer(folder: string): Promise<string> {
  const path = join(folder, TOKENIZER_FILE);
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw new ModelError("ERR_MODEL_BROKEN", `Expected ${TOKENIZER_FILE} beside the weights but it cannot be read.`, {
      path,
      cause,
      hint: "Copy tokenizer.json of the same Whisper model, as Hugging Face publishes it, into the folder.",
    });
  }
}

function withLanguages(config: ModelConfig, tokenizerJson: string, path: string): ModelConfig {
  const langToId = config.langToId ?? readLanguageIds(tokenizerJson, config.dimensions.nVocab, path);
  return { ...config, langToId };
}

/** Hugging Face's keys, in a fixed order. */
function configJson(config: ModelConfig): string {
  const { dimensions, alignmentHeads, langToId } = config;
  const json = {
    architectures: ["WhisperForConditionalGeneration"],
    model_type: "whisper",
    num_mel_bins: dimensions.nMels,
    max_source_positions: dimensions.nAudioCtx,
    max_target_positions: dimensions.nTextCtx,
    d_model: dimensions.nAudioState,
    encoder_layers: dimensions.nAudioLayer,
    encoder_attention_heads: dimensions.nAudioHead,
    encoder_ffn_dim: 4 * dimensions.nAudioState,
    decoder_layers: dimensions.nTextLayer,
    decoder_attention_heads: dimensions.nTextHead,
    decoder_ffn_dim: 4 * dimensions.nTextState,
    vocab_size: dimensions.nVocab,
    alignment_heads: alignmentHeads,
    lang_to_id: langToId && Object.fromEntries(Object.entries(langToId).map(([code, id]) => [`<|${code}|>`, id])),
    suppress_tokens: config.suppressTokens,
    begin_suppress_tokens: config.beginSuppressTokens,
  };
  return `${JSON.stringify(json, null, 2)}\n`;
}

async function writeWeights(
  file: string,
  { checkpoint, config }: OpenModel,
  precision: WeightPrecision,
  onProgress: (fraction: number) => void,
): Promise<void> {
  const sources = whisperTensors(config.dimensions).flatMap((tensor) => sourcesOf(tensor, checkpoint, precision));
  const metadata = { format: "pt", [LINEAR_LAYOUT_KEY]: precision === "int8" ? "in_out" : "out_in" };
  await writeSafetensors(file, sources, metadata, (written, total) => onProgress(written / total));
}

function sourcesOf(tensor: WhisperTensor, checkpoint: Checkpoint, precision: WeightPrecision): TensorSource[] {
  const { name, shape, role } = tensor;
  if (precision === "int8" && role === "linear") return quantizedSources(tensor, checkpoint);
  const dtype: DType = precision === "float32" || role === "vector" ? "F32" : "F16";
  const produce = async () => {
    const values = await readWeight(checkpoint, name, shape);
    return bytesOf(dtype === "F32" ? values : encodeFloat16(values));
  };
  return [{ name, dtype, shape, produce }];
}

/** Weight and scale have their places far apart in the file: the source is read for each, so that nothing has to be kept. */
function quantizedSources({ name, shape }: WhisperTensor, checkpoint: Checkpoint): TensorSource[] {
  const read = async () => {
    const weight = await readWeight(checkpoint, name, shape);
    const scales = channelScales(weight, shape[0] ?? 1);
    if (scales.every(Number.isFinite)) return { weight, scales };
    const path = checkpoint.tensors.get(name)?.file;
    throw new CheckpointError(
      "ERR_CHECKPOINT_TENSOR",
      `Expected finite weights in ${name} but found NaN or infinity.`,
      {
        ...(path !== undefined && { path }),
      },
    );
  };
  return [
    {
      name,
      dtype: "I8",
      shape: shape.toReversed(),
      produce: async () => {
        const { weight, scales } = await read();
        return bytesOf(quantizeTransposed(weight, scales));
      },
    },
    {
      name: `${name}_scale`,
      dtype: "F32",
      shape: shape.slice(0, 1),
      produce: async () => bytesOf((await read()).scales),
    },
  ];
}

function bytesOf(values: Float32Array | Uint16Array | Int8Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
