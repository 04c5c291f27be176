/**
 * Rules on what may come next: each sets the logits of forbidden tokens to −∞, or lowers those of unwanted ones, in place.
 * They run in the order of `logitFilters`; the timestamp rules compare what is left, so they come last.
 * Source: openai/whisper `decoding.py` (SuppressBlank, SuppressTokens, ApplyTimestampRules); CTranslate2
 * `logits_processor.cc` (RepetitionPenalty, NoRepeatNgram).
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
   * @param sampled - what this sequence holds so far: the prefix and what was sampled, the prompt not.
   */
  apply(logits: Float32Array, sampled: readonly number[]): void;
}

/** The filters that `options` ask for, in order. */
export function logitFilters(options: DecodingOptions, tokenizer: Tokenizer): LogitFilter[] {
  const filters: LogitFilter[] = [];
  if (options.repetitionPenalty !== 1) filters.push(penalizeRepetition(options.repetitionPenalty, tokenizer.eot));
  if (options.noRepeatNgramSize > 0) filters.push(forbidRepeatedNgrams(options.noRepeatNgramSize, tokenizer.eot));
  if (options.suppressBlank) filters.push(suppressBlank(tokenizer));
  if (options.suppressTokens.length > 0) filters.push(suppressTokens(options.suppressTokens));
  if (!options.withoutTimestamps) filters.push(new TimestampRules(tokenizer, options.maxInitialTimestamp));
  return filters;
}

/**
 * Text that is there already is less likely to come again. CTranslate2 does so to timestamps and other special tokens too,
 * of which the rules below want some to come again.
 */
function penalizeRepetition(penalty: number, eot: number): LogitFilter {
  return {
    apply(logits, sampled) {
      for (const token of new Set(sampled)) {
        if (token < eot) logits[token]! *= logits[token]! < 0 ? penalty : 1 / penalty;
      }
    },
  };
}

/** No `size` tokens of text follow each other twice. Timestamps between them do not tell them apart, unlike in CTranslate2. */
function forbidRepeatedNgrams(size: number, eot: number): LogitFilter {
  return {
    apply(logits, sampled) {
      const text = sampled.filter((token) => token < eot);
      const start = text.length - (size - 1); // of the n-gram that the next token would end
      for (let i = 0; i < start; i++) {
        let same = 0;
        while (same < size - 1 && text[i + same] === text[start + same]) same++;
        if (same === size - 1) logits[text[i + same]!] = FORBIDDEN;
      }
    },
  };
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
