/**
 * The log-mel spectrogram of a block of samples as an ONNX graph. A Fourier transform of 400 points in real arithmetic is a
 * convolution with 402 waves under the window; as a matrix product it takes less time here than a fast transform in JavaScript.
 * Letters: F frames, M mel bands, K = 201 bins.
 * Source: openai/whisper `audio.py:log_mel_spectrogram` (periodic Hann window).
 */
import { HOP_LENGTH, N_FFT } from "../mel/constants.js";
import { BLOCK_FRAMES, BLOCK_SAMPLES, LOG_FLOOR } from "../mel/log-mel.js";
import { melFilters } from "../mel/mel-filters.js";
import { GraphBuilder } from "../onnx/graph-builder.js";

/** Names of the input and the output. */
export const LOG_MEL = { samples: "samples", energies: "energies" } as const;

const N_BINS = N_FFT / 2 + 1;
/** Keeps the logarithm finite; far below what counts. */
const TINY = 1e-30;

/**
 * Builds the graph. Input: `samples` float32 [1, 1, BLOCK_SAMPLES]. Output: `energies` float32 [1, BLOCK_FRAMES, M], log10, at
 * least LOG_FLOOR, which silence has exactly.
 */
export function buildLogMel(nMels: number): Uint8Array {
  const graph = new GraphBuilder("log_mel");
  const samples = graph.input(LOG_MEL.samples, "float32", [1, 1, BLOCK_SAMPLES]);
  const waves = graph.float(windowedWaves(), [2 * N_BINS, 1, N_FFT]);
  const attributes = { kernel_shape: [N_FFT], strides: [HOP_LENGTH] };
  const spectrum = graph.node("Conv", [samples, waves], { attributes });
  const parts = graph.nodeWithOutputs("Split", [spectrum], 2, { attributes: { axis: 1, num_outputs: 2 } });
  const squares = parts.map((part) => graph.node("Mul", [part, part]));
  const filters = graph.float(filterRows(nMels), [nMels, N_BINS]);
  const energies = graph.node("MatMul", [filters, graph.node("Add", squares)]); // [1, M, F]
  const natural = graph.node("Log", [graph.node("Max", [energies, graph.float(TINY)])]);
  const decades = graph.node("Mul", [natural, graph.float(Math.LOG10E)]);
  const floored = graph.node("Max", [decades, graph.float(LOG_FLOOR)]);
  const rows = graph.node("Transpose", [floored], { attributes: { perm: [0, 2, 1] } });
  graph.output(rows, LOG_MEL.energies, "float32", [1, BLOCK_FRAMES, nMels]);
  return graph.encode();
}

/** Cosines, then sines, of 0…K−1 periods per frame, under the window. Shape [2K, N_FFT]. */
function windowedWaves(): Float32Array {
  const turn = (2 * Math.PI) / N_FFT;
  const cosines = Float64Array.from({ length: N_FFT }, (_, i) => Math.cos(turn * i));
  const sines = Float64Array.from({ length: N_FFT }, (_, i) => Math.sin(turn * i));
  const waves = new Float32Array(2 * N_BINS * N_FFT);
  for (let bin = 0; bin < N_BINS; bin++) {
    for (let i = 0; i < N_FFT; i++) {
      const angle = (bin * i) % N_FFT;
      const hann = (1 - cosines[i]!) / 2;
      waves[bin * N_FFT + i] = hann * cosines[angle]!;
      waves[(N_BINS + bin) * N_FFT + i] = hann * sines[angle]!;
    }
  }
  return waves;
}

/** The filters with their zeros. Shape [M, K]. */
function filterRows(nMels: number): Float32Array {
  const rows = new Float32Array(nMels * N_BINS);
  melFilters(nMels).forEach(({ start, weights }, band) => {
    rows.set(weights, band * N_BINS + start);
  });
  return rows;
}
