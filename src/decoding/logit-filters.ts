/**
 * Rules on what may come next: each sets the logits of forbidden tokens to −∞, in place.
 * They run in the order of `logitFilters`; the timestamp rules compare what is left, so they come last.
 * Source: openai/whisper `decoding.py` (SuppressBlank, SuppressTokens, ApplyTimestampRules).
 */
import { TIME_PRECISION } from "../mel/constants.js";
import { logSumExp, maximum } from "../tensor/softmax.js";
import type { Tokenizer } from "../tokenizer/tokenizer.js";
import { roundHalfEven } from "../util/round-half-even.js";
import type { DecodingOptions } from "./decoding-options.js";

const FORBIDDEN = Number.NEGATIVE_INFINITY;

/** One rule. */
export interface LogitFilter {
  /**
   * @param logits - one row, shape [V]; changed in place.
   * @param sampled - what was sampled for this sequence so far, prompt not included.
   */
  apply(logits: Float32Array, sampled: readonly number[]): void;
}

/** The filters that `options` ask for, in order. */
export function logitFilters(options: DecodingOptions, tokenizer: Tokenizer): LogitFilter[] {
  const filters: LogitFilter[] = [];
  if (options.suppressBlank) filters.push(suppressBlank(tokenizer));
  if (options.suppressTokens.length > 0) filters.push(suppressTokens(options.suppressTokens));
  if (!options.withoutTimestamps) filters.push(new TimestampRules(tokenizer, options.maxInitialTimestamp));
  return filters;
}

/** A sequence never starts with a blank or ends before it began. */
function suppressBlank(tokenizer: Tokenizer): LogitFilter {
  const blank = [...tokenizer.encode(" "), tokenizer.eot];
  return {
    apply(logits, sampled) {
      if (sampled.length === 0) for (const token of blank) logits[token] = FORBIDDEN;
    },
  };
}

function suppressTokens(tokens: readonly number[]): LogitFilter {
  return {
    apply(logits) {
      for (const token of tokens) logits[token] = FORBIDDEN;
    },
  };
}

/** Timestamps come in pairs (end, start) but for the first and the last, never decrease, and win when likely as a whole. */
class TimestampRules implements LogitFilter {
  readonly #lastInitial: number;

  /** @param maxInitialTimestamp - seconds; 0 sets no limit. */
  constructor(
    private readonly tokenizer: Tokenizer,
    maxInitialTimestamp: number,
  ) {
    const steps = roundHalfEven(maxInitialTimestamp / TIME_PRECISION);
    this.#lastInitial = maxInitialTimestamp > 0 ? tokenizer.timestampBegin + steps : Number.POSITIVE_INFINITY;
  }

  apply(logits: Float32Array, sampled: readonly number[]): void {
    const { noTimestamps, timestampBegin } = this.tokenizer;
    logits[noTimestamps] = FORBIDDEN; // chosen by the option, never by the model
    if (sampled.length === 0) {
      logits.fill(FORBIDDEN, 0, timestampBegin);
      logits.fill(FORBIDDEN, Math.min(this.#lastInitial + 1, logits.length));
    } else {
      this.#forbidByOrder(logits, sampled);
    }
    const timestamps = logSumExp(logits, timestampBegin);
    if (timestamps > maximum(logits, 0, timestampBegin)) logits.fill(FORBIDDEN, 0, timestampBegin);
  }

  #forbidByOrder(logits: Float32Array, sampled: readonly number[]): void {
    const { eot, timestampBegin } = this.tokenizer;
    const isTimestamp = (token: number | undefined) => token !== undefined && token >= timestampBegin;
    const endsWithTimestamp = isTimestamp(sampled.at(-1));
    const endsWithPair = endsWithTimestamp && (sampled.length < 2 || isTimestamp(sampled.at(-2)));
    if (endsWithPair) {
      logits.fill(FORBIDDEN, timestampBegin); // a segment has started: text follows
    } else if (endsWithTimestamp) {
      logits.fill(FORBIDDEN, 0, eot); // a segment has ended: its successor starts, or all is said
    }
    const last = sampled.findLast(isTimestamp);
    if (last === undefined) return;
    // a start may equal the end before it; anything else must move on, or a segment of no length could repeat forever
    const first = endsWithTimestamp && !endsWithPair ? last : last + 1;
    logits.fill(FORBIDDEN, timestampBegin, first);
  }
}
