/**
 * Cuts the tokens of one window into segments at its timestamps, and says where the next window starts.
 * Source: openai/whisper `transcribe.py`.
 */
import type { DecodingResult } from "../decoding/decoding-options.js";
import { FRAMES_PER_POSITION, FRAMES_PER_SECOND, TIME_PRECISION } from "../mel/constants.js";
import type { Tokenizer } from "../tokenizer/tokenizer.js";
import type { Segment } from "../types.js";

/** A segment without `id`, which counts over the whole input. */
export type WindowSegment = Omit<Segment, "id">;

export interface WindowSegments {
  readonly segments: readonly WindowSegment[];
  /** Where the next window starts, in mel frames; always behind this one's start. */
  readonly nextSeek: number;
  /** The window's last token says that nothing is spoken behind it. */
  readonly endsWithSingleTimestamp: boolean;
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
      endsWithSingleTimestamp,
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
  return { segments, nextSeek: seek + advance, endsWithSingleTimestamp };
}

/** A segment of no length or without words keeps its place but loses its text, so that it never becomes a prompt. */
export function clearEmpty(segment: WindowSegment): WindowSegment {
  const empty = segment.start === segment.end || segment.text.trim() === "";
  return empty ? { ...segment, text: "", tokens: [], words: [] } : segment;
}

function newSegment(
  tokens: readonly number[],
  start: number,
  end: number,
  seek: number,
  result: DecodingResult,
  tokenizer: Tokenizer,
): WindowSegment {
  return {
    seek,
    start,
    end,
    text: tokenizer.decode(tokens.filter((token) => token < tokenizer.eot)),
    tokens,
    temperature: result.temperature,
    avgLogprob: result.avgLogprob,
    compressionRatio: result.compressionRatio,
    noSpeechProb: result.noSpeechProb,
  };
}
