/**
 * The encoder as an ONNX graph: log-mel window → encoder states → keys and values of every cross-attention layer.
 * Letters: B windows, M mel bands, F mel frames, S = F/2 encoder positions, d width, H heads, D = d/H.
 * Source: openai/whisper `model.py` (AudioEncoder, MultiHeadAttention), after Radford et al. 2022, section 2.2.
 */
import type { Dimensions } from "../model/model-config.js";
import { GraphBuilder, type Value } from "../onnx/graph-builder.js";
import { crossKeyName, crossValueName, ENCODER_STATES, MEL } from "./contract.js";
import type { Weights } from "./weights.js";

/**
 * Builds the encoder graph.
 *
 * Input `mel` float32 [B, M, F]. Outputs, all float32: `encoder_states` [B, S, d]; per decoder layer
 * `cross_key_i` [B, H, D, S] (transposed and scaled by D^−½, as the decoder multiplies with it) and `cross_value_i` [B, H, S, D].
 */
export function buildEncoder(dimensions: Dimensions, weightsOf: (graph: GraphBuilder) => Weights): Uint8Array {
  const graph = new GraphBuilder("whisper_encoder");
  const weights = weightsOf(graph);
  const { nMels, nAudioState, nAudioHead, nAudioLayer, nTextHead, nTextLayer } = dimensions;

  const mel = graph.input(MEL, "float32", ["B", nMels, "F"]);
  let x = embedFrames(graph, weights, mel);
  for (let layer = 0; layer < nAudioLayer; layer++) {
    x = encoderLayer(graph, weights, x, `model.encoder.layers.${layer}`, nAudioHead);
  }
  const states = weights.layerNorm(x, "model.encoder.layer_norm");
  graph.output(states, ENCODER_STATES, "float32", ["B", "S", nAudioState]);

  const headSize = dimensions.nTextState / nTextHead;
  for (let layer = 0; layer < nTextLayer; layer++) {
    const attention = `model.decoder.layers.${layer}.encoder_attn`;
    const [key, value] = weights.project(states, [`${attention}.k_proj`, `${attention}.v_proj`]);
    // scaled here, once per window: a product with a factor takes onnxruntime's slow path for a single row
    const scaled = graph.node("Mul", [key!, graph.float(headSize ** -0.5)]);
    const keys = splitHeads(graph, scaled, nTextHead, headSize, [0, 2, 3, 1]);
    const values = splitHeads(graph, value!, nTextHead, headSize, [0, 2, 1, 3]);
    graph.output(keys, crossKeyName(layer), "float32", ["B", nTextHead, headSize, "S"]);
    graph.output(values, crossValueName(layer), "float32", ["B", nTextHead, "S", headSize]);
  }
  return graph.encode();
}

/** Two convolutions over time, the second halving it, plus sinusoidal positions. [B, M, F] → [B, S, d]. */
function embedFrames(graph: GraphBuilder, weights: Weights, mel: Value): Value {
  const conv = (x: Value, name: string, stride: number) => {
    const inputs = [x, weights.float(`${name}.weight`), weights.float(`${name}.bias`)];
    const y = graph.node("Conv", inputs, { attributes: { kernel_shape: [3], pads: [1, 1], strides: [stride] } });
    return gelu(graph, y);
  };
  const frames = conv(conv(mel, "model.encoder.conv1", 1), "model.encoder.conv2", 2);
  const x = graph.node("Transpose", [frames], { attributes: { perm: [0, 2, 1] } });
  return graph.node("Add", [x, weights.float("model.encoder.embed_positions.weight")]);
}

/** Pre-norm self-attention and feed-forward, both with a residual. [B, S, d] → [B, S, d]. */
function encoderLayer(graph: GraphBuilder, weights: Weights, x: Value, layer: string, heads: number): Value {
  const normed = weights.layerNorm(x, `${layer}.self_attn_layer_norm`);
  const projections = ["q_proj", "k_proj", "v_proj"].map((name) => `${layer}.self_attn.${name}`);
  const context = graph.node("MultiHeadAttention", weights.project(normed, projections), {
    domain: "com.microsoft",
    attributes: { num_heads: heads },
  });
  const attended = graph.node("Add", [x, weights.linear(context, `${layer}.self_attn.out_proj`)]);
  return feedForward(graph, weights, attended, layer);
}

/** Adds the two-layer feed-forward network of `layer`, normalized first, to its input. */
export function feedForward(graph: GraphBuilder, weights: Weights, x: Value, layer: string): Value {
  const normed = weights.layerNorm(x, `${layer}.final_layer_norm`);
  const hidden = gelu(graph, weights.linear(normed, `${layer}.fc1`));
  return graph.node("Add", [x, weights.linear(hidden, `${layer}.fc2`)]);
}

/** [B, T, H·D] → heads apart, axes of [B, T, H, D] permuted. */
export function splitHeads(graph: GraphBuilder, x: Value, heads: number, size: number, perm: readonly number[]): Value {
  const apart = graph.node("Reshape", [x, graph.int64([0, 0, heads, size])]);
  return graph.node("Transpose", [apart], { attributes: { perm } });
}

/** Exact (erf) GELU. */
function gelu(graph: GraphBuilder, x: Value): Value {
  return graph.node("Gelu", [x], { domain: "com.microsoft" });
}
