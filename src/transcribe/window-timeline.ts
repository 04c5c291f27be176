/**
 * The time in which a window of several pieces of the input is decoded: that of its first piece, which goes on through the others
 * as if nothing lay between; and the way back to the input's. A window of one piece has the input's own time.
 * After: faster-whisper `vad.py:SpeechTimestampsMap`, `transcribe.py:restore_speech_timestamps`.
 */
import { roundHundredths } from "../alignment/round-hundredths.js";
import { FRAMES_PER_SECOND, N_FRAMES } from "../mel/constants.js";
import type { FrameRange, MelSource, MelStream } from "../mel/mel-stream.js";
import type { Segment, SpeechSpan, Word } from "../types.js";
import { clipsOf } from "./clips.js";

/** A piece of the input, in its frames. */
interface Piece extends FrameRange {
  /** Frames that were left out before it. */
  readonly skipped: number;
}

export class WindowTimeline {
  readonly #pieces: readonly Piece[];
  /** Frame of the input where the window starts; its own first frame has the same number. */
  readonly start: number;
  /** Frame of its own time where it ends. */
  readonly end: number;

  /** @param pieces - of the input, in seconds: at least one, in order and apart. */
  constructor(pieces: readonly SpeechSpan[]) {
    const frames = clipsOf(pieces.flatMap(({ start, end }) => [start, end]));
    let skipped = 0;
    this.#pieces = frames.map(({ start, end }, i) => {
      skipped += start - (frames[i - 1]?.end ?? start);
      return { start, end, skipped };
    });
    this.start = frames[0]!.start;
    this.end = frames.at(-1)!.end - skipped;
  }

  /** The window's frames, by its own time. */
  mel(input: MelStream): MelSource {
    const window = async (seek: number, maxFrames = N_FRAMES) => {
      const ranges = this.#slice(seek, seek + maxFrames);
      return ranges.length > 0 ? input.join(ranges) : undefined;
    };
    return { window, contentFrames: this.end };
  }

  /** @param time - of the input, in one of the pieces; seconds. */
  ofInput(time: number): number {
    const piece = this.#pieces.findLast(({ start }) => start <= time * FRAMES_PER_SECOND) ?? this.#pieces[0]!;
    return time - piece.skipped / FRAMES_PER_SECOND;
  }

  /**
   * The segment at the input's times. Where pieces meet, a segment ends with the earlier one and starts with the later one; it may
   * reach over what was left out between them. A word does not: it belongs where its middle lies.
   */
  restore(segment: Segment): Segment {
    const { seek, start, end, words } = segment;
    const [first, last] = [words?.[0], words?.at(-1)];
    const startFrame = frameOf(start);
    const startPiece = first === undefined ? this.#pieceAt(startFrame) : this.#pieceOf(first);
    const endPiece = last === undefined ? this.#pieceAt(Math.max(startFrame, frameOf(end) - 1)) : this.#pieceOf(last);
    return {
      ...segment,
      seek: seek + this.#pieceAt(seek).skipped,
      start: timeIn(startPiece, start),
      end: timeIn(endPiece, end),
      ...(words && { words: words.map((word) => this.#restoreWord(word)) }),
    };
  }

  /** Frames of the input that the window is made of between two of its own. */
  #slice(from: number, to: number): FrameRange[] {
    const ranges = this.#pieces.map(({ start, end, skipped }) => {
      return { start: Math.max(start, from + skipped), end: Math.min(end, to + skipped) };
    });
    return ranges.filter(({ start, end }) => start < end);
  }

  #restoreWord(word: Word): Word {
    const piece = this.#pieceOf(word);
    return { ...word, start: timeIn(piece, word.start), end: timeIn(piece, word.end) };
  }

  #pieceOf({ start, end }: Word): Piece {
    return this.#pieceAt(frameOf((start + end) / 2));
  }

  /** The piece that holds a frame of the window's time. */
  #pieceAt(frame: number): Piece {
    return this.#pieces.findLast(({ start, skipped }) => start - skipped <= frame) ?? this.#pieces[0]!;
  }
}

/** Timestamps and words are in hundredths of a second, which frames are; what differs is how they were added up. */
function frameOf(time: number): number {
  return Math.round(time * FRAMES_PER_SECOND);
}

/** A time of the window as one of the input's, within the piece. */
function timeIn({ start, end, skipped }: Piece, time: number): number {
  return roundHundredths(
    Math.min(Math.max(time + skipped / FRAMES_PER_SECOND, start / FRAMES_PER_SECOND), end / FRAMES_PER_SECOND),
  );
}
