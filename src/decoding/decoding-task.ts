/** Decodes one window: prompt and start sequence in, the best token sequence out. Source: openai/whisper `decoding.py:DecodingTask`. */
import { logSumExp } from "../tensor/softmax.js";
import type { Tokenizer } from "../tokenizer/tokenizer.js";
import { compressionRatio } from "./compression-ratio.js";
import type { DecodingOptions, DecodingResult } from "./decoding-options.js";
import type { Inference } from "./inference.js";
import { logitFilters } from "./logit-filters.js";
import type { Hypothesis, TokenDecoder } from "./token-decoder.js";

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
 * @param decoder - the strategy that picks tokens.
 * @param signal - checked before every step.
 */
export async function decodeWindow(
  model: DecodingModel,
  inference: Inference,
  options: DecodingOptions,
  decoder: TokenDecoder,
  signal?: AbortSignal,
): Promise<DecodingResult> {
  const { tokenizer, nTextCtx } = model;
  const initial = initialTokens(model, options);
  const filters = logitFilters(options, tokenizer);
  const sampleLength = nTextCtx / 2;

  let hypotheses: readonly Hypothesis[] = Array.from({ length: decoder.groupSize }, () => START);
  let fed: readonly (readonly number[])[] = hypotheses.map(() => initial);
  let noSpeechProb = Number.NaN;
  for (let i = 0; i < sampleLength; i++) {
    signal?.throwIfAborted();
    const sot = initial.indexOf(tokenizer.sot);
    const rows = await inference.logits(fed, i === 0 ? [sot, initial.length - 1] : [0]);
    if (i === 0) noSpeechProb = probability(rows[0]![0]!, tokenizer.noSpeech);
    const logits = rows.map((row) => row.at(-1)!);
    logits.forEach((row, sequence) => {
      for (const filter of filters) filter.apply(row, hypotheses[sequence]!.tokens);
    });
    const step = decoder.step(hypotheses, logits);
    hypotheses = step.hypotheses;
    if (step.completed || initial.length + i + 1 > nTextCtx) break;
    inference.rearrange(step.sources);
    fed = hypotheses.map(({ tokens, finished }) => [finished ? tokenizer.eot : tokens.at(-1)!]);
  }
  return result(decoder.best(hypotheses), noSpeechProb, decoder.temperature, tokenizer);
}

const START: Hypothesis = { tokens: [], sumLogprob: 0, finished: false };

/** `<|startofprev|>` and as much of the prompt as fits, then the start sequence. */
export function initialTokens({ tokenizer, nTextCtx }: DecodingModel, options: DecodingOptions): number[] {
  const { language, task, withoutTimestamps } = options;
  const start = withoutTimestamps
    ? tokenizer.sotSequenceIncludingNoTimestamps(language, task)
    : tokenizer.sotSequence(language, task);
  if (options.prompt.length === 0) return start;
  return [tokenizer.sotPrev, ...options.prompt.slice(-(nTextCtx / 2 - 1)), ...start];
}

function probability(logits: Float32Array, token: number | undefined): number {
  return token === undefined ? Number.NaN : Math.exp(logits[token]! - logSumExp(logits));
}

function result(best: Hypothesis, noSpeechProb: number, temperature: number, tokenizer: Tokenizer): DecodingResult {
  const text = tokenizer.decode(best.tokens).trim();
  return {
    tokens: best.tokens,
    text,
    avgLogprob: best.sumLogprob / (best.tokens.length + 1),
    noSpeechProb,
    compressionRatio: compressionRatio(text),
    temperature,
  };
}
