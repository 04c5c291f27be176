/** Always the likeliest token. Source: openai/whisper `decoding.py:GreedyDecoder` at temperature 0. */
import { argmax, logSumExp } from "../tensor/softmax.js";
import type { Hypothesis, Step, TokenDecoder } from "./token-decoder.js";

export class GreedyDecoder implements TokenDecoder {
  readonly temperature = 0;
  #finished: Hypothesis | undefined;

  constructor(private readonly eot: number) {}

  step([hypothesis]: readonly [Hypothesis], [logits]: readonly [Float32Array]): Step {
    const token = argmax(logits);
    const sumLogprob = hypothesis.sumLogprob + logits[token]! - logSumExp(logits, 0, logits.length, logits[token]!);
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
