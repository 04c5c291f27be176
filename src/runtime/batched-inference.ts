/** One window of a batch, as the code that decodes it sees it: by itself. */
import type { Candidates, Inference } from "../decoding/inference.js";
import type { CrossKv } from "./cross-kv.js";
import type { DecoderInference } from "./decoder.js";
import type { Sequence } from "./decoder-rows.js";
import type { SelfKvCache } from "./self-kv-cache.js";

/** A step of a window: the next token of each of its sequences. */
export interface WindowStep {
  readonly window: BatchedInference;
  readonly tokens: readonly number[];
  /** Candidates wanted behind each. */
  readonly count: number;
  readonly suppressed: readonly number[];
}

/** The windows that share their steps. */
export interface Batch {
  /** Waits until the window may be decoded. */
  enter(window: BatchedInference): Promise<void>;

  /** What may follow the next token of each of a window's sequences, from the next run; in buffers that no later run touches. */
  step(wanted: WindowStep): Promise<readonly Candidates[]>;

  /**
   * Waits for the turn of a window whose runs serve no other: were all such windows served by turns, the first would be done as
   * late as the last.
   */
  turn(window: BatchedInference): Promise<void>;

  /** Gives up the window's row, its turn, and what it waits for. */
  leave(window: BatchedInference): void;

  /** The window makes room for others. */
  close(window: BatchedInference): void;
}

/**
 * New tokens that are fed one by one, in steps that other windows take anyway: a run of a start sequence takes as long as a step
 * of all. Where no others step they are too, so that a window's numbers are the same to the bit whatever is decoded beside it.
 */
const MAX_SHARED_TOKENS = 4;

/** What a batch opens. Long prompts and whole rows of logits run alone. */
export class BatchedInference implements Inference, Sequence, Disposable {
  /** When it was let in; undefined until it asks. */
  #entered: Promise<void> | undefined;
  /** Its turn, once whole logits of several sequences were wanted. */
  #turn: Promise<void> | undefined;
  #isClosed = false;

  constructor(
    private readonly batch: Batch,
    readonly alone: DecoderInference,
    readonly cross: CrossKv,
    readonly rank: number,
  ) {}

  /** Of its sequences; in the window's row while it has one. */
  get cache(): SelfKvCache {
    return this.alone.cache;
  }

  async logits(tokens: readonly (readonly number[])[], positions: readonly number[]): Promise<Float32Array[][]> {
    if (tokens.length > 1 && this.#turn === undefined) {
      this.cache.moveOut();
      this.batch.leave(this);
      this.#turn = this.batch.turn(this);
    }
    await this.#start();
    return await this.alone.logits(tokens, positions);
  }

  async candidates(
    tokens: readonly (readonly number[])[],
    positions: readonly number[],
    count: number,
    suppressed: readonly number[],
  ): Promise<readonly (readonly Candidates[])[]> {
    await this.#start();
    const length = tokens[0]!.length;
    const isShared = this.#turn === undefined && length <= MAX_SHARED_TOKENS;
    if (!isShared) return await this.alone.candidates(tokens, positions, count, suppressed);
    const rows: Candidates[][] = tokens.map(() => []);
    for (let position = 0; position < length; position++) {
      const next = tokens.map((own) => own[position]!);
      const found = await this.batch.step({ window: this, tokens: next, count, suppressed });
      if (positions.includes(position)) rows.forEach((row, sequence) => void row.push(found[sequence]!));
    }
    return rows;
  }

  rearrange(sources: readonly number[]): void {
    this.alone.rearrange(sources);
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    this.batch.close(this);
    this.alone[Symbol.dispose]();
  }

  /** Waits until it is let in, and for its turn where it takes turns. */
  async #start(): Promise<void> {
    this.#entered ??= this.batch.enter(this);
    await this.#entered;
    if (this.#turn !== undefined) await this.#turn;
    if (this.#isClosed) throw new DOMException("The window was closed while it waited.", "AbortError");
  }
}
