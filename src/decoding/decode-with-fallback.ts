/**
 * Decodes one window, again at a higher temperature where the result has failed.
 * Sources: openai/whisper `transcribe.py:decode_with_fallback`; faster-whisper `transcribe.py:generate_with_fallback`.
 */
import type { ResolvedOptions } from "../options.js";
import { random } from "../util/random.js";
import { BeamSearchDecoder } from "./beam-search-decoder.js";
import type { DecodingOptions, DecodingResult } from "./decoding-options.js";
import { type DecodingModel, decodeWindow } from "./decoding-task.js";
import { GreedyDecoder } from "./greedy-decoder.js";
import type { Inference } from "./inference.js";
import { SamplingDecoder } from "./sampling-decoder.js";
import type { TokenDecoder } from "./token-decoder.js";

/** What is tried, and when it has failed. */
export type FallbackOptions = Pick<
  ResolvedOptions,
  "temperature" | "compressionRatioThreshold" | "logprobThreshold" | "noSpeechThreshold" | "compat"
> & {
  /** Of this window. A 32-bit integer. */
  readonly seed: number;
};

/** An encoded window, as often as it is decoded. */
export interface Decodable {
  /** Fresh decoder state, for one attempt. */
  readonly open: () => Inference;
  /** The same window encoded again, in its whole audio context; absent where it has been. */
  readonly widen?: () => Promise<Decodable>;
}

/** Two temperatures that differ by less than one of these draw alike. */
const TEMPERATURE_STEPS = 1e6;

/**
 * Decodes one window at one temperature after the other until a result has not failed. Where its audio context was cut, that may
 * be the reason: it is decoded in the whole one at the same temperature, before anything is drawn.
 *
 * Differs from openai-whisper where all have failed: there the last one stands, here the likeliest of those that do not repeat
 * themselves, as in faster-whisper; but under the last one's `temperature`, by which the next window judges its prompt.
 */
export async function decodeWithFallback(
  model: DecodingModel,
  window: Decodable,
  options: DecodingOptions,
  ladder: FallbackOptions,
  signal?: AbortSignal,
): Promise<DecodingResult> {
  const attempts: DecodingResult[] = [];
  let heard = window;
  const attempt = async (temperature: number) => {
    const decoder = tokenDecoder(model.tokenizer.eot, options, temperature, ladder.seed);
    using inference = heard.open();
    return await decodeWindow(model, inference, options, decoder, signal);
  };
  for (const temperature of ladder.temperature) {
    let result = await attempt(temperature);
    if (hasFailed(result, ladder) && heard.widen !== undefined) {
      heard = await heard.widen();
      result = await attempt(temperature);
    }
    if (!hasFailed(result, ladder)) return result;
    attempts.push(result);
  }
  const last = attempts.at(-1)!;
  if (ladder.compat === "openai") return last;
  const plain = attempts.filter((result) => !isRepetitive(result, ladder));
  const best = (plain.length > 0 ? plain : attempts).reduce((a, b) => (b.avgLogprob > a.avgLogprob ? b : a));
  return { ...best, temperature: last.temperature };
}

/**
 * The strategy for a temperature: greedy or beams at 0, drawing above. What is drawn depends on nothing but seed and
 * temperature, so a window's result does not depend on the windows before it.
 */
function tokenDecoder(eot: number, options: DecodingOptions, temperature: number, seed: number): TokenDecoder {
  const { beamSize, patience, bestOf, lengthPenalty } = options;
  if (temperature > 0) {
    const stream = Math.round(temperature * TEMPERATURE_STEPS);
    return new SamplingDecoder(eot, { temperature, bestOf, lengthPenalty, random: random(seed, stream) });
  }
  return beamSize > 1 ? new BeamSearchDecoder(eot, { beamSize, patience, lengthPenalty }) : new GreedyDecoder(eot);
}

/** Nobody speaks: the model says so, and what it wrote all the same is not likely, or nobody asks how likely it is. */
export function isSilent(
  { noSpeechProb, avgLogprob }: Pick<DecodingResult, "noSpeechProb" | "avgLogprob">,
  { noSpeechThreshold, logprobThreshold }: Pick<ResolvedOptions, "noSpeechThreshold" | "logprobThreshold">,
): boolean {
  if (noSpeechThreshold === null || !(noSpeechProb > noSpeechThreshold)) return false;
  return logprobThreshold === null || avgLogprob <= logprobThreshold;
}

/** Too repetitive or too unlikely; but what is unlikely because nobody speaks would not get better. */
function hasFailed(result: DecodingResult, ladder: FallbackOptions): boolean {
  const isUnlikely = ladder.logprobThreshold !== null && result.avgLogprob < ladder.logprobThreshold;
  if (isUnlikely && isSilent(result, ladder)) return false;
  return isUnlikely || isRepetitive(result, ladder);
}

function isRepetitive({ compressionRatio }: DecodingResult, { compressionRatioThreshold }: FallbackOptions): boolean {
  return compressionRatioThreshold !== null && compressionRatio > compressionRatioThreshold;
}
