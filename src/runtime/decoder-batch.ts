/**
 * Decodes several windows at once. Each is decoded by its own code over its own `Inference`; the steps that they ask for at the
 * same time become one run of the decoder graph, with a row for each window. Windows join and leave between any two runs.
 * Letters: A rows of a run, N sequences of each, C slots of the self-attention cache, V vocabulary.
 */
import { setImmediate as turn } from "node:timers/promises";
import type { Candidates } from "../decoding/inference.js";
import * as contract from "../graph/contract.js";
import type { Dimensions } from "../model/model-config.js";
import { freeBuffers } from "../util/free-buffers.js";
import { Admission } from "./admission.js";
import { type Batch, BatchedInference, type WindowStep } from "./batched-inference.js";
import { CANDIDATES, candidatesOf } from "./candidates.js";
import type { CrossKv } from "./cross-kv.js";
import { DecoderInference } from "./decoder.js";
import { DecoderRows } from "./decoder-rows.js";
import { logitMask } from "./logit-mask.js";
import { type Feeds, int64, type Session } from "./onnxruntime.js";

/** What a window asks for, and who waits for the candidates. */
interface Step extends WindowStep {
  readonly resolve: (candidates: readonly Candidates[]) => void;
  readonly reject: (reason: unknown) => void;
}

/** A window with several sequences whose whole logits are wanted, and how it is told that it may go on. */
interface Turn {
  readonly window: BatchedInference;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * Windows that share their steps.
 *
 * What a window gets does not depend on the others: float32 sums differ in the last bits, and so does int8 arithmetic as far as
 * the graph takes its scales from each row alone.
 */
export class DecoderBatch implements Batch {
  #waiting: Step[] = [];
  #draining = false;
  /** In the order in which they asked; the first goes on until it is closed. */
  #turns: Turn[] = [];
  readonly #admission: Admission<BatchedInference>;
  readonly #rows: DecoderRows;
  readonly #newKeys: readonly string[];
  readonly #newValues: readonly string[];

  /**
   * @param maxWindows - decoded at once at most.
   * @param isMoreComing - whether windows of a rank are being encoded that will be decoded.
   */
  constructor(
    private readonly session: Session,
    private readonly dimensions: Dimensions,
    maxWindows: number,
    isMoreComing: (rank: number) => boolean = () => false,
  ) {
    this.#admission = new Admission(maxWindows, isMoreComing);
    this.#rows = new DecoderRows(maxWindows, dimensions);
    const layers = Array.from({ length: dimensions.nTextLayer }, (_, layer) => layer);
    this.#newKeys = layers.map(contract.newKeyName);
    this.#newValues = layers.map(contract.newValueName);
  }

  /**
   * Fresh decoder state of an encoded window; to be closed, for its row is another's then.
   *
   * @param rank - the lower, the sooner it is let in.
   */
  open(cross: CrossKv, rank = 0): BatchedInference {
    return new BatchedInference(this, new DecoderInference(this.session, this.dimensions, cross), cross, rank);
  }

  /** Of its rank a window that is tried again goes first, for others wait behind it. */
  enter(window: BatchedInference): Promise<void> {
    return this.#admission.enter(window, window.rank, this.#rows.holds(window.cross));
  }

  /** To be called when it may be that no more windows come. */
  admitWaiting(): void {
    this.#admission.admit();
  }

  step(wanted: WindowStep): Promise<readonly Candidates[]> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ ...wanted, resolve, reject });
      void this.#drain();
    });
  }

  turn(window: BatchedInference): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#turns.push({ window, resolve, reject });
      this.#turns[0]!.resolve();
    });
  }

  leave(window: BatchedInference): void {
    const turns = this.#turns;
    this.#turns = turns.filter((other) => other.window !== window);
    this.#turns[0]?.resolve();
    this.#rows.leave(window);
    const waiting = this.#waiting;
    this.#waiting = waiting.filter((step) => step.window !== window);
    const reason = new DOMException("The window was closed while it waited for a decoder step.", "AbortError");
    for (const asked of [...waiting, ...turns]) if (asked.window === window) asked.reject(reason);
  }

  close(window: BatchedInference): void {
    this.leave(window);
    this.#admission.leave(window, new DOMException("The window was closed while it waited in line.", "AbortError"));
  }

  /** Frees a window that nobody opens any more. */
  forget(cross: CrossKv): void {
    this.#rows.forget(cross);
  }

  /** Runs what is waiting once all code that can run has run: windows set free by one run ask again in time for the next. */
  async #drain(): Promise<void> {
    if (this.#draining) return;
    this.#draining = true;
    while (this.#waiting.length > 0) {
      await turn();
      const steps = this.#takeAlike();
      const served = await this.#runTogether(steps);
      for (const step of steps) if (!served.includes(step)) await runAlone(step);
    }
    this.#draining = false;
  }

  /** The first step that waits, and those that one run can serve with it: of as many sequences, with the same tokens left out. */
  #takeAlike(): Step[] {
    const [first] = this.#waiting;
    const isAlike = ({ tokens, suppressed }: Step) =>
      tokens.length === first?.tokens.length && suppressed === first.suppressed;
    const alike = this.#waiting.filter(isAlike);
    this.#waiting = this.#waiting.filter((step) => !isAlike(step)); // they wait on, so that they can be closed meanwhile
    return alike;
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

  /** Gives every window a row that there is one for. One window by itself needs none. */
  #admit(steps: readonly Step[]): Step[] {
    const rows = this.#rows;
    if (steps.length > 1) for (const { window } of steps) if (rows.rowOf(window) < 0) rows.seat(window);
    rows.compact();
    return steps.filter(({ window }) => rows.rowOf(window) >= 0);
  }

  async #run(steps: readonly Step[]): Promise<void> {
    const rows = steps.map(({ window }) => this.#rows.rowOf(window));
    const first = Math.min(...rows);
    const names = [...CANDIDATES, ...this.#newKeys, ...this.#newValues];
    const results: Record<string, Float32Array> = await this.session.run(this.#feeds(steps, rows), names);
    this.#rows.freeLeft();
    const sequences = steps[0]!.tokens.length;
    const size = sequences * this.dimensions.nTextState;
    const found = candidatesOf(results as Record<(typeof CANDIDATES)[number], Float32Array>, steps.length * sequences);
    steps.forEach(({ window, resolve }, i) => {
      const start = (rows[i]! - first) * size;
      const slices = (of: readonly string[]) => of.map((name) => results[name]!.subarray(start, start + size));
      const isOpen = this.#rows.rowOf(window) >= 0; // it may have been closed meanwhile
      if (isOpen) window.cache.append(1, slices(this.#newKeys), slices(this.#newValues));
      resolve(found.slice(i * sequences, (i + 1) * sequences));
    });
    freeBuffers([...this.#newKeys, ...this.#newValues].map((name) => results[name]!));
  }

  /** A row that asks for nothing, between others that do, is fed some tokens; nobody looks at what becomes of them. */
  #feeds(steps: readonly Step[], rows: readonly number[]): Feeds {
    const first = Math.min(...rows);
    const asked = Array.from({ length: Math.max(...rows) - first + 1 }, (_, i) => steps[rows.indexOf(first + i)]);
    const sequences = steps[0]!.tokens.length;
    const each = Array.from({ length: sequences }, (_, sequence) => sequence);
    const caches = asked.map((step) => step?.window.cache);
    const tokens = asked.flatMap((step) => step?.tokens ?? each.map(() => 0));
    const positions = caches.flatMap((cache) => cache?.lengths ?? each.map(() => 0));
    const logitRows = rows.flatMap((row) => each.map((sequence) => (row - first) * sequences + sequence));
    const count = Math.max(...steps.map((step) => step.count));
    return {
      ...this.#rows.feeds(first, caches, sequences),
      [contract.TOKENS]: int64(tokens, [asked.length, sequences]),
      [contract.POSITIONS]: int64(positions, [asked.length, sequences]),
      [contract.LOGIT_ROWS]: int64(logitRows, [logitRows.length]),
      [contract.LOGIT_MASK]: logitMask(steps[0]!.suppressed, this.dimensions.nVocab),
      [contract.CANDIDATE_SHAPE]: int64([logitRows.length, count], [2]),
      [contract.TARGETS]: int64([], [0, 1]),
      [contract.ALIGNMENT_POSITIONS]: int64([0], [1]),
    };
  }
}

async function runAlone({ window, tokens, count, suppressed, resolve, reject }: Step): Promise<void> {
  try {
    const ownTokens = tokens.map((token) => [token]);
    const rows = await window.alone.candidates(ownTokens, [0], count, suppressed);
    resolve(rows.map(([found]) => found!));
  } catch (error) {
    reject(error);
  }
}
