/**
 * Cuts the tokens of one window into segments at its timestamps, and says where the next window starts.
 * Source: openai/whisper `transcribe.py`.
 */
import type { DecodingResult } from "../decoding/decoding-options.js";
import { FRAMES_PER_POSITION, FRAMES_PER_SECOND, TIME_PRECISION } from "../mel/constants.js";
import type { Tokenizer } from "../tokenizer/tokenizer.js";
import type { Segment } from "../types.js";

export interface WindowSegments {
  /** Without `id`, which counts over the whole input. */
  readonly segments: readonly Omit<Segment, "id">[];
  /** Where the next window starts, in mel frames; always behind this one's start. */
  readonly nextSeek: number;
}

/**
 * @param result - decoded tokens of the window.
 * @param seek - frame where the window starts.
 * @param frames - frames of audio in it.
 */
export function splitSegments(
  result: DecodingResult,
  seek: number,
  frames: number,
  tokenizer: Tokenizer,
): WindowSegments {
  const { tokens } = result;
  const { timestampBegin } = tokenizer;
  const isTimestamp = (index: number) => (tokens[index] ?? -1) >= timestampBegin;
  const segment = (slice: readonly number[], start: number, end: number) =>
    newSegment(slice, start, end, seek, result, tokenizer);
  const offset = seek / FRAMES_PER_SECOND;
  const seconds = (token: number) => offset + (token - timestampBegin) * TIME_PRECISION;

  const cuts = tokens.flatMap((_, i) => (i > 0 && isTimestamp(i - 1) && isTimestamp(i) ? [i] : []));
  const endsWithSingleTimestamp =
    tokens.length > 0 && isTimestamp(tokens.length - 1) && !isTimestamp(tokens.length - 2);
  if (cuts.length === 0) {
    const last = tokens.findLast((token) => token >= timestampBegin);
    const heard = last !== undefined && last > timestampBegin ? (last - timestampBegin) * TIME_PRECISION : undefined;
    return {
      segments: [segment(tokens, offset, offset + (heard ?? frames / FRAMES_PER_SECOND))],
      nextSeek: seek + frames,
    };
  }
  // one timestamp at the end says that nothing follows it; otherwise what follows the last pair is decoded again
  const ends = endsWithSingleTimestamp ? [...cuts, tokens.length] : cuts;
  const segments = ends.map((end, i) => {
    const slice = tokens.slice(ends[i - 1] ?? 0, end);
    return segment(slice, seconds(slice[0]!), seconds(slice.at(-1)!));
  });
  const heardFrames = (tokens[ends.at(-1)! - 1]! - timestampBegin) * FRAMES_PER_POSITION;
  const advance = endsWithSingleTimestamp || heardFrames === 0 ? frames : heardFrames;
  return { segments, nextSeek: seek + advance };
}

/** A segment of no length or without words keeps its place but loses its text, so that it never becomes a prompt. */
function newSegment(
  tokens: readonly number[],
  start: number,
  end: number,
  seek: number,
  result: DecodingResult,
  tokenizer: Tokenizer,
): Omit<Segment, "id"> {
  const text = tokenizer.decode(tokens.filter((token) => token < tokenizer.eot));
  const empty = start === end || text.trim() === "";
  return {
    seek,
    start,
    end,
    text: empty ? "" : text,
    tokens: empty ? [] : tokens,
    temperature: result.temperature,
    avgLogprob: result.avgLogprob,
    compressionRatio: result.compressionRatio,
    noSpeechProb: result.noSpeechProb,
  };
}
