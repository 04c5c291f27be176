/**
 * Silero VAD at 16 kHz as an ONNX graph over many frames at once: windows of samples → a speech probability per frame.
 * Letters: N frames of 32 ms, T spectrogram steps of a frame, K = 129 bins, I and O channels, H = 128 LSTM units.
 *
 * The published graph convolves each frame by itself, over four steps. Here a frame is a row that holds its steps side by side,
 * so a convolution is one matrix product per step that it yields, for all frames; only the LSTM walks from frame to frame.
 * Source: snakers4/silero-vad 6.2.3 (MIT), `silero_vad_16k_sequence.onnx`.
 */
import { ABSENT, GraphBuilder, type Value } from "../onnx/graph-builder.js";
import type { Weights } from "./weights.js";

/** Samples per frame: 32 ms. */
export const VAD_FRAME_SAMPLES = 512;
/** Samples per spectrogram window, and from one to the next. */
export const VAD_WINDOW_SAMPLES = 256;
export const VAD_HOP_SAMPLES = 128;
/** Spectrogram windows per frame. */
export const VAD_STEPS = VAD_FRAME_SAMPLES / VAD_HOP_SAMPLES;
/** Hidden and cell values of the LSTM, H. */
export const VAD_STATE_SIZE = 128;

/** Names of inputs and outputs. */
export const VAD = {
  windows: "windows",
  hidden: "hidden",
  cell: "cell",
  probabilities: "probabilities",
  nextHidden: "next_hidden",
  nextCell: "next_cell",
} as const;

const N_BINS = VAD_WINDOW_SAMPLES / 2 + 1;
/** Convolutions span three steps, centred. */
const REACH = 1;
const TAPS = 2 * REACH + 1;
/** The encoder: each convolution's stride and output channels. */
const CONVOLUTIONS = [
  { stride: 1, channels: 128 },
  { stride: 2, channels: 64 },
  { stride: 2, channels: 64 },
  { stride: 1, channels: VAD_STATE_SIZE },
];

/**
 * Builds the graph. All values are float32.
 *
 * Inputs: `windows` [N·4, 256], the spectrogram windows of N frames; `hidden` and `cell` [1, 1, H], zero at first.
 * Outputs: `probabilities` [N], 0…1; `next_hidden` and `next_cell` for the frames behind.
 */
export function buildVad(weightsOf: (graph: GraphBuilder) => Weights): Uint8Array {
  const graph = new GraphBuilder("silero_vad");
  const weights = weightsOf(graph);
  const state = [1, 1, VAD_STATE_SIZE];
  const windows = graph.input(VAD.windows, "float32", ["W", VAD_WINDOW_SAMPLES]);
  const hidden = graph.input(VAD.hidden, "float32", state);
  const cell = graph.input(VAD.cell, "float32", state);

  const features = encode(graph, weights, magnitudes(graph, weights, windows));
  const lstm = ["weight_ih", "weight_hh", "bias"].map((name) => weights.float(`model.lstm.${name}`));
  const sequence = graph.node("Unsqueeze", [features, graph.int64([1])]); // [N, 1, H]
  const [y, nextHidden, nextCell] = graph.nodeWithOutputs("LSTM", [sequence, ...lstm, ABSENT, hidden, cell], 3, {
    attributes: { hidden_size: VAD_STATE_SIZE },
  });
  graph.output(classify(graph, weights, y!), VAD.probabilities, "float32", ["N"]);
  graph.output(nextHidden!, VAD.nextHidden, "float32", state);
  graph.output(nextCell!, VAD.nextCell, "float32", state);
  return graph.encode();
}

/** Magnitude spectrum: the rows of the basis are K cosines, then K sines, under a Hann window. [N·T, 256] → [N, T·K]. */
function magnitudes(graph: GraphBuilder, weights: Weights, windows: Value): Value {
  const basis = matrix(graph, graph.node("Transpose", [weights.float("model.stft.weight")]), VAD_WINDOW_SAMPLES);
  const parts = graph.nodeWithOutputs("Split", [basis, graph.int64([N_BINS, N_BINS])], 2, { attributes: { axis: 1 } });
  const squares = parts.map((part) => {
    const product = graph.node("MatMul", [windows, part]);
    return graph.node("Mul", [product, product]);
  });
  return matrix(graph, graph.node("Sqrt", [graph.node("Add", squares)]), -1, VAD_STEPS * N_BINS);
}

/** Four convolutions, which leave one step. [N, T·K] → [N, H]. */
function encode(graph: GraphBuilder, weights: Weights, magnitudes: Value): Value {
  let x = magnitudes;
  let steps = VAD_STEPS;
  let inputs = N_BINS;
  for (const [layer, { stride, channels }] of CONVOLUTIONS.entries()) {
    x = convolve(graph, weights, x, `model.encoder.${layer}`, { steps, inputs, stride });
    steps = Math.ceil(steps / stride);
    inputs = channels;
  }
  return x;
}

interface Convolution {
  readonly steps: number;
  readonly inputs: number;
  readonly stride: number;
}

/** Convolution over the steps of each row, zeros beyond its ends, and ReLU. [N, T·I] → [N, ⌈T/stride⌉·O]. */
function convolve(graph: GraphBuilder, weights: Weights, x: Value, name: string, shape: Convolution): Value {
  const { steps, inputs, stride } = shape;
  const bias = weights.float(`${name}.bias`);
  // [O, I, taps] → [taps·I, O]
  const transposed = graph.node("Transpose", [weights.float(`${name}.weight`)], { attributes: { perm: [2, 1, 0] } });
  const kernel = matrix(graph, transposed, TAPS * inputs);
  const outputs: Value[] = [];
  for (let centre = 0; centre < steps; centre += stride) {
    const from = Math.max(0, centre - REACH);
    const to = Math.min(steps, centre + REACH + 1);
    const firstTap = from - (centre - REACH);
    const heard = slice(graph, x, 1, from * inputs, to * inputs);
    const taps = slice(graph, kernel, 0, firstTap * inputs, (firstTap + to - from) * inputs);
    outputs.push(graph.node("Relu", [graph.node("Gemm", [heard, taps, bias])]));
  }
  return graph.node("Concat", outputs, { attributes: { axis: 1 } });
}

/** One probability per frame. [N, 1, 1, H] → [N]. */
function classify(graph: GraphBuilder, weights: Weights, y: Value): Value {
  const features = matrix(graph, graph.node("Relu", [y]), -1, VAD_STATE_SIZE);
  const column = matrix(graph, weights.float("model.output.weight"), VAD_STATE_SIZE);
  const logits = graph.node("Gemm", [features, column, weights.float("model.output.bias")]);
  return graph.node("Reshape", [graph.node("Sigmoid", [logits]), graph.int64([-1])]);
}

/** The values in their order, as `rows` rows of `columns`; −1 is what fits. */
function matrix(graph: GraphBuilder, x: Value, rows: number, columns = -1): Value {
  return graph.node("Reshape", [x, graph.int64([rows, columns])]);
}

function slice(graph: GraphBuilder, x: Value, axis: number, from: number, to: number): Value {
  return graph.node("Slice", [x, graph.int64([from]), graph.int64([to]), graph.int64([axis])]);
}
