/**
 * What a window is told of the text before it: hotwords, the initial prompt, and what was said so far, in 223 tokens at most,
 * so that there is always room for new ones. Source: openai/whisper `transcribe.py`; hotwords: faster-whisper `get_prompt`.
 */
import type { ResolvedOptions } from "../options.js";
import type { Tokenizer } from "../tokenizer/tokenizer.js";

type Options = Pick<
  ResolvedOptions,
  "initialPrompt" | "carryInitialPrompt" | "hotwords" | "conditionOnPreviousText" | "promptResetTemperature"
>;

export class PreviousText {
  readonly #options: Options;
  /** Tokens that a prompt may have. */
  readonly #room: number;
  /** Stands at the start of every prompt. */
  readonly #carried: readonly number[];
  #history: readonly number[];

  /** @param nTextCtx - tokens that the decoder can hold, 448: half of them, less the token that opens a prompt, are for prompts. */
  constructor(options: Options, tokenizer: Tokenizer, nTextCtx: number) {
    const encode = (text: string | undefined) => (text === undefined ? [] : tokenizer.encode(` ${text.trim()}`));
    this.#options = options;
    this.#room = nTextCtx / 2 - 1;
    const initial = encode(options.initialPrompt);
    const carried = options.carryInitialPrompt ? initial : [];
    // half of the room at most: the text before matters too
    const hotwords = encode(options.hotwords).slice(0, Math.floor(this.#room / 2));
    this.#carried = [...hotwords, ...carried.slice(-(this.#room - hotwords.length))];
    this.#history = options.carryInitialPrompt ? [] : initial;
  }

  /** The prompt of the next window; the oldest text gives way. */
  prompt(): number[] {
    const room = this.#room - this.#carried.length;
    return [...this.#carried, ...(room > 0 ? this.#history.slice(-room) : [])];
  }

  /** Ends the history, as where the language switches. */
  forget(): void {
    this.#history = [];
  }

  /** Adds what a window said; text that is no guide for the next one ends the history instead. */
  add(tokens: readonly number[], temperature: number): void {
    const { conditionOnPreviousText, promptResetTemperature } = this.#options;
    const keep = conditionOnPreviousText && temperature <= promptResetTemperature;
    this.#history = keep ? [...this.#history, ...tokens].slice(-this.#room) : [];
  }
}
