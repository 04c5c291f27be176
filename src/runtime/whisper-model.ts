/** A loaded model: its sessions, its tokenizer, and the time that they took. */
import { realpath } from "node:fs/promises";
import { dirname } from "node:path";
import type { CrossAttention } from "../alignment/cross-attention.js";
import type { Checkpoint } from "../checkpoint/checkpoint.js";
import { openSafetensors } from "../checkpoint/safetensors.js";
import type { Inference } from "../decoding/inference.js";
import { ModelError } from "../errors.js";
import { type CrossCache, FloatCrossCache } from "../graph/cross-cache.js";
import { buildDecoder } from "../graph/decoder.js";
import { buildEncoder } from "../graph/encoder.js";
import { FloatWeights } from "../graph/float-weights.js";
import { Int8CrossCache } from "../graph/int8-cross-cache.js";
import { Int8Weights } from "../graph/int8-weights.js";
import type { Weights } from "../graph/weights.js";
import type { MelTransform } from "../mel/log-mel.js";
import { type Dimensions, type ModelConfig, readModelConfig } from "../model/model-config.js";
import type { GraphBuilder } from "../onnx/graph-builder.js";
import { loadTokenizer } from "../tokenizer/load-tokenizer.js";
import type { Tokenizer } from "../tokenizer/tokenizer.js";
import { freeBuffers } from "../util/free-buffers.js";
import { RankedLine } from "../util/ranked-line.js";
import { attend } from "./attend.js";
import { WHOLE_CONTEXT } from "./audio-context.js";
import { buffersOf, type CrossKv } from "./cross-kv.js";
import { DecoderInference } from "./decoder.js";
import { DecoderBatch } from "./decoder-batch.js";
import { encode, encoderStates } from "./encoder.js";
import { int8ProductsSaturate } from "./int8-products.js";
import { MelSession } from "./mel-session.js";
import { Session } from "./onnxruntime.js";
import { SessionThread } from "./session-thread.js";

/** How the engine computes: `int8` weights and activations where they help, or everything in float32. */
export type Precision = "int8" | "float32";

/** Rows of large-v3's token embedding. */
const N_VOCAB_LARGE_V3 = 51_866;

/** Windows given to the encoder's thread at a time: with one alone it would wait between two. */
const MAX_GIVEN = 2;

export class WhisperModel {
  readonly #encodes = new RankedLine(MAX_GIVEN);

  private constructor(
    readonly dimensions: Dimensions,
    readonly tokenizer: Tokenizer,
    readonly precision: Precision,
    private readonly cache: CrossCache,
    private readonly encoder: SessionThread,
    private readonly decoder: Session,
    private readonly mel: MelSession,
  ) {}

  /**
   * @param folder - absolute path of a model folder.
   * @param threads - threads of one inference.
   * @throws {ModelError} the folder holds no usable model, or not at this precision.
   * @throws {CheckpointError} its weights are damaged.
   * @throws {EngineError} the engine does not load.
   */
  static async load(folder: string, precision: Precision | "auto", threads: number): Promise<WhisperModel> {
    const [config, checkpoint] = await Promise.all([readModelConfig(folder), openLinked(folder)]);
    const { dimensions } = config;
    const tokenizer = await loadTokenizer(folder, dimensions.nVocab);
    const chosen = choosePrecision(checkpoint, precision, folder);
    const weightsOf =
      (terms: "one" | "two") =>
      (graph: GraphBuilder): Weights =>
        chosen === "int8" ? new Int8Weights(graph, checkpoint, terms) : new FloatWeights(graph, checkpoint);
    const weightsFolder = folderOfWeights(checkpoint);
    const exactInt8 = chosen === "int8" && (await int8ProductsSaturate());
    const cache = chosen === "int8" ? new Int8CrossCache(dimensions, exactInt8) : new FloatCrossCache(dimensions);
    // float weights are cast and scaled by optimizing, once; the int8 graphs are written as they are to run
    const options = { weightsFolder, threads, exactInt8, optimize: chosen === "float32" || exactInt8 };
    const alignment = { heads: alignmentHeads(config), eot: tokenizer.eot };
    const loadDecoder = async () =>
      Session.create(buildDecoder(dimensions, weightsOf("two"), cache, alignment), options);
    const [encoder, decoder, mel] = await allOrNone([
      SessionThread.create(buildEncoder(dimensions, weightsOf("one"), cache), options), // first: it loads beside the others
      loadDecoder(),
      MelSession.load(dimensions.nMels),
    ]);
    return new WhisperModel(dimensions, tokenizer, chosen, cache, encoder, decoder, mel);
  }

  /** Milliseconds in the encoder so far. */
  get encodeTime(): number {
    return this.encoder.runTime;
  }

  /** Milliseconds in the decoder so far. */
  get decodeTime(): number {
    return this.decoder.runTime;
  }

  /** Its spectrogram. */
  get melTransform(): MelTransform {
    return this.mel.transform;
  }

  /** Whether the model was taught to translate. */
  get translates(): boolean {
    return this.tokenizer.multilingual && !isTurbo(this.dimensions);
  }

  /**
   * Encodes one window in an audio context → the decoder's cross-attention cache.
   *
   * @param mel - makes its spectrogram when its turn comes, and gives it away. [M, N_FRAMES].
   * @param rank - the lower, the sooner.
   * @throws `signal.reason` where it is aborted before the window's turn comes.
   */
  encode(mel: () => Float32Array, context = WHOLE_CONTEXT, rank = 0, signal?: AbortSignal): Promise<CrossKv> {
    return this.#encodes.run(rank, async () => {
      signal?.throwIfAborted();
      return await encode(this.encoder, this.dimensions, this.cache, mel(), context);
    });
  }

  /** Frees a window that nobody looks at any more; one that was opened in a batch is the batch's to free. */
  forget(cross: CrossKv): void {
    freeBuffers(buffersOf(cross));
  }

  /** The encoder's output itself. mel [M, N_FRAMES], given away → [S, d]. */
  encoderStates(mel: Float32Array): Promise<Float32Array> {
    return encoderStates(this.encoder, this.dimensions, mel);
  }

  /** Decodes several windows at once. */
  batch(windows: number): DecoderBatch {
    return new DecoderBatch(this.decoder, this.dimensions, windows, (rank) => this.#encodes.has(rank));
  }

  /** Fresh decoder state of an encoded window. */
  inference(cross: CrossKv): Inference {
    return new DecoderInference(this.decoder, this.dimensions, cross);
  }

  /**
   * Feeds a text to the decoder and looks at what its alignment heads look at.
   *
   * @param tokens - the start sequence (`<|notimestamps|>` included), text, and end-of-text; as many as the decoder's context
   *   holds at most.
   * @param textTokens - how many of them are text; each is an id below end-of-text.
   * @param positions - encoder positions (20 ms) from the window's start that are of interest, 1…1500.
   */
  attend(cross: CrossKv, tokens: readonly number[], textTokens: number, positions: number): Promise<CrossAttention> {
    return attend(new DecoderInference(this.decoder, this.dimensions, cross), cross, tokens, textTokens, positions);
  }

  async release(): Promise<void> {
    await this.encoder.release();
    await this.decoder.release();
    await this.mel.release();
  }
}

/** Waits for all parts of a model; where one does not load, the others are released. */
async function allOrNone<Parts extends readonly { release(): Promise<void> }[]>(
  loading: readonly [...{ [Part in keyof Parts]: Promise<Parts[Part]> }],
): Promise<readonly [...Parts]> {
  try {
    return await Promise.all(loading);
  } catch (error) {
    const parts = await Promise.allSettled(loading); // a thread must not be ended while it loads
    for (const part of parts) if (part.status === "fulfilled") await part.value.release();
    throw error;
  }
}

/** large-v3 with 4 of its decoder layers, fine-tuned without translations: asked for one, it writes the language spoken. */
export function isTurbo({ nAudioLayer, nTextLayer, nVocab }: Dimensions): boolean {
  return nAudioLayer === 32 && nTextLayer === 4 && nVocab === N_VOCAB_LARGE_V3;
}

/** Where the model's files name no heads, openai-whisper takes all of the last half of the layers. */
function alignmentHeads({
  alignmentHeads: known,
  dimensions,
}: ModelConfig): NonNullable<ModelConfig["alignmentHeads"]> {
  if (known !== undefined && known.length > 0) return known;
  const { nTextLayer, nTextHead } = dimensions;
  const all = Array.from(
    { length: nTextLayer * nTextHead },
    (_, i) => [Math.floor(i / nTextHead), i % nTextHead] as const,
  );
  return all.filter(([layer]) => layer >= Math.floor(nTextLayer / 2));
}

/** int8 weights take int8 arithmetic unless told otherwise; float weights have no scales to do it with. */
function choosePrecision(checkpoint: Checkpoint, wanted: Precision | "auto", path: string): Precision {
  const holdsInt8 = checkpoint.linearLayout === "in_out";
  if (wanted === "int8" && !holdsInt8) {
    throw new ModelError(
      "ERR_MODEL_TASK",
      "Expected int8 weights for --precision int8 but the model holds float weights.",
      {
        path,
        hint: `sotto models convert ${path} --precision int8 -o DIR`,
      },
    );
  }
  return wanted === "auto" ? (holdsInt8 ? "int8" : "float32") : wanted;
}

/** A hub's cache links to weights elsewhere, under other names, and the engine follows no links: so, where they really are. */
async function openLinked(folder: string): Promise<Checkpoint> {
  const checkpoint = await openSafetensors(folder);
  const real = new Map<string, string>();
  for (const { file } of checkpoint.tensors.values()) if (!real.has(file)) real.set(file, await realpath(file));
  const tensors = [...checkpoint.tensors].map(
    ([name, info]) => [name, { ...info, file: real.get(info.file)! }] as const,
  );
  return { ...checkpoint, tensors: new Map(tensors) };
}

function folderOfWeights(checkpoint: Checkpoint): string {
  const [first] = checkpoint.tensors.values();
  if (first === undefined) throw new ModelError("ERR_MODEL_BROKEN", "The checkpoint holds no tensors.");
  return dirname(first.file);
}
