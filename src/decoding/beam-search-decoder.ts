/**
 * Follows the likeliest sequences side by side, until enough of them have ended.
 * Source: openai/whisper `decoding.py:BeamSearchDecoder`. There the beams start as copies of each other, which its candidates
 * by sequence make one again; here the first step grows all of them from one sequence, and two beams are never the same.
 */
import { roundHalfEven } from "../util/round-half-even.js";
import { likeliest } from "./rank.js";
import type { Hypothesis, Step, TokenDecoder } from "./token-decoder.js";
import type { TokenScores } from "./token-scores.js";

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
  /** One more per sequence than there are beams, since one of them may be end-of-text. */
  readonly candidates: number;
  readonly #finished: Hypothesis[] = [];
  readonly #maxFinished: number;

  constructor(
    private readonly eot: number,
    private readonly options: BeamSearchOptions,
  ) {
    this.candidates = options.beamSize + 1;
    this.#maxFinished = Math.max(roundHalfEven(options.beamSize * options.patience), 1);
  }

  step(hypotheses: readonly Hypothesis[], scores: readonly TokenScores[]): Step {
    const next: Hypothesis[] = [];
    const sources: number[] = [];
    for (const { source, token, sumLogprob } of this.#grow(hypotheses, scores)) {
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

  /** Likeliest first. */
  #grow(hypotheses: readonly Hypothesis[], scores: readonly TokenScores[]): Candidate[] {
    const candidates = hypotheses.flatMap((hypothesis, source) => {
      const row = scores[source]!;
      const normalizer = row.logSumExp();
      return Array.from(row.top(this.candidates), (token): Candidate => {
        return { source, token, sumLogprob: hypothesis.sumLogprob + row.at(token) - normalizer };
      });
    });
    return candidates.sort((a, b) => b.sumLogprob - a.sumLogprob);
  }
}
