/**
 * Beam search as openai-whisper runs it, written down step by step with no thought of speed: every beam is a row of its own
 * from the start, and candidates are told apart by their tokens.
 */

export interface Found {
  readonly tokens: readonly number[];
  readonly sumLogprob: number;
}

interface Search {
  readonly eot: number;
  readonly beamSize: number;
  readonly patience: number;
  /** Steps at most. */
  readonly length: number;
  logprobs(tokens: readonly number[]): readonly number[];
}

const keyOf = (tokens: readonly number[]) => tokens.join(" ");
const tokensOf = (key: string) => (key === "" ? [] : key.split(" ").map(Number));
/** Python's, for what is not negative. */
const round = (x: number) => (x % 1 === 0.5 ? 2 * Math.round(x / 2) : Math.round(x));

/** All sequences that the search ends with, in the order in which they are ranked; end-of-text is left out of their tokens. */
export function naiveBeamSearch({ eot, beamSize, patience, length, logprobs }: Search): Found[] {
  const wanted = round(beamSize * patience);
  const finished = new Map<string, number>();
  let beams: Found[] = Array.from({ length: beamSize }, () => ({ tokens: [], sumLogprob: 0 }));
  for (let step = 0; step < length; step++) {
    const scores = new Map<string, number>();
    for (const { tokens, sumLogprob } of beams) {
      const ranked = [...logprobs(tokens).entries()].sort((a, b) => b[1] - a[1]).slice(0, beamSize + 1);
      for (const [token, logprob] of ranked) scores.set(keyOf([...tokens, token]), sumLogprob + logprob);
    }
    const next: Found[] = [];
    const ended: [string, number][] = [];
    for (const [key, score] of [...scores].sort((a, b) => b[1] - a[1])) {
      if (tokensOf(key).at(-1) === eot) {
        ended.push([key, score]);
      } else {
        next.push({ tokens: tokensOf(key), sumLogprob: score });
        if (next.length === beamSize) break;
      }
    }
    beams = next;
    for (const [key, score] of ended) {
      if (finished.size >= wanted) break;
      finished.set(key, score);
    }
    if (finished.size >= wanted) break;
  }
  for (const { tokens, sumLogprob } of [...beams].sort((a, b) => b.sumLogprob - a.sumLogprob)) {
    if (finished.size >= beamSize) break;
    finished.set(keyOf([...tokens, eot]), sumLogprob);
  }
  return [...finished].map(([key, sumLogprob]) => ({ tokens: tokensOf(key).slice(0, -1), sumLogprob }));
}
