/**
 * Neighbouring encoder positions that say nearly the same become one, which counts as often as both: what comes behind has less
 * to do, in the encoder and in every step of the decoder. After Bolya et al. 2023 (Token Merging), among neighbours only.
 * `bench/README.md` has the figures.
 * Letters: S positions, an even number; K of them join the one before them; d width.
 */
import type { GraphBuilder, Value } from "../onnx/graph-builder.js";

/** ONNX's number for bool. */
const BOOL = 9;

/** Positions of a window and how much each counts. */
export interface Positions {
  /** [1, S, d]. */
  readonly x: Value;
  /** Logarithm of how many encoder positions each stands for. Shape [1, 1, 1, S]. */
  readonly weights: Value;
}

/**
 * Merges the K nearest of the pairs (0, 1), (2, 3) … → S − K positions, in order.
 *
 * @param like - nearest by Euclidean distance here. Shape [1, S, d].
 * @param marks - float32 [K]: ones; or a single zero, and nothing is merged.
 */
export function mergePositions(
  graph: GraphBuilder,
  { x, weights }: Positions,
  like: Value,
  marks: Value,
  width: number,
): Positions {
  const [even, odd] = inPairs(graph, x, width);
  const [evenCount, oddCount] = inPairs(graph, graph.node("Exp", [weights]), 1);
  const isMerged = nearest(graph, inPairs(graph, like, width), marks);
  const joining = graph.node("Mul", [isMerged, oddCount]);
  const count = graph.node("Add", [evenCount, joining]);
  const share = graph.node("Div", [joining, count]);
  const mean = graph.node("Add", [even, graph.node("Mul", [graph.node("Sub", [odd, even]), share])]);

  const stays = graph.node("Sub", [graph.float(1), isMerged]);
  const rows = (first: Value, second: Value, size: number) => {
    const both = graph.node("Concat", [first, second], { attributes: { axis: 1 } });
    return graph.node("Reshape", [both, graph.int64(size > 1 ? [-1, size] : [-1])]);
  };
  const always = graph.node("Add", [stays, isMerged]);
  const kept = graph.node("Cast", [rows(always, stays, 1)], { attributes: { to: BOOL } });
  const keep = (values: Value) => graph.node("Compress", [values, kept], { attributes: { axis: 0 } });
  return {
    x: graph.reshape(keep(rows(mean, odd, width)), [1, -1, width], [1, "M", width]),
    weights: graph.reshape(graph.node("Log", [keep(rows(count, oddCount, 1))]), [1, 1, 1, -1], [1, 1, 1, "M"]),
  };
}

/** [1, S, size] → the first and the second of each pair, [S/2, 1, size]. */
function inPairs(graph: GraphBuilder, x: Value, size: number): readonly [Value, Value] {
  const pairs = graph.node("Reshape", [x, graph.int64([-1, 2, size])]);
  const [first, second] = graph.nodeWithOutputs("Split", [pairs], 2, { attributes: { axis: 1, num_outputs: 2 } });
  return [first!, second!];
}

/** → [S/2, 1, 1], the marks where pairs are nearest, else 0. */
function nearest(graph: GraphBuilder, [first, second]: readonly [Value, Value], marks: Value): Value {
  const apart = graph.node("Sub", [first, second]);
  const distance = graph.node("ReduceSumSquare", [apart, graph.int64([2])], { attributes: { keepdims: 1 } });
  const attributes = { axis: 0, largest: 0, sorted: 0 };
  const [, pairs] = graph.nodeWithOutputs("TopK", [distance, graph.node("Shape", [marks])], 2, { attributes });
  const none = graph.node("Mul", [distance, graph.float(0)]);
  const updates = graph.node("Reshape", [marks, graph.int64([-1, 1, 1])]);
  return graph.node("ScatterElements", [none, pairs!, updates], { attributes: { axis: 0 } });
}
