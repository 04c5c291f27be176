/**
 * Follows the likeliest sequences side by side, until enough of them have ended.
 * Source: openai/whisper `decoding.py:BeamSearchDecoder`. There the beams start as copies of each other, which its candidates
 * by sequence make one again; here the first step grows all of them from one sequence, and two beams are never the same.
 */
import { logSumExp, topK } from "../tensor/softmax.js";
import { roundHalfEven } from "../util/round-half-even.js";
import { likeliest } from "./rank.js";
import type { Hypothesis, Step, TokenDecoder } from "./token-decoder.js";

export interface BeamSearchOptions {
  /** Sequences followed. */
  readonly beamSize: number;
  /** Sequences to end, as a factor of `beamSize`; rounded, at least one. */
  readonly patience: number;
  /** See `likeliest`. */
  readonly lengthPenalty: number | null;
}

/** One sequence, one token longer. */
interface Candidate {
  readonly source: number;
  readonly token: number;
  readonly sumLogprob: number;
}

export class BeamSearchDecoder implements TokenDecoder {
  readonly temperature = 0;
  readonly #finished: Hypothesis[] = [];
  readonly #maxFinished: number;

  constructor(
    private readonly eot: number,
    private readonly options: BeamSearchOptions,
  ) {
    this.#maxFinished = Math.max(roundHalfEven(options.beamSize * options.patience), 1);
  }

  step(hypotheses: readonly Hypothesis[], logits: readonly Float32Array[]): Step {
    const next: Hypothesis[] = [];
    const sources: number[] = [];
    for (const { source, token, sumLogprob } of this.#candidates(hypotheses, logits)) {
      const { tokens } = hypotheses[source]!;
      if (token !== this.eot) {
        next.push({ tokens: [...tokens, token], sumLogprob });
        sources.push(source);
        if (next.length === this.options.beamSize) break; // an end that is less likely than every beam is none
      } else if (this.#finished.length < this.#maxFinished) {
        this.#finished.push({ tokens, sumLogprob });
      }
    }
    const completed = this.#finished.length >= this.#maxFinished || next.length === 0;
    return { hypotheses: next, sources, completed };
  }

  /** Unfinished sequences count only where fewer than `beamSize` have ended: the first, which are the likeliest. */
  best(unfinished: readonly Hypothesis[]): Hypothesis {
    const missing = Math.max(this.options.beamSize - this.#finished.length, 0);
    return likeliest([...this.#finished, ...unfinished.slice(0, missing)], this.options.lengthPenalty);
  }

  /** Likeliest first. One more per sequence than there are beams, since one of them may be end-of-text. */
  #candidates(hypotheses: readonly Hypothesis[], logits: readonly Float32Array[]): Candidate[] {
    const candidates: Candidate[] = [];
    hypotheses.forEach((hypothesis, source) => {
      const row = logits[source]!;
      const top = topK(row, this.options.beamSize + 1);
      const normalizer = logSumExp(row, 0, row.length, row[top[0]!]);
      for (const token of top) {
        candidates.push({ source, token, sumLogprob: hypothesis.sumLogprob + row[token]! - normalizer });
      }
    });
    return candidates.sort((a, b) => b.sumLogprob - a.sumLogprob);
  }
}
