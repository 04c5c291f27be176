/**
 * Rules on what may come next: each sets the logits of forbidden tokens to −∞, or lowers those of unwanted ones, in place.
 * They run in the order of `logitFilters`; the timestamp rules compare what is left, so they come last.
 * Source: openai/whisper `decoding.py` (SuppressBlank, SuppressTokens, ApplyTimestampRules); CTranslate2
 * `logits_processor.cc` (RepetitionPenalty, NoRepeatNgram).
 */
import { TIME_PRECISION } from "../mel/constants.js";
import type { Tokenizer } from "../tokenizer/tokenizer.js";
import { roundHalfEven } from "../util/round-half-even.js";
import type { DecodingOptions } from "./decoding-options.js";
import type { TokenScores } from "./token-scores.js";

const FORBIDDEN = Number.NEGATIVE_INFINITY;

/** One rule. */
export interface LogitFilter {
  /**
   * @param scores - behind the sequence; changed in place.
   * @param sampled - what this sequence holds so far: the prefix and what was sampled, the prompt not.
   */
  apply(scores: TokenScores, sampled: readonly number[]): void;
}

/** Whether a rule looks at single tokens of text behind what was sampled: then the likeliest of all do not suffice. */
export function filtersText({ repetitionPenalty, noRepeatNgramSize }: DecodingOptions): boolean {
  return repetitionPenalty !== 1 || noRepeatNgramSize > 0;
}

/** The filters that `options` ask for, in order. */
export function logitFilters(options: DecodingOptions, tokenizer: Tokenizer): LogitFilter[] {
  const filters: LogitFilter[] = [];
  if (options.repetitionPenalty !== 1) filters.push(penalizeRepetition(options.repetitionPenalty, tokenizer.eot));
  if (options.noRepeatNgramSize > 0) filters.push(forbidRepeatedNgrams(options.noRepeatNgramSize, tokenizer.eot));
  if (options.suppressBlank) filters.push(suppressBlank(tokenizer));
  if (options.suppressTokens.length > 0) filters.push(suppressTokens(options.suppressTokens, tokenizer.eot));
  if (!options.withoutTimestamps) filters.push(new TimestampRules(tokenizer, options));
  return filters;
}

/**
 * Text that is there already is less likely to come again. CTranslate2 does so to timestamps and other special tokens too,
 * of which the rules below want some to come again.
 */
function penalizeRepetition(penalty: number, eot: number): LogitFilter {
  return {
    apply(scores, sampled) {
      for (const token of new Set(sampled)) {
        const logit = scores.at(token);
        if (token < eot) scores.set(token, logit < 0 ? logit * penalty : logit / penalty);
      }
    },
  };
}

/** No `size` tokens of text follow each other twice. Timestamps between them do not tell them apart, unlike in CTranslate2. */
function forbidRepeatedNgrams(size: number, eot: number): LogitFilter {
  return {
    apply(scores, sampled) {
      const text = sampled.filter((token) => token < eot);
      const start = text.length - (size - 1); // of the n-gram that the next token would end
      for (let i = 0; i < start; i++) {
        let same = 0;
        while (same < size - 1 && text[i + same] === text[start + same]) same++;
        if (same === size - 1) scores.set(text[i + same]!, FORBIDDEN);
      }
    },
  };
}

/** A sequence never starts with a blank or ends before it began. */
function suppressBlank(tokenizer: Tokenizer): LogitFilter {
  const blank = [...tokenizer.encode(" "), tokenizer.eot];
  return {
    apply(scores, sampled) {
      // where not all text is known none of it comes first
      if (sampled.length === 0 && scores.knowsAllText) for (const token of blank) scores.set(token, FORBIDDEN);
    },
  };
}

/** Of text that is known by its likeliest tokens alone, the suppressed ones were left out before. */
function suppressTokens(tokens: readonly number[], eot: number): LogitFilter {
  const others = tokens.filter((token) => token >= eot);
  return {
    apply(scores) {
      for (const token of scores.knowsAllText ? tokens : others) scores.set(token, FORBIDDEN);
    },
  };
}

/** Timestamps come in pairs (end, start) but for the first and the last, never decrease, and win when likely as a whole. */
class TimestampRules implements LogitFilter {
  readonly #lastInitial: number;
  /** A segment that starts before it is not left open. */
  readonly #lastSpeech: number;

  constructor(
    private readonly tokenizer: Tokenizer,
    { maxInitialTimestamp, speechUntil = 0 }: Pick<DecodingOptions, "maxInitialTimestamp" | "speechUntil">,
  ) {
    const steps = roundHalfEven(maxInitialTimestamp / TIME_PRECISION);
    this.#lastInitial = maxInitialTimestamp > 0 ? tokenizer.timestampBegin + steps : Number.POSITIVE_INFINITY;
    this.#lastSpeech = tokenizer.timestampBegin + speechUntil / TIME_PRECISION;
  }

  apply(scores: TokenScores, sampled: readonly number[]): void {
    const { noTimestamps, timestampBegin } = this.tokenizer;
    scores.set(noTimestamps, FORBIDDEN); // chosen by the option, never by the model
    if (sampled.length === 0) {
      scores.forbid(0, timestampBegin);
      scores.forbid(this.#lastInitial + 1);
    } else {
      this.#forbidByOrder(scores, sampled);
    }
    const timestamps = scores.logSumExp(timestampBegin);
    if (timestamps > scores.maximum(0, timestampBegin)) scores.forbid(0, timestampBegin);
  }

  #forbidByOrder(scores: TokenScores, sampled: readonly number[]): void {
    const { eot, timestampBegin } = this.tokenizer;
    const isTimestamp = (token: number | undefined) => token !== undefined && token >= timestampBegin;
    const endsWithTimestamp = isTimestamp(sampled.at(-1));
    const endsWithPair = endsWithTimestamp && (sampled.length < 2 || isTimestamp(sampled.at(-2)));
    if (endsWithPair) {
      scores.forbid(timestampBegin); // a segment has started: text follows
      // a first segment may turn out to be none, wherever speech was heard
      if (sampled.length > 1 && sampled.at(-1)! < this.#lastSpeech) scores.set(eot, FORBIDDEN);
    } else if (endsWithTimestamp) {
      scores.forbid(0, eot); // a segment has ended: its successor starts, or all is said
    }
    const last = sampled.findLast(isTimestamp);
    if (last === undefined) return;
    // a start may equal the end before it; anything else must move on, or a segment of no length could repeat forever
    const first = endsWithTimestamp && !endsWithPair ? last : last + 1;
    scores.forbid(timestampBegin, first);
  }
}
