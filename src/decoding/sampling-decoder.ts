/** Draws tokens by their probability, several sequences side by side. Source: openai/whisper `decoding.py:GreedyDecoder` above temperature 0. */
import { likeliest } from "./rank.js";
import type { Hypothesis, Step, TokenDecoder } from "./token-decoder.js";
import type { TokenScores } from "./token-scores.js";

export interface SamplingOptions {
  /** Above 0; the higher, the more often unlikely tokens are drawn. */
  readonly temperature: number;
  /** Sequences to draw. */
  readonly bestOf: number;
  /** See `likeliest`. */
  readonly lengthPenalty: number | null;
  /** Uniform numbers, 0 ≤ x < 1. */
  readonly random: () => number;
}

export class SamplingDecoder implements TokenDecoder {
  readonly temperature: number;
  readonly candidates = undefined;
  readonly #finished: Hypothesis[] = [];
  #started = false;

  constructor(
    private readonly eot: number,
    private readonly options: SamplingOptions,
  ) {
    this.temperature = options.temperature;
  }

  step(hypotheses: readonly Hypothesis[], scores: readonly TokenScores[]): Step {
    const normalizers = scores.map((row) => row.logSumExp());
    // all sequences grow from one start
    const drawn = this.#started ? hypotheses.map((_, i) => i) : Array<number>(this.options.bestOf).fill(0);
    this.#started = true;
    const next: Hypothesis[] = [];
    const sources: number[] = [];
    for (const source of drawn) {
      const { tokens, sumLogprob: before } = hypotheses[source]!;
      const row = scores[source]!;
      const token = row.draw(this.temperature, this.options.random());
      // the temperature shapes what is drawn, not how likely it is said to be
      const sumLogprob = before + row.at(token) - normalizers[source]!;
      if (token === this.eot) {
        this.#finished.push({ tokens, sumLogprob });
      } else {
        next.push({ tokens: [...tokens, token], sumLogprob });
        sources.push(source);
      }
    }
    return { hypotheses: next, sources, completed: next.length === 0 };
  }

  best(unfinished: readonly Hypothesis[]): Hypothesis {
    return likeliest([...this.#finished, ...unfinished], this.options.lengthPenalty);
  }
}
