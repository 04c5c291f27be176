/**
 * A memory of what the model said of each window, so that a run that was cut off goes on where it was: what is known is neither
 * encoded nor decoded again. Everything before and behind the model is done anew, so the result is the same to the byte.
 */
import { createHash } from "node:crypto";
import type { MelWindow } from "../mel/mel-stream.js";
import type { EncodedWindow, WindowEncoder } from "../transcribe/encoded-window.js";

/**
 * Answers of one model, outside of any process. A key stands for a question and all that its answer depends on but the model;
 * keys and answers are text without line breaks, keys without spaces.
 */
export interface WindowMemory {
  /** What was said before. */
  readonly known: ReadonlyMap<string, string>;
  /** Takes what is said now. */
  record(key: string, answer: string): void;
}

/** Windows that are encoded, or next in line for it: with one alone the encoder's thread would wait between two. */
const MAX_BEGUN = 2;
/** Characters of a key's two halves: the window, and what is asked of it. */
const HASH_LENGTH = 24;

export class WindowRecall {
  readonly #memory: WindowMemory;
  readonly #settings: string;
  readonly #stop: AbortSignal | undefined;
  /** Windows of which something is known. */
  readonly #windows: ReadonlySet<string>;
  /** The last windows that were begun, MAX_BEGUN of them. */
  #begun: readonly Promise<unknown>[] = [];

  /**
   * @param settings - what answers depend on beside the window and the question; JSON.
   * @param stop - no window is begun once it is aborted; what is asked of one that was begun is answered and recorded.
   */
  constructor(memory: WindowMemory, settings: unknown, stop: AbortSignal | undefined) {
    this.#memory = memory;
    this.#settings = JSON.stringify(settings);
    this.#stop = stop;
    this.#windows = new Set([...memory.known.keys()].map((key) => key.slice(0, HASH_LENGTH)));
  }

  /** The same encoder, asked only for what is not known; windows of which nothing is known are encoded ahead of the questions. */
  around(encoder: WindowEncoder): WindowEncoder {
    return {
      encode: (window, seek) => this.#encode(encoder, window, seek),
      forget: (seek) => encoder.forget(seek),
      [Symbol.dispose]: () => encoder[Symbol.dispose](),
    };
  }

  async #encode(encoder: WindowEncoder, window: Pick<MelWindow, "mel" | "frames">, seek: number) {
    const id = hashOf(this.#settings, ...contentOf(window, seek));
    let encoding: Promise<EncodedWindow> | undefined;
    const encoded = () => {
      encoding ??= this.#begin(() => encoder.encode(window, seek));
      return encoding;
    };
    const ask = <T>(question: readonly unknown[], put: (window: EncodedWindow) => Promise<T>): Promise<T> =>
      this.#ask(`${id}${hashOf(JSON.stringify(question))}`, async () => put(await encoded()));
    if (!this.#windows.has(id)) await encoded();
    return {
      decode: (options) => ask(["decode", options], (heard) => heard.decode(options)),
      align: (textTokens, options) => ask(["align", textTokens, options], (heard) => heard.align(textTokens, options)),
      detect: () => ask(["detect"], (heard) => heard.detect()),
      probe: (from, to) => ask(["probe", from, to], (heard) => heard.probe(from, to)),
    } satisfies EncodedWindow;
  }

  /** Gives the model few windows at a time, so that those that wait when it is to stop are never begun. */
  #begin(encode: () => Promise<EncodedWindow>): Promise<EncodedWindow> {
    const before = this.#begun.length < MAX_BEGUN ? Promise.resolve() : this.#begun[0]!;
    const encoded = before.then(() => {
      this.#stop?.throwIfAborted();
      return encode();
    });
    this.#begun = [...this.#begun, encoded.catch(() => {})].slice(-MAX_BEGUN); // failures are told to who asked
    return encoded;
  }

  async #ask<T>(key: string, put: () => Promise<T>): Promise<T> {
    const known = this.#memory.known.get(key);
    if (known !== undefined) return JSON.parse(known, reviveNumber);
    const answer = await put();
    this.#memory.record(key, JSON.stringify(answer, keepNumber));
    return answer;
  }
}

/** What a window's answers come from: its spectrogram, and where it starts, for what is drawn depends on that. */
function contentOf({ mel, frames }: Pick<MelWindow, "mel" | "frames">, seek: number): [string, Uint8Array] {
  return [`${seek} ${frames}`, new Uint8Array(mel().buffer)];
}

function hashOf(...parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest("hex").slice(0, HASH_LENGTH);
}

/** JSON has no infinities and no NaN. */
function keepNumber(_: string, value: unknown): unknown {
  return typeof value === "number" && !Number.isFinite(value) ? { number: String(value) } : value;
}

function reviveNumber(_: string, value: unknown): unknown {
  const isKept = typeof value === "object" && value !== null && "number" in value;
  return isKept ? Number(value.number) : value;
}
