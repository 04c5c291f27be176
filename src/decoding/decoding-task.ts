/** Decodes one window: prompt and start sequence in, the best token sequence out. Source: openai/whisper `decoding.py:DecodingTask`. */
import type { Tokenizer } from "../tokenizer/tokenizer.js";
import { compressionRatio } from "./compression-ratio.js";
import type { DecodingOptions, DecodingResult } from "./decoding-options.js";
import type { Inference } from "./inference.js";
import { filtersText, type LogitFilter, logitFilters } from "./logit-filters.js";
import { suppressedText } from "./suppressed-tokens.js";
import type { Hypothesis, TokenDecoder } from "./token-decoder.js";
import { AllScores, CandidateScores, type TokenScores } from "./token-scores.js";

/** The parts of a model that decoding works with. */
export interface DecodingModel {
  readonly tokenizer: Tokenizer;
  /** Tokens that the decoder can look at, 448. */
  readonly nTextCtx: number;
}

/**
 * Decodes one window.
 *
 * @param inference - fresh decoder state of the window.
 * @param decoder - the strategy that picks tokens; fresh as well.
 * @param signal - checked before every step.
 */
export async function decodeWindow(
  model: DecodingModel,
  inference: Inference,
  options: DecodingOptions,
  decoder: TokenDecoder,
  signal?: AbortSignal,
): Promise<DecodingResult> {
  const task = new DecodingTask(model, options, decoder);
  for (;;) {
    signal?.throwIfAborted();
    task.accept(await task.ask(inference));
    if (task.done) return task.result();
    inference.rearrange(task.sources);
  }
}

/**
 * The decoding of one window, step by step: whoever holds it has it `ask` the model, hands the answer to `accept`, and rearranges
 * the sequences by `sources`, until it is `done`. It knows nothing of other windows, so several can share each step.
 */
export class DecodingTask {
  readonly #tokenizer: Tokenizer;
  readonly #decoder: TokenDecoder;
  readonly #filters: readonly LogitFilter[];
  readonly #prefix: readonly number[];
  readonly #sampleLength: number;
  readonly #suppressed: readonly number[];
  /** Tokens of text that a step looks at, where it need not look at all. */
  readonly #candidates: number | undefined;
  /** Then the first step looks at single tokens of it: at blanks. */
  readonly #startsWithText: boolean;
  #hypotheses: readonly Hypothesis[] = [{ tokens: [], sumLogprob: 0 }];
  #sources: readonly number[] = [0];
  #tokens: readonly (readonly number[])[];
  #positions: readonly number[];
  #noSpeechProb: number | undefined;
  #done = false;

  constructor({ tokenizer, nTextCtx }: DecodingModel, options: DecodingOptions, decoder: TokenDecoder) {
    const initial = initialTokens({ tokenizer, nTextCtx }, options);
    this.#tokenizer = tokenizer;
    this.#decoder = decoder;
    this.#filters = logitFilters(options, tokenizer);
    this.#suppressed = suppressedText(options.suppressTokens, tokenizer.eot);
    this.#candidates = filtersText(options) ? undefined : decoder.candidates;
    this.#startsWithText = options.withoutTimestamps;
    this.#prefix = prefixTokens({ tokenizer, nTextCtx }, options);
    const fed = [...initial, ...this.#prefix];
    // the last sampled token need not be fed, so there may be one more than the decoder can hold
    this.#sampleLength = Math.min(options.maxNewTokens ?? nTextCtx / 2, nTextCtx + 1 - fed.length);
    this.#tokens = [fed];
    this.#positions = [initial.indexOf(tokenizer.sot), fed.length - 1];
  }

  /**
   * Feeds what comes next.
   *
   * @returns for each sequence, what is known behind the tokens of interest; the last of them is where it goes on.
   */
  async ask(inference: Inference): Promise<readonly (readonly TokenScores[])[]> {
    const isFirst = this.#noSpeechProb === undefined;
    if (this.#candidates === undefined || (isFirst && this.#startsWithText)) {
      const rows = await inference.logits(this.#tokens, this.#positions);
      return rows.map((row) => row.map((logits) => new AllScores(logits)));
    }
    const rows = await inference.candidates(this.#tokens, this.#positions, this.#candidates, this.#suppressed);
    return rows.map((row) => row.map((found) => new CandidateScores(found, this.#tokenizer.eot)));
  }

  /** For each sequence of the next step, the one that it continues of those fed before. */
  get sources(): readonly number[] {
    return this.#sources;
  }

  get done(): boolean {
    return this.#done;
  }

  /**
   * Takes one step.
   *
   * @param rows - as `ask` found them; changed in place.
   */
  accept(rows: readonly (readonly TokenScores[])[]): void {
    // read before the filters: the two positions of the first step may be the same
    this.#noSpeechProb ??= probability(rows[0]![0]!, this.#tokenizer.noSpeech);
    const scores = rows.map((row) => row.at(-1)!);
    scores.forEach((row, sequence) => {
      const written = [...this.#prefix, ...this.#hypotheses[sequence]!.tokens];
      for (const filter of this.#filters) filter.apply(row, written);
    });
    const step = this.#decoder.step(this.#hypotheses, scores);
    this.#hypotheses = step.hypotheses;
    this.#sources = step.sources;
    this.#tokens = step.hypotheses.map(({ tokens }) => [tokens.at(-1)!]);
    this.#positions = [0];
    this.#done = step.completed || step.hypotheses[0]!.tokens.length >= this.#sampleLength;
  }

  /** The outcome, once `done`. */
  result(): DecodingResult {
    const { tokens: sampled, sumLogprob } = this.#decoder.best(this.#hypotheses);
    const tokens = [...this.#prefix, ...sampled];
    const text = this.#tokenizer.decode(tokens).trim();
    return {
      tokens,
      text,
      avgLogprob: sumLogprob / (sampled.length + 1),
      noSpeechProb: this.#noSpeechProb ?? Number.NaN,
      compressionRatio: compressionRatio(text),
      temperature: this.#decoder.temperature,
    };
  }
}

/**
 * `<|startofprev|>` and as much of the prompt as fits, then the start sequence. Prompt and prefix share half of the context, so
 * that the other half is there to be written.
 */
export function initialTokens(model: DecodingModel, options: DecodingOptions): number[] {
  const { tokenizer } = model;
  const { language, task, withoutTimestamps } = options;
  const start = withoutTimestamps
    ? tokenizer.sotSequenceIncludingNoTimestamps(language, task)
    : tokenizer.sotSequence(language, task);
  const room = maxPrompt(model) - prefixTokens(model, options).length;
  const prompt = room > 0 ? options.prompt.slice(-room) : [];
  return prompt.length > 0 ? [tokenizer.sotPrev, ...prompt, ...start] : start;
}

/** What the window begins with: as much of the prefix as fits, behind the first timestamp where there are timestamps. */
function prefixTokens(model: DecodingModel, options: DecodingOptions): number[] {
  if (options.prefix.length === 0) return [];
  const text = options.prefix.slice(0, maxPrompt(model));
  return options.withoutTimestamps ? text : [model.tokenizer.timestampBegin, ...text];
}

/** Tokens of prompt and prefix, 223. */
function maxPrompt({ nTextCtx }: DecodingModel): number {
  return nTextCtx / 2 - 1;
}

function probability(scores: TokenScores, token: number | undefined): number {
  return token === undefined ? Number.NaN : Math.exp(scores.at(token) - scores.logSumExp());
}
