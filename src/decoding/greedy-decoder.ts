/** Always the likeliest token. Source: openai/whisper `decoding.py:GreedyDecoder` at temperature 0. */
import type { Hypothesis, Step, TokenDecoder } from "./token-decoder.js";
import type { TokenScores } from "./token-scores.js";

export class GreedyDecoder implements TokenDecoder {
  readonly temperature = 0;
  readonly candidates = 1;
  #finished: Hypothesis | undefined;

  constructor(private readonly eot: number) {}

  step([hypothesis]: readonly [Hypothesis], [scores]: readonly [TokenScores]): Step {
    const token = scores.top(1)[0]!;
    const sumLogprob = hypothesis.sumLogprob + scores.at(token) - scores.logSumExp();
    if (token !== this.eot) {
      return { hypotheses: [{ tokens: [...hypothesis.tokens, token], sumLogprob }], sources: [0], completed: false };
    }
    this.#finished = { tokens: hypothesis.tokens, sumLogprob };
    return { hypotheses: [], sources: [], completed: true };
  }

  best([unfinished]: readonly Hypothesis[]): Hypothesis {
    return (this.#finished ?? unfinished)!;
  }
}
