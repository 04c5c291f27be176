/**
 * Decodes several windows at once. Each is decoded by its own code over its own `Inference`; the steps that they ask for at the
 * same time become one run of the decoder graph, with a row for each window. Windows join and leave between any two runs.
 * Letters: A rows of a run, C slots of the self-attention cache, V vocabulary.
 */
import { setImmediate as turn } from "node:timers/promises";
import type { Candidates, Inference } from "../decoding/inference.js";
import * as contract from "../graph/contract.js";
import type { Dimensions } from "../model/model-config.js";
import { CANDIDATES, candidatesOf } from "./candidates.js";
import type { CrossKv } from "./cross-kv.js";
import { CrossKvRows } from "./cross-kv-rows.js";
import { DecoderInference } from "./decoder.js";
import { logitMask } from "./logit-mask.js";
import type { Feeds, Session } from "./onnxruntime.js";
import type { SelfKvCache } from "./self-kv-cache.js";
import { SelfKvRows } from "./self-kv-rows.js";

/** The next token of a window, and who waits for the candidates behind it. */
interface Step {
  readonly window: BatchedInference;
  readonly token: number;
  /** Candidates wanted. */
  readonly count: number;
  readonly suppressed: readonly number[];
  readonly resolve: (candidates: Candidates) => void;
  readonly reject: (reason: unknown) => void;
}

/** A window with several sequences, and how it is told that it may go on. */
interface Fork {
  readonly window: BatchedInference;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

/** A window's place in the buffers. */
interface Row {
  readonly window: BatchedInference;
  /** Tokens of its self-attention cache that are copied there. */
  filled: number;
}

/**
 * Windows that share their steps.
 *
 * What a window gets does not depend on the others: float32 sums differ in the last bits, and so does int8 arithmetic as far as
 * the graph takes its scales from each row alone.
 */
export class DecoderBatch {
  /** By row; where a window has left there is a gap until the next run. */
  #rows: (Row | undefined)[] = [];
  #waiting: Step[] = [];
  #draining = false;
  /** In the order in which they forked; the first goes on until it is closed. */
  #forks: Fork[] = [];
  /** As long as the longest window so far. */
  #crossRows: CrossKvRows | undefined;
  #selfRows: SelfKvRows | undefined;
  readonly #newKeys: readonly string[];
  readonly #newValues: readonly string[];

  /** @param maxWindows - rows of a run at most; windows beyond it are decoded too, one by one. */
  constructor(
    private readonly session: Session,
    private readonly dimensions: Dimensions,
    private readonly maxWindows: number,
  ) {
    const layers = Array.from({ length: dimensions.nTextLayer }, (_, layer) => layer);
    this.#newKeys = layers.map(contract.newKeyName);
    this.#newValues = layers.map(contract.newValueName);
  }

  /** Fresh decoder state of an encoded window; to be closed, for its row is another's then. */
  open(cross: CrossKv): BatchedInference {
    return new BatchedInference(this, new DecoderInference(this.session, this.dimensions, cross), cross);
  }

  /** What may follow a window's next token, from the next run; in buffers that no later run touches. */
  step(wanted: Pick<Step, "window" | "token" | "count" | "suppressed">): Promise<Candidates> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ ...wanted, resolve, reject });
      void this.#drain();
    });
  }

  /**
   * Waits for the turn of a window with several sequences. Its runs serve no other window: were all such windows served by turns,
   * the first would be done as late as the last.
   */
  turn(window: BatchedInference): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#forks.push({ window, resolve, reject });
      this.#forks[0]!.resolve();
    });
  }

  /** Gives up the window's row, its turn, and what it waits for. */
  leave(window: BatchedInference): void {
    const forks = this.#forks;
    this.#forks = forks.filter((fork) => fork.window !== window);
    this.#forks[0]?.resolve();
    const row = this.#rowOf(window);
    if (row >= 0) this.#rows[row] = undefined;
    const waiting = this.#waiting;
    this.#waiting = waiting.filter((step) => step.window !== window);
    const reason = new DOMException("The window was closed while it waited for a decoder step.", "AbortError");
    for (const asked of [...waiting, ...forks]) if (asked.window === window) asked.reject(reason);
  }

  /** Runs what is waiting once all code that can run has run: windows set free by one run ask again in time for the next. */
  async #drain(): Promise<void> {
    if (this.#draining) return;
    this.#draining = true;
    while (this.#waiting.length > 0) {
      await turn();
      const steps = this.#waiting;
      this.#waiting = [];
      const served = await this.#runTogether(steps);
      for (const step of steps) if (!served.includes(step)) await runAlone(step);
    }
    this.#draining = false;
  }

  /** Which of the steps are done; none where the run fails, for it must not be the fault of all of them. */
  async #runTogether(steps: readonly Step[]): Promise<readonly Step[]> {
    try {
      const admitted = this.#admit(steps);
      if (admitted.length > 0) await this.#run(admitted);
      return admitted;
    } catch {
      return [];
    }
  }

  /** Gives every window a row that there is one for, and closes gaps. One window by itself needs none. */
  #admit(steps: readonly Step[]): Step[] {
    if (steps.length > 1) {
      for (const { window } of steps) {
        const gap = this.#rows.indexOf(undefined);
        const row = gap < 0 ? this.#rows.length : gap;
        if (this.#rowOf(window) < 0 && row < this.maxWindows) this.#put(row, window);
      }
    }
    for (let gap = this.#rows.indexOf(undefined); gap >= 0; gap = this.#rows.indexOf(undefined)) {
      const last = this.#rows.pop();
      if (last !== undefined) this.#put(gap, last.window);
    }
    return steps.filter(({ window, suppressed }) => this.#rowOf(window) >= 0 && suppressed === steps[0]!.suppressed);
  }

  #rowOf(window: BatchedInference): number {
    return this.#rows.findIndex((row) => row?.window === window);
  }

  #put(row: number, window: BatchedInference): void {
    this.#rows[row] = { window, filled: 0 };
    if (this.#crossRows !== undefined && this.#crossRows.positions >= window.cross.positions) {
      this.#crossRows.fill(row, window.cross);
      return;
    }
    const crossRows = new CrossKvRows(this.maxWindows, window.cross);
    this.#rows.forEach((other, i) => {
      if (other !== undefined) crossRows.fill(i, other.window.cross);
    });
    this.#crossRows = crossRows;
  }

  async #run(steps: readonly Step[]): Promise<void> {
    const at = steps.map(({ window }) => this.#rowOf(window));
    const from = Math.min(...at);
    const rows = this.#rows.slice(from, Math.max(...at) + 1) as Row[];
    const names = [...CANDIDATES, ...this.#newKeys, ...this.#newValues];
    const results: Record<string, Float32Array> = await this.session.run(this.#feeds(steps, from, rows), names);
    const { nTextState } = this.dimensions;
    const found = candidatesOf(results as Record<(typeof CANDIDATES)[number], Float32Array>, steps.length);
    const part = (of: Float32Array, i: number, size: number) => of.subarray(i * size, (i + 1) * size);
    steps.forEach(({ window, resolve }, i) => {
      const slices = (of: readonly string[]) => of.map((name) => part(results[name]!, at[i]! - from, nTextState));
      window.cache.append(1, slices(this.#newKeys), slices(this.#newValues));
      resolve(found[i]!);
    });
  }

  /** A row that asks for nothing, between others that do, is fed some token; nobody looks at what becomes of it. */
  #feeds(steps: readonly Step[], from: number, rows: readonly Row[]): Feeds {
    const { session } = this;
    const asked = rows.map(({ window }) => steps.find((step) => step.window === window));
    const lengths = rows.map(({ window }, i) => (asked[i] === undefined ? 0 : window.cache.lengths[0]!));
    const tokens = asked.map((step) => step?.token ?? 0);
    const logitRows = steps.map((step) => asked.indexOf(step));
    const count = Math.max(...steps.map((step) => step.count));
    const selfRows = this.#fillSelfRows();
    return {
      ...this.#crossRows!.feeds(session, from, from + rows.length),
      ...selfRows.feeds(session, from, from + rows.length),
      [contract.TOKENS]: session.int64(tokens, [rows.length, 1]),
      [contract.POSITIONS]: session.int64(lengths, [rows.length, 1]),
      [contract.SELF_MASK]: session.float(selfRows.mask(lengths), [rows.length, 1, 1, selfRows.capacity + 1]),
      [contract.LOGIT_ROWS]: session.int64(logitRows, [logitRows.length]),
      [contract.LOGIT_MASK]: logitMask(session, steps[0]!.suppressed, this.dimensions.nVocab),
      [contract.CANDIDATE_SHAPE]: session.int64([steps.length, count], [2]),
      [contract.TARGETS]: session.int64([], [0, 1]),
      [contract.ALIGNMENT_POSITIONS]: session.int64([0], [1]),
    };
  }

  /** Copies the tokens that were added since the last run; all of them where the largest cache has another size. */
  #fillSelfRows(): SelfKvRows {
    const capacity = Math.max(...this.#rows.map((row) => row!.window.cache.capacity));
    if (this.#selfRows?.capacity !== capacity) {
      this.#selfRows = new SelfKvRows(this.maxWindows, capacity, this.dimensions);
      for (const row of this.#rows) row!.filled = 0;
    }
    this.#rows.forEach((row, i) => {
      const { cache } = row!.window;
      this.#selfRows!.fill(i, cache, row!.filled);
      row!.filled = cache.lengths[0]!;
    });
    return this.#selfRows;
  }
}

/** What a batch opens. Prompts, several sequences and whole rows of logits run alone; so does all that follows a fork. */
class BatchedInference implements Inference, Disposable {
  #mayJoin = true;
  /** Its turn, once it has forked. */
  #turn: Promise<void> | undefined;

  constructor(
    private readonly batch: DecoderBatch,
    readonly alone: DecoderInference,
    readonly cross: CrossKv,
  ) {}

  /** The truth about the window, of which a row is a copy. */
  get cache(): SelfKvCache {
    return this.alone.cache;
  }

  async logits(tokens: readonly (readonly number[])[], positions: readonly number[]): Promise<Float32Array[][]> {
    if (this.#turn !== undefined) await this.#turn;
    return await this.alone.logits(tokens, positions);
  }

  async candidates(
    tokens: readonly (readonly number[])[],
    count: number,
    suppressed: readonly number[],
  ): Promise<readonly Candidates[]> {
    const isStep = this.cache.lengths[0]! > 0 && tokens.length === 1 && tokens[0]!.length === 1;
    if (this.#turn !== undefined) await this.#turn;
    if (!isStep || !this.#mayJoin) return await this.alone.candidates(tokens, count, suppressed);
    return [await this.batch.step({ window: this, token: tokens[0]![0]!, count, suppressed })];
  }

  rearrange(sources: readonly number[]): void {
    if (sources.length > 1 && this.#turn === undefined) {
      this.#leave();
      this.#turn = this.batch.turn(this);
      this.#turn.catch(() => {}); // told by the next call
    }
    this.alone.rearrange(sources);
  }

  [Symbol.dispose](): void {
    this.#leave();
  }

  #leave(): void {
    this.#mayJoin = false;
    this.batch.leave(this);
  }
}

async function runAlone({ window, token, count, suppressed, resolve, reject }: Step): Promise<void> {
  try {
    const [candidates] = await window.alone.candidates([[token]], count, suppressed);
    resolve(candidates!);
  } catch (error) {
    reject(error);
  }
}
