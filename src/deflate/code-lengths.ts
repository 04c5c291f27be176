/**
 * Symbol frequencies → lengths of their Huffman codes, with zlib's way to break ties: equally good trees differ in single
 * lengths, and a deflate block stores those lengths.
 * Source: madler/zlib 1.2.13 `trees.c:build_tree, gen_bitlen`.
 */

/**
 * @param frequencies - of each symbol.
 * @param maxLength - of any code, in bits.
 * @returns length of each symbol's code, 0 for one that does not occur. At least two symbols get a code.
 */
export function codeLengths(frequencies: readonly number[], maxLength: number): number[] {
  const { merged, parents } = buildTree(frequencies);
  const lengths: number[] = [];
  let overflow = 0;
  for (const node of merged.toReversed()) {
    const length = (lengths[parents[node]!] ?? 0) + 1; // the root has no length
    if (length > maxLength) overflow++;
    lengths[node] = Math.min(length, maxLength);
  }
  const leaves = merged.filter((node) => node < frequencies.length);
  if (overflow > 0) shorten(lengths, leaves, maxLength, overflow);
  return frequencies.map((_, symbol) => lengths[symbol] ?? 0);
}

interface Tree {
  /** All nodes but the root, rarest first. Those below the number of symbols are leaves, the others join two nodes. */
  readonly merged: readonly number[];
  readonly parents: readonly number[];
}

function buildTree(frequencies: readonly number[]): Tree {
  const weights = [...frequencies];
  const depths = weights.map(() => 0);
  const merged: number[] = [];
  const parents: number[] = [];
  const precedes = (a: number, b: number): boolean =>
    weights[a]! < weights[b]! || (weights[a] === weights[b] && depths[a]! <= depths[b]!);
  const heap = [-1, ...takeLeaves(weights)]; // from index 1
  for (let i = (heap.length - 1) >> 1; i >= 1; i--) siftDown(heap, i, precedes);
  while (heap.length > 2) {
    const rarest = heap[1]!;
    heap[1] = heap.pop()!;
    siftDown(heap, 1, precedes);
    const second = heap[1]!;
    const node = weights.push(weights[rarest]! + weights[second]!) - 1;
    depths[node] = Math.max(depths[rarest]!, depths[second]!) + 1;
    parents[rarest] = node;
    parents[second] = node;
    merged.push(rarest, second);
    heap[1] = node;
    siftDown(heap, 1, precedes);
  }
  return { merged, parents };
}

/** The symbols that occur; where fewer than two do, the first ones that do not are made to. */
function takeLeaves(weights: number[]): number[] {
  const leaves = [...weights.keys()].filter((symbol) => weights[symbol]! > 0);
  while (leaves.length < 2) {
    const last = leaves.at(-1) ?? -1;
    const symbol = last < 2 ? last + 1 : 0;
    weights[symbol] = 1;
    leaves.push(symbol);
  }
  return leaves;
}

function siftDown(heap: number[], start: number, precedes: (a: number, b: number) => boolean): void {
  const node = heap[start]!;
  let hole = start;
  for (let child = hole * 2; child < heap.length; child = hole * 2) {
    if (child + 1 < heap.length && precedes(heap[child + 1]!, heap[child]!)) child++;
    if (precedes(node, heap[child]!)) break;
    heap[hole] = heap[child]!;
    hole = child;
  }
  heap[hole] = node;
}

/** Makes room for codes that were cut to `maxLength`: two of them at a time hang below a shorter code's place. */
function shorten(lengths: number[], leaves: readonly number[], maxLength: number, overflow: number): void {
  const counts = new Array<number>(maxLength + 1).fill(0);
  for (const leaf of leaves) counts[lengths[leaf]!]!++;
  for (let left = overflow; left > 0; left -= 2) {
    let length = maxLength - 1;
    while (counts[length] === 0) length--;
    counts[length]!--;
    counts[length + 1]! += 2;
    counts[maxLength]!--;
  }
  let next = 0;
  for (let length = maxLength; length > 0; length--) {
    for (let i = counts[length]!; i > 0; i--) lengths[leaves[next++]!] = length;
  }
}
