/**
 * The logits behind one position, as rules and strategies see them: whole, or reduced to what a step looks at. Text is nearly
 * all of the vocabulary, and few steps look at more of it than its likeliest tokens and their share of all.
 */
import { drawIndex, logSumExp, maximum, topK } from "../tensor/softmax.js";
import type { Candidates } from "./inference.js";

const NEVER = Number.NEGATIVE_INFINITY;
const UNKNOWN = "Of text, only the likeliest tokens are known.";

/** Ranges are token ids, begin ≤ token < end; by default all. Natural logs. */
export interface TokenScores {
  /** False where text is known by its likeliest tokens alone, and can only be ruled out as a whole. */
  readonly knowsAllText: boolean;

  /** The logit of a token; −∞ for one that is ruled out. */
  at(token: number): number;

  set(token: number, logit: number): void;

  /** Rules tokens out. */
  forbid(begin: number, end?: number): void;

  /** The largest logit, −∞ where all are ruled out. */
  maximum(begin?: number, end?: number): number;

  /** log Σ exp(logit), −∞ where all are ruled out. */
  logSumExp(begin?: number, end?: number): number;

  /** The likeliest tokens, likeliest first, the lower id first among equals; fewer where fewer are left. */
  top(count: number): ArrayLike<number>;

  /**
   * Draws a token with the probabilities of softmax(logits / temperature).
   *
   * @param uniform - where to look in the sum of the probabilities, 0 ≤ uniform < 1.
   */
  draw(temperature: number, uniform: number): number;
}

/** The logits of the whole vocabulary. */
export class AllScores implements TokenScores {
  readonly knowsAllText = true;

  /** @param logits - shape [V]; changed in place. */
  constructor(readonly logits: Float32Array) {}

  at(token: number): number {
    return this.logits[token]!;
  }

  set(token: number, logit: number): void {
    this.logits[token] = logit;
  }

  forbid(begin: number, end?: number): void {
    this.logits.fill(Number.NEGATIVE_INFINITY, begin, end);
  }

  maximum(begin?: number, end?: number): number {
    return maximum(this.logits, begin, end);
  }

  logSumExp(begin?: number, end?: number): number {
    return logSumExp(this.logits, begin, end);
  }

  top(count: number): ArrayLike<number> {
    return topK(this.logits, count);
  }

  draw(temperature: number, uniform: number): number {
    return drawIndex(this.logits, temperature, uniform);
  }
}

/** The likeliest text, and all that is no text. */
export class CandidateScores implements TokenScores {
  readonly knowsAllText = false;
  readonly #candidates: Candidates;
  readonly #others: AllScores;
  readonly #eot: number;
  #allowsText = true;

  /** @param eot - the first id that is no text. */
  constructor(candidates: Candidates, eot: number) {
    this.#candidates = candidates;
    this.#others = new AllScores(candidates.others);
    this.#eot = eot;
  }

  at(token: number): number {
    if (token >= this.#eot) return this.#others.at(token - this.#eot);
    const place = this.#allowsText ? this.#candidates.tokens.indexOf(token) : -1;
    return place < 0 ? NEVER : this.#candidates.logits[place]!;
  }

  set(token: number, logit: number): void {
    if (token < this.#eot) throw new RangeError(UNKNOWN);
    this.#others.set(token - this.#eot, logit);
  }

  forbid(begin: number, end = Number.POSITIVE_INFINITY): void {
    const { text, others } = this.#parts(begin, end);
    if (text) this.#allowsText = false;
    this.#others.forbid(...others);
  }

  maximum(begin = 0, end = Number.POSITIVE_INFINITY): number {
    const { text, others } = this.#parts(begin, end);
    return Math.max(text && this.#allowsText ? this.#candidates.logits[0]! : NEVER, this.#others.maximum(...others));
  }

  logSumExp(begin = 0, end = Number.POSITIVE_INFINITY): number {
    const parts = this.#parts(begin, end);
    const text = parts.text && this.#allowsText ? this.#candidates.logSumExp : NEVER;
    const others = this.#others.logSumExp(...parts.others);
    const max = Math.max(text, others);
    return max === NEVER ? max : max + Math.log(Math.exp(text - max) + Math.exp(others - max));
  }

  top(count: number): number[] {
    const { tokens, logits } = this.#candidates;
    const text = this.#allowsText ? Array.from(tokens).filter((_, i) => logits[i]! > NEVER) : [];
    const others = Array.from(this.#others.top(count), (place) => place + this.#eot);
    return [...text, ...others].sort((a, b) => this.at(b) - this.at(a) || a - b).slice(0, count);
  }

  draw(): never {
    throw new RangeError(UNKNOWN);
  }

  /** Whether a range holds all text, and what it holds of the others. */
  #parts(begin: number, end: number): { text: boolean; others: [begin: number, end: number] } {
    const text = begin < this.#eot;
    if (text && (begin > 0 || end < this.#eot)) throw new RangeError(UNKNOWN);
    const { length } = this.#candidates.others;
    const place = (token: number) => Math.min(Math.max(token - this.#eot, 0), length);
    return { text, others: [place(begin), place(end)] };
  }
}
