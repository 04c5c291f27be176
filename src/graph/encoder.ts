/**
 * The encoder as an ONNX graph: log-mel window → encoder states → keys and values of every cross-attention layer.
 * Letters: B windows, M mel bands, F mel frames, S = F/2 encoder positions, d width, H heads, D = d/H.
 * Source: openai/whisper `model.py` (AudioEncoder, MultiHeadAttention), after Radford et al. 2022, section 2.2.
 */
import type { Dimensions } from "../model/model-config.js";
import { ABSENT, GraphBuilder, type Value } from "../onnx/graph-builder.js";
import { AUDIO_POSITIONS, AUDIO_WEIGHTS, ENCODER_STATES, MEL } from "./contract.js";
import type { CrossCache } from "./cross-cache.js";
import type { Weights } from "./weights.js";

/** Pieces of a window that go through the position-wise part of a layer one after the other. */
const PIECES = 5;

/**
 * Builds the encoder graph.
 *
 * Inputs: `mel` float32 [B, M, F]; `audio_positions` int64 [S], which of a whole window's positions these are, in order; and
 * `audio_weights` float32 [1, 1, 1, S], the logarithm of how many positions each stands for, which is looked at only where they
 * are fewer than a whole window's. S is a multiple of POSITION_STEP.
 * Outputs: `encoder_states` float32 [B, S, d]; per decoder layer what `cache` keeps.
 */
export function buildEncoder(
  dimensions: Dimensions,
  weightsOf: (graph: GraphBuilder) => Weights,
  cache: CrossCache,
): Uint8Array {
  const graph = new GraphBuilder("whisper_encoder");
  const weights = weightsOf(graph);
  const { nMels, nAudioState, nAudioLayer, nTextLayer } = dimensions;

  const mel = graph.input(MEL, "float32", ["B", nMels, "F"]);
  const positions = graph.input(AUDIO_POSITIONS, "int64", ["S"]);
  const context = audioContext(graph, positions, dimensions);
  let x = embedFrames(graph, weights, mel, positions);
  let normed = weights.layerNorm(x, normBefore(0, nAudioLayer));
  for (let layer = 0; layer < nAudioLayer; layer++) {
    ({ x, normed } = encoderLayer(graph, weights, { x, normed }, layer, context, dimensions));
  }
  graph.output(normed, ENCODER_STATES, "float32", ["B", "S", nAudioState]);

  const attentions = Array.from({ length: nTextLayer }, (_, layer) => `model.decoder.layers.${layer}.encoder_attn`);
  const projected = weights.project(
    normed,
    attentions.flatMap((name) => [`${name}.k_proj`, `${name}.v_proj`]),
  );
  for (let layer = 0; layer < nTextLayer; layer++) {
    cache.store(graph, layer, projected[2 * layer]!, projected[2 * layer + 1]!);
  }
  return graph.encode();
}

/** The layer normalization that the residual stream goes through before a layer, and behind the last. */
function normBefore(layer: number, layers: number): string {
  return layer < layers ? `model.encoder.layers.${layer}.self_attn_layer_norm` : "model.encoder.layer_norm";
}

/** Two convolutions over time, the second halving it, plus sinusoidal positions. [B, M, F] → [B, S, d]. */
function embedFrames(graph: GraphBuilder, weights: Weights, mel: Value, positions: Value): Value {
  const conv = (x: Value, name: string, stride: number) => {
    const inputs = [x, weights.float(`${name}.weight`), weights.float(`${name}.bias`)];
    const y = graph.node("Conv", inputs, { attributes: { kernel_shape: [3], pads: [1, 1], strides: [stride] } });
    return gelu(graph, y);
  };
  const frames = conv(conv(mel, "model.encoder.conv1", 1), "model.encoder.conv2", 2);
  const x = graph.node("Transpose", [frames], { attributes: { perm: [0, 2, 1] } });
  return graph.node("Add", [x, weights.rows("model.encoder.embed_positions.weight", positions)]);
}

/** What self-attention has to know of the audio context. */
interface AudioContext {
  /** Bool [1]: each position stands for itself. */
  readonly isWhole: Value;
  /** Logarithm of how often each key counts. Shape [1, 1, 1, S]. */
  readonly weights: Value;
  /** [1, 1, S, S]. */
  readonly square: Value;
}

function audioContext(graph: GraphBuilder, positions: Value, { nAudioCtx }: Dimensions): AudioContext {
  const count = graph.node("Shape", [positions]);
  return {
    isWhole: graph.node("Equal", [count, graph.int64([nAudioCtx])]),
    weights: graph.input(AUDIO_WEIGHTS, "float32", [1, 1, 1, "S"]),
    square: graph.node("Concat", [graph.int64([1, 1]), count, count], { attributes: { axis: 0 } }),
  };
}

/** The residual stream and its normalization, both [B, S, d]. */
interface Stream {
  readonly x: Value;
  readonly normed: Value;
}

/** Self-attention and feed-forward, both with a residual and normalized first. */
function encoderLayer(
  graph: GraphBuilder,
  weights: Weights,
  { x, normed }: Stream,
  index: number,
  audio: AudioContext,
  { nAudioHead, nAudioLayer, nAudioState }: Dimensions,
): Stream {
  const layer = `model.encoder.layers.${index}`;
  const projections = ["q_proj", "k_proj", "v_proj"].map((name) => `${layer}.self_attn.${name}`);
  const projected = weights.project(normed, projections);
  const attend = (...extra: readonly Value[]) =>
    graph.node("MultiHeadAttention", [...projected, ...extra], {
      domain: "com.microsoft",
      attributes: { num_heads: nAudioHead },
    });
  const attendWeighted = () => attend(ABSENT, ABSENT, graph.node("Expand", [audio.weights, audio.square]));
  const context = graph.choose(audio.isWhole, ["B", "S", nAudioState], () => attend(), attendWeighted);
  // What follows looks at each position by itself. In pieces its activations, a dozen of them and some four times as wide,
  // stay in the processor's cache, and the memory that they take at the peak is a fraction.
  const pieces = graph.int64([PIECES, -1, nAudioState]);
  const cut = (value: Value) => graph.node("Reshape", [value, pieces]);
  const shape = graph.node("Shape", [x]);
  const whole = (value: Value) => graph.node("Reshape", [value, shape]);
  const [sum, next] = graph.scan([cut(x), cut(context)], ["R", nAudioState], ([x, context]) => {
    const projected = weights.linear(context!, `${layer}.self_attn.out_proj`);
    const attended = weights.addNorm(x!, projected, `${layer}.final_layer_norm`);
    const fed = feedForward(graph, weights, attended.normed, layer);
    const { sum, normed } = weights.addNorm(attended.sum, fed, normBefore(index + 1, nAudioLayer));
    return [sum, normed];
  });
  return { x: whole(sum!), normed: whole(next!) };
}

/** The two-layer feed-forward network of `layer`. */
export function feedForward(graph: GraphBuilder, weights: Weights, normed: Value, layer: string): Value {
  return weights.linear(gelu(graph, weights.linear(normed, `${layer}.fc1`)), `${layer}.fc2`);
}

/** Exact (erf) GELU. */
function gelu(graph: GraphBuilder, x: Value): Value {
  return graph.node("Gelu", [x], { domain: "com.microsoft" });
}
