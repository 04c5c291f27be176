/** Always the likeliest token. Source: openai/whisper `decoding.py:GreedyDecoder` at temperature 0. */
import { argmax, logSumExp } from "../tensor/softmax.js";
import type { Hypothesis, Step, TokenDecoder } from "./token-decoder.js";

export class GreedyDecoder implements TokenDecoder {
  readonly groupSize = 1;
  readonly temperature = 0;

  constructor(private readonly eot: number) {}

  step(hypotheses: readonly Hypothesis[], logits: readonly Float32Array[]): Step {
    const next = hypotheses.map((hypothesis, i) => this.#extend(hypothesis, logits[i]!));
    return { hypotheses: next, sources: next.map((_, i) => i), completed: next.every(({ finished }) => finished) };
  }

  best(hypotheses: readonly Hypothesis[]): Hypothesis {
    return hypotheses[0]!;
  }

  #extend(hypothesis: Hypothesis, logits: Float32Array): Hypothesis {
    if (hypothesis.finished) return hypothesis;
    const token = argmax(logits);
    const sumLogprob = hypothesis.sumLogprob + logits[token]! - logSumExp(logits);
    return token === this.eot
      ? { tokens: hypothesis.tokens, sumLogprob, finished: true }
      : { tokens: [...hypothesis.tokens, token], sumLogprob, finished: false };
  }
}
