/**
 * The encoder as an ONNX graph: log-mel window → encoder states → keys and values of every cross-attention layer.
 * Letters: N mel bands, F mel frames, P = F/2 encoder positions, M0, M1 … of them left by each merge, S states in the end, d width,
 * H heads, D = d/H.
 * Source: openai/whisper `model.py` (AudioEncoder, MultiHeadAttention), after Radford et al. 2022, section 2.2.
 */
import type { Dimensions } from "../model/model-config.js";
import { GraphBuilder, type Value } from "../onnx/graph-builder.js";
import { AUDIO_POSITIONS, AUDIO_WEIGHTS, ENCODER_STATES, MEL, mergeMarksName, STATE_WEIGHTS } from "./contract.js";
import type { CrossCache } from "./cross-cache.js";
import { mergePositions } from "./merge-positions.js";
import type { Weights } from "./weights.js";

/** Layers before each merge of positions, as shares of all; the last one is behind them. */
const MERGES = [1 / 6, 1 / 2, 1];

/** Pieces of a window that go through the position-wise part of a layer one after the other. */
const PIECES = 5;

/**
 * Builds the encoder graph.
 *
 * Inputs: `mel` float32 [1, N, F]; `audio_positions` int64 [P], which of a whole window's positions these are, in order;
 * `audio_weights` float32 [1, 1, 1, P], the logarithm of how many positions each stands for; per merge `merge_marks_i` float32
 * [K], ones for as many positions that join their neighbours, or a single 0 for none. P, M0, M1 … and S are multiples of POSITION_STEP.
 * Outputs: `encoder_states` float32 [1, S, d] and their `state_weights` [1, 1, 1, S]; per decoder layer what `cache` keeps.
 */
export function buildEncoder(
  dimensions: Dimensions,
  weightsOf: (graph: GraphBuilder) => Weights,
  cache: CrossCache,
): Uint8Array {
  const graph = new GraphBuilder("whisper_encoder");
  const weights = weightsOf(graph);
  const { nMels, nAudioState, nAudioLayer, nTextLayer } = dimensions;

  const mel = graph.input(MEL, "float32", [1, nMels, "F"]);
  const positions = graph.input(AUDIO_POSITIONS, "int64", ["P"]);
  let counts = graph.input(AUDIO_WEIGHTS, "float32", [1, 1, 1, "P"]);
  let bias = attentionBias(graph, counts, dimensions);
  let x = embedFrames(graph, weights, mel, positions);
  let normed = weights.layerNorm(x, normBefore(0, nAudioLayer));
  const merges = MERGES.map((share) => Math.round(nAudioLayer * share));
  const merge = (layer: number, values: Value) => {
    const index = merges.indexOf(layer);
    const marks = graph.input(mergeMarksName(index), "float32", [`K${index}`]);
    const left = layer < nAudioLayer ? `M${index}` : "S";
    const merged = mergePositions(graph, { x: values, weights: counts }, normed, marks, nAudioState, left);
    counts = merged.weights;
    return merged.x;
  };
  for (let layer = 0; layer < nAudioLayer; layer++) {
    if (merges.includes(layer)) {
      x = merge(layer, x);
      normed = weights.layerNorm(x, normBefore(layer, nAudioLayer));
      bias = attentionBias(graph, counts, dimensions);
    }
    ({ x, normed } = encoderLayer(graph, weights, { x, normed }, layer, bias, dimensions));
  }
  normed = merge(nAudioLayer, normed);
  graph.output(normed, ENCODER_STATES, "float32", [1, "S", nAudioState]);
  graph.output(counts, STATE_WEIGHTS, "float32", [1, 1, 1, "S"]);

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

/** Two convolutions over time, the second halving it, plus sinusoidal positions. [1, N, F] → [1, P, d]. */
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

/** One more channel of queries and of keys, for each head: their products are the logarithm of how often a key counts. */
interface AttentionBias {
  /** [1, positions, H, 1]. */
  readonly query: Value;
  readonly key: Value;
}

/** The operator's own bias would keep it from the kernel that needs no memory for the scores. */
function attentionBias(graph: GraphBuilder, weights: Value, { nAudioHead, nAudioState }: Dimensions): AttentionBias {
  const rows = graph.node("Reshape", [weights, graph.int64([1, -1, 1, 1])]);
  const key = graph.node("Expand", [rows, graph.int64([1, 1, nAudioHead, 1])]);
  const root = Math.sqrt(nAudioState / nAudioHead); // by which the operator divides
  const query = graph.node("Add", [graph.node("Mul", [key, graph.float(0)]), graph.float(root)]);
  return { query, key };
}

/** The residual stream and its normalization, both [1, positions, d]. */
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
  bias: AttentionBias,
  { nAudioHead, nAudioLayer, nAudioState }: Dimensions,
): Stream {
  const layer = `model.encoder.layers.${index}`;
  const projections = ["q_proj", "k_proj", "v_proj"].map((name) => `${layer}.self_attn.${name}`);
  const [query, key, value] = weights.project(normed, projections);
  const size = nAudioState / nAudioHead;
  const widen = (x: Value, channel: Value) => {
    const heads = graph.node("Reshape", [x, graph.int64([1, -1, nAudioHead, size])]);
    const wider = graph.node("Concat", [heads, channel], { attributes: { axis: 3 } });
    return graph.node("Reshape", [wider, graph.int64([1, -1, nAudioHead * (size + 1)])]);
  };
  const context = graph.node("MultiHeadAttention", [widen(query!, bias.query), widen(key!, bias.key), value!], {
    domain: "com.microsoft",
    attributes: { num_heads: nAudioHead, scale: { float: size ** -0.5 } },
  });
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
  return weights.linearAfterGelu(gelu(graph, weights.linear(normed, `${layer}.fc1`)), `${layer}.fc2`);
}

/** Exact (erf) GELU. */
function gelu(graph: GraphBuilder, x: Value): Value {
  return graph.node("Gelu", [x], { domain: "com.microsoft" });
}
