/**
 * One decoder step as an ONNX graph: new tokens and the caches → logits and the new tokens' keys and values.
 * The caller owns the self-attention cache and appends the new slice to it, because every output is copied on its way out
 * of onnxruntime-node.
 * Letters: B sequences, A windows (B = A · G, G sequences share a window), T new tokens, P past slots, S encoder positions,
 * d width, H heads, D = d/H, R rows whose logits are wanted, V vocabulary.
 * Source: openai/whisper `model.py` (TextDecoder).
 */
import type { Dimensions } from "../model/model-config.js";
import { GraphBuilder, type Value } from "../onnx/graph-builder.js";
import * as contract from "./contract.js";
import { feedForward, splitHeads } from "./encoder.js";
import type { Weights } from "./weights.js";

interface DecoderInputs {
  readonly selfMask: Value;
  /** Shape [A, −1, d]: groups the sequences of a window together, so that they share its keys and values. */
  readonly windowShape: Value;
  /** Shape [B, T, d]. */
  readonly sequenceShape: Value;
}

/**
 * Builds the decoder graph.
 *
 * Inputs: `tokens` int64 [B, T]; `positions` int64 [B, T]; `self_mask` float32 [B, 1, T, P + T], 0 where a query may look and
 * a large negative number elsewhere (causal order, unused past slots); `logit_rows` int64 [R], rows of the flattened [B · T];
 * per layer `past_key_i`, `past_value_i` [B, H, P, D], `cross_key_i` [A, H, D, S] (scaled by D^−½), `cross_value_i` [A, H, S, D].
 * Outputs: `logits` [R, V]; per layer `new_key_i`, `new_value_i` [B, H, T, D].
 */
export function buildDecoder(dimensions: Dimensions, weightsOf: (graph: GraphBuilder) => Weights): Uint8Array {
  const graph = new GraphBuilder("whisper_decoder");
  const weights = weightsOf(graph);
  const { nTextState: width, nTextLayer, nVocab } = dimensions;

  const tokens = graph.input(contract.TOKENS, "int64", ["B", "T"]);
  const positions = graph.input(contract.POSITIONS, "int64", ["B", "T"]);
  const selfMask = graph.input(contract.SELF_MASK, "float32", ["B", 1, "T", "K"]);
  const rows = graph.input(contract.LOGIT_ROWS, "int64", ["R"]);

  const position = graph.node("Gather", [weights.float("model.decoder.embed_positions.weight"), positions]);
  let x = graph.node("Add", [weights.embed(tokens), position]);
  const concat = (parts: Value[]) => graph.node("Concat", parts, { attributes: { axis: 0 } });
  let windowShape: Value | undefined;
  const sequenceShape = concat([graph.node("Shape", [tokens]), graph.int64([width])]);
  for (let layer = 0; layer < nTextLayer; layer++) {
    const crossKey = crossInput(graph, contract.crossKeyName(layer), dimensions, ["D", "S"]);
    const crossValue = crossInput(graph, contract.crossValueName(layer), dimensions, ["S", "D"]);
    if (windowShape === undefined) {
      const windows = graph.node("Shape", [crossKey], { attributes: { start: 0, end: 1 } });
      windowShape = concat([windows, graph.int64([-1, width])]);
    }
    const inputs = { selfMask, windowShape, sequenceShape };
    const name = `model.decoder.layers.${layer}`;
    x = selfAttention(graph, weights, x, name, layer, dimensions, inputs);
    x = crossAttention(graph, weights, x, name, crossKey, crossValue, dimensions, inputs);
    x = feedForward(graph, weights, x, name);
  }
  const flat = graph.node("Reshape", [x, graph.int64([-1, width])]);
  const wanted = weights.layerNorm(graph.node("Gather", [flat, rows]), "model.decoder.layer_norm");
  graph.output(weights.logits(wanted), contract.LOGITS, "float32", ["R", nVocab]);
  return graph.encode();
}

function crossInput(
  graph: GraphBuilder,
  name: string,
  { nTextHead, nTextState }: Dimensions,
  order: readonly ("D" | "S")[],
): Value {
  const size = nTextState / nTextHead;
  return graph.input(name, "float32", ["A", nTextHead, ...order.map((axis) => (axis === "D" ? size : "S"))]);
}

/** Masked self-attention over past and new tokens; declares the layer's cache inputs and outputs. [B, T, d] → [B, T, d]. */
function selfAttention(
  graph: GraphBuilder,
  weights: Weights,
  x: Value,
  name: string,
  layer: number,
  { nTextHead: heads, nTextState }: Dimensions,
  { selfMask, sequenceShape }: DecoderInputs,
): Value {
  const size = nTextState / heads;
  const normed = weights.layerNorm(x, `${name}.self_attn_layer_norm`);
  const names = ["q_proj", "k_proj", "v_proj"].map((projection) => `${name}.self_attn.${projection}`);
  const [query, newKey, newValue] = weights
    .project(normed, names)
    .map((projected) => splitHeads(graph, projected, heads, size, [0, 2, 1, 3]));
  const past = (input: string) => graph.input(input, "float32", ["B", heads, "P", size]);
  const append = (cache: Value, slice: Value) => graph.node("Concat", [cache, slice], { attributes: { axis: 2 } });
  const keys = append(past(contract.pastKeyName(layer)), newKey!); // [B, H, P + T, D]
  const values = append(past(contract.pastValueName(layer)), newValue!);
  graph.output(newKey!, contract.newKeyName(layer), "float32", ["B", heads, "T", size]);
  graph.output(newValue!, contract.newValueName(layer), "float32", ["B", heads, "T", size]);

  const scores = graph.node("FusedMatMul", [query!, keys], {
    domain: "com.microsoft",
    attributes: { transB: 1, alpha: { float: size ** -0.5 } },
  });
  const context = attend(graph, graph.node("Add", [scores, selfMask]), values);
  const merged = graph.node("Reshape", [context, sequenceShape]);
  return graph.node("Add", [x, weights.linear(merged, `${name}.self_attn.out_proj`)]);
}

/** Attention to the encoder's positions; the sequences of one window are its queries. [B, T, d] → [B, T, d]. */
function crossAttention(
  graph: GraphBuilder,
  weights: Weights,
  x: Value,
  name: string,
  keys: Value,
  values: Value,
  { nTextHead: heads, nTextState }: Dimensions,
  { windowShape, sequenceShape }: DecoderInputs,
): Value {
  const size = nTextState / heads;
  const normed = weights.layerNorm(x, `${name}.encoder_attn_layer_norm`);
  const projected = graph.node("Reshape", [weights.linear(normed, `${name}.encoder_attn.q_proj`), windowShape]);
  const query = splitHeads(graph, projected, heads, size, [0, 2, 1, 3]); // [A, H, G · T, D]
  const scores = graph.node("MatMul", [query, keys]);
  const merged = graph.node("Reshape", [attend(graph, scores, values), sequenceShape]);
  return graph.node("Add", [x, weights.linear(merged, `${name}.encoder_attn.out_proj`)]);
}

/** Softmax of the scores, weighted sum of the values, heads moved behind positions. → [·, T, H, D]. */
function attend(graph: GraphBuilder, scores: Value, values: Value): Value {
  const weighted = graph.node("MatMul", [graph.node("Softmax", [scores], { attributes: { axis: -1 } }), values]);
  return graph.node("Transpose", [weighted], { attributes: { perm: [0, 2, 1, 3] } });
}
