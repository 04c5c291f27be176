/**
 * One decoder step as an ONNX graph: new tokens and the caches → logits and the new tokens' keys and values.
 * The sequences of a window are only more queries: the mask says which past and which new tokens each may see, so sequences
 * share what they have in common, and all of the window's audio. The caller owns the self-attention cache and keeps the new
 * slice, because every output is copied on its way out of onnxruntime-node.
 * Letters: A windows, N new tokens of all sequences of a window, P past slots, S encoder positions, d width, H heads, D = d/H,
 * R rows whose logits are wanted, V vocabulary, Q target tokens, C cropped encoder positions.
 * Source: openai/whisper `model.py` (TextDecoder), `timing.py` (find_alignment).
 */
import type { Dimensions } from "../model/model-config.js";
import { GraphBuilder, type Value } from "../onnx/graph-builder.js";
import * as contract from "./contract.js";
import { type CrossCache, splitHeads } from "./cross-cache.js";
import { feedForward } from "./encoder.js";
import type { Weights } from "./weights.js";

/** What the alignment of words to audio is made of. */
export interface AlignmentSource {
  /** Cross-attention heads that follow the audio, at least one. */
  readonly heads: readonly (readonly [layer: number, head: number])[];
  /** The first id that is no text. */
  readonly eot: number;
}

/**
 * Builds the decoder graph.
 *
 * Inputs: `tokens` int64 [A, N]; `positions` int64 [A, N]; `self_mask` float32 [A, 1, N, P + N], 0 where a query may look and
 * a large negative number elsewhere; `cross_mask` float32 [A, 1, 1, S], the logarithm of how often each encoder position counts,
 * or [1, 1, 1, 1] where all count the same; `logit_rows` int64 [R], rows of the flattened [A · N];
 * per layer `past_key_i`, `past_value_i` [A, H, P, D] and what `cache` keeps.
 * `logit_mask` float32 [V], added to the logits: −∞ for suppressed tokens, else 0.
 * Outputs: `logits` [R, 1, V]; per layer `new_key_i`, `new_value_i` [A, N, d].
 *
 * For steps that look at little text: input `candidate_shape` int64 [2], the first rows of which this is wanted, C, and how many
 * candidates, K, both at least 1 (onnxruntime's TopK takes no empty tensors; one row costs next to nothing); outputs
 * `candidate_tokens`, `candidate_logits`, `candidate_probabilities` (among all text) [C, K], of the likeliest text, and
 * `other_logits` [C, V − eot], of what is no text.
 *
 * For word alignment, and empty otherwise, which makes them cost nothing: inputs `alignment_positions` int64 [1], that is C, and
 * `targets` int64 [Q, 1], text tokens for the first Q of the R rows; outputs `alignment_scores` [A, heads, N, C], the alignment
 * heads' cross-attention before the softmax, by layer, then head, and `target_probabilities` [Q, 1], of each target among all
 * text tokens.
 */
export function buildDecoder(
  dimensions: Dimensions,
  weightsOf: (graph: GraphBuilder) => Weights,
  cache: CrossCache,
  alignment: AlignmentSource,
): Uint8Array {
  const graph = new GraphBuilder("whisper_decoder");
  const weights = weightsOf(graph);
  const { nTextState: width, nTextHead, nTextLayer, nVocab } = dimensions;

  const tokens = graph.input(contract.TOKENS, "int64", ["A", "N"]);
  const positions = graph.input(contract.POSITIONS, "int64", ["A", "N"]);
  const selfMask = graph.input(contract.SELF_MASK, "float32", ["A", 1, "N", "K"]);
  const crossMask = graph.input(contract.CROSS_MASK, "float32", ["W", 1, 1, "M"]);
  const rows = graph.input(contract.LOGIT_ROWS, "int64", ["R"]);
  const cropped = graph.input(contract.ALIGNMENT_POSITIONS, "int64", [1]);
  const aligns = graph.node("Greater", [cropped, graph.int64([0])]);

  const shape = graph.node("Concat", [graph.node("Shape", [tokens]), graph.int64([width])], {
    attributes: { axis: 0 },
  });
  const newSlots = graph.node("Shape", [tokens], { attributes: { start: 1, end: 2 } });
  const allSlots = graph.node("Shape", [selfMask], { attributes: { start: 3, end: 4 } });
  const slots = graph.node("Concat", [graph.node("Sub", [allSlots, newSlots]), newSlots], { attributes: { axis: 0 } });
  const run = { shape, slots, mask: selfMask };
  const position = weights.rows("model.decoder.embed_positions.weight", positions);
  const embedded = [weights.embed(tokens), position].map((x) => rowsOf(graph, x, width)) as [Value, Value];
  const layerName = (layer: number) => `model.decoder.layers.${layer}`;
  let { sum, normed } = weights.addNorm(...embedded, `${layerName(0)}.self_attn_layer_norm`);
  const alignmentScores: Value[] = [];
  for (let layer = 0; layer < nTextLayer; layer++) {
    const name = layerName(layer);
    const heard = selfAttention(graph, weights, normed, { layer, name }, run, dimensions);
    ({ sum, normed } = weights.addNorm(sum, heard, `${name}.encoder_attn_layer_norm`));
    const query = windowsOf(graph, weights.linear(normed, `${name}.encoder_attn.q_proj`), run, width);
    const heads = headsOfLayer(alignment, layer, nTextHead);
    const { context, scores } = cache.attend(graph, layer, query, crossMask, heads.length > 0 ? aligns : undefined);
    const attended = weights.linear(rowsOf(graph, context, width), `${name}.encoder_attn.out_proj`);
    ({ sum, normed } = weights.addNorm(sum, attended, `${name}.final_layer_norm`));
    if (heads.length > 0) alignmentScores.push(cropHeads(graph, scores, heads, cropped));
    const next = layer + 1 < nTextLayer ? `${layerName(layer + 1)}.self_attn_layer_norm` : "model.decoder.layer_norm";
    ({ sum, normed } = weights.addNorm(sum, feedForward(graph, weights, normed, name), next));
  }
  const logits = weights.logits(
    graph.node("Gather", [normed, rows]),
    graph.input(contract.LOGIT_MASK, "float32", [nVocab]),
  );
  graph.output(logits, contract.LOGITS, "float32", ["R", 1, nVocab]);
  const scores = graph.node("Concat", alignmentScores, { attributes: { axis: 1 } });
  graph.output(scores, contract.ALIGNMENT_SCORES, "float32", ["A", "heads", "N", "C"]);
  const logitRows = graph.reshape(logits, [-1, nVocab], ["R", nVocab]); // an output in this shape would be a copy
  candidates(graph, logitRows, alignment.eot, nVocab);
  targetProbabilities(graph, logitRows, alignment.eot);
  return graph.encode();
}

/** [A, N, d] → one token by itself after the other [A · N, 1, d]. */
function rowsOf(graph: GraphBuilder, x: Value, width: number): Value {
  return graph.reshape(x, [-1, 1, width], ["T", 1, width]);
}

/** Back again: [A · N, 1, d] → [A, N, d]. */
function windowsOf(graph: GraphBuilder, x: Value, { shape }: Run, width: number): Value {
  return graph.reshape(x, shape, ["A", "N", width]);
}

/** What the layers have to know of a run. */
interface Run {
  /** A, N and d. */
  readonly shape: Value;
  /** P and N. */
  readonly slots: Value;
  readonly mask: Value;
}

/**
 * Masked self-attention over past and new tokens; declares the layer's cache inputs and outputs. [A · N, 1, d], as it returns.
 *
 * Past and new tokens are looked at apart: `MultiHeadAttention` would put them behind one another first, a copy of the whole past.
 */
function selfAttention(
  graph: GraphBuilder,
  weights: Weights,
  normed: Value,
  { layer, name }: { readonly layer: number; readonly name: string },
  run: Run,
  { nTextHead: heads, nTextState: width }: Dimensions,
): Value {
  const size = width / heads;
  const names = ["q_proj", "k_proj", "v_proj"].map((projection) => `${name}.self_attn.${projection}`);
  const [query, newKey, newValue] = weights.project(normed, names).map((x) => windowsOf(graph, x, run, width));
  graph.output(newKey!, contract.newKeyName(layer), "float32", ["A", "N", width]);
  graph.output(newValue!, contract.newValueName(layer), "float32", ["A", "N", width]);
  const past = (input: string) => graph.input(input, "float32", ["A", heads, "P", size]);
  const [pastKey, pastValue] = [past(contract.pastKeyName(layer)), past(contract.pastValueName(layer))];

  const scaled = graph.node("Mul", [query!, graph.float(size ** -0.5)]);
  const columns = splitHeads(graph, scaled, heads, size, [0, 2, 3, 1]); // [A, H, D, N]
  const keys = splitHeads(graph, newKey!, heads, size, [0, 2, 1, 3]);
  const products = [pastKey, keys].map((key) => graph.node("MatMul", [key, columns]));
  const scores = graph.shaped(graph.node("Concat", products, { attributes: { axis: 2 } }), ["A", heads, "K", "N"]);
  const rows = graph.node("Transpose", [scores], { attributes: { perm: [0, 1, 3, 2] } });
  const looked = graph.node("Softmax", [graph.node("Add", [rows, run.mask])], { attributes: { axis: -1 } });
  const [atPast, atNew] = graph.nodeWithOutputs("Split", [looked, run.slots], 2, { attributes: { axis: 3 } });
  graph.shaped(atPast!, ["A", heads, "N", "P"]);
  graph.shaped(atNew!, ["A", heads, "N", "N"]);
  const context = graph.node("Add", [
    graph.node("MatMul", [atPast!, pastValue]),
    graph.node("MatMul", [atNew!, splitHeads(graph, newValue!, heads, size, [0, 2, 1, 3])]),
  ]);
  const joined = graph.node("Transpose", [context], { attributes: { perm: [0, 2, 1, 3] } });
  return weights.linear(rowsOf(graph, joined, width), `${name}.self_attn.out_proj`);
}

/** In the reference's order, which is that of its boolean mask: ascending, each once. */
function headsOfLayer({ heads }: AlignmentSource, layer: number, nTextHead: number): number[] {
  const wanted = new Set(heads.filter(([of]) => of === layer).map(([, head]) => head));
  return Array.from({ length: nTextHead }, (_, head) => head).filter((head) => wanted.has(head));
}

/** The scores of some heads at the first positions. [A, H, N, S] → [A, heads, N, C]. */
function cropHeads(graph: GraphBuilder, scores: Value, heads: readonly number[], positions: Value): Value {
  const cropped = graph.node("Slice", [scores, graph.int64([0]), positions, graph.int64([-1])]);
  return graph.node("Gather", [cropped, graph.int64(heads)], { attributes: { axis: 1 } });
}

/** Declares `candidate_shape`, and what it asks for. A softmax costs less here than the sum of exponentials alone. */
function candidates(graph: GraphBuilder, logits: Value, eot: number, nVocab: number): void {
  const shape = graph.input(contract.CANDIDATE_SHAPE, "int64", [2]);
  const [rows, count] = graph.nodeWithOutputs("Split", [shape], 2, { attributes: { axis: 0, num_outputs: 2 } });
  const columns = (from: number, to: number) => {
    const ends = graph.node("Concat", [rows!, graph.int64([to])], { attributes: { axis: 0 } });
    return graph.shaped(graph.node("Slice", [logits, graph.int64([0, from]), ends]), ["C", to - from]);
  };
  const text = columns(0, eot);
  const probabilities = graph.node("Softmax", [text], { attributes: { axis: -1 } });
  const [best, tokens] = graph.nodeWithOutputs("TopK", [probabilities, count!], 2, { attributes: { axis: -1 } });
  const bestLogits = graph.node("GatherElements", [text, tokens!], { attributes: { axis: 1 } });
  const names = graph.node("Cast", [tokens!], { attributes: { to: 1 } }); // exact up to 2²⁴
  graph.output(names, contract.CANDIDATE_TOKENS, "float32", ["C", "candidates"]);
  graph.output(bestLogits, contract.CANDIDATE_LOGITS, "float32", ["C", "candidates"]);
  graph.output(best!, contract.CANDIDATE_PROBABILITIES, "float32", ["C", "candidates"]);
  graph.output(columns(eot, nVocab), contract.OTHER_LOGITS, "float32", ["C", nVocab - eot]);
}

/** Declares `targets`, and their probabilities as an output. */
function targetProbabilities(graph: GraphBuilder, logits: Value, eot: number): void {
  const targets = graph.input(contract.TARGETS, "int64", ["Q", 1]);
  const count = graph.node("Shape", [targets], { attributes: { start: 0, end: 1 } });
  const ends = graph.node("Concat", [count, graph.int64([eot])], { attributes: { axis: 0 } });
  const text = graph.node("Slice", [logits, graph.int64([0, 0]), ends]); // [Q, eot]
  const probabilities = graph.node("Softmax", [text], { attributes: { axis: -1 } });
  const ofTargets = graph.node("GatherElements", [probabilities, targets], { attributes: { axis: 1 } });
  graph.output(ofTargets, contract.TARGET_PROBABILITIES, "float32", ["Q", 1]);
}
