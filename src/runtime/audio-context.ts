/**
 * The audio context: which positions of a window are encoded. Behind its audio a window is padding, but the model has learned
 * from windows with all of it, and hears worse where it is simply cut off. So one position in three is kept there, and counts as
 * many times as it has positions to stand for. Of all these, neighbours that say the same are merged on their way through the
 * encoder (`graph/merge-positions.ts`). `bench/README.md` has the figures.
 */
import { POSITION_STEP } from "../graph/contract.js";
import { FRAMES_PER_POSITION, N_FRAMES } from "../mel/constants.js";

export interface AudioContext {
  /** Encoder positions of a whole window, ascending. */
  readonly positions: readonly number[];
  /** Positions that each of them stands for, itself included. */
  readonly counts: readonly number[];
  /** How many of them join the one before them, in each of the encoder's merges; half of what is left there at most. */
  readonly merged: readonly number[];
}

/** S of a whole window. */
const WHOLE = N_FRAMES / FRAMES_PER_POSITION;
/** Positions behind the audio that are all kept: 1 s. */
const MARGIN = 50;
/** Behind those one of so many is kept. What the model makes of padding repeats every eight positions: no divisor of that. */
const STRIDE = 3;

/** One in so many of the positions that there are then joins its neighbour, in each of the encoder's merges. */
const MERGED = [5, 4, 6];

/** Of a window that is encoded whole, to the last position. */
export const WHOLE_CONTEXT: AudioContext = { ...contextOf(WHOLE), merged: MERGED.map(() => 0) };

/** The audio context of a window with `frames` mel frames of audio. */
export function audioContext(frames: number): AudioContext {
  let full = Math.min(WHOLE, Math.ceil(frames / FRAMES_PER_POSITION) + MARGIN);
  while (lengthOf(full) % POSITION_STEP !== 0) full++;
  return { ...contextOf(full), merged: merges(lengthOf(full)) };
}

/** All of the first `full` positions, and of the others some. */
function contextOf(full: number): Omit<AudioContext, "merged"> {
  const positions = Array.from({ length: full }, (_, position) => position);
  const counts = positions.map(() => 1);
  const add = (from: number, to: number) => {
    positions.push(Math.floor((from + to - 1) / 2));
    counts.push(to - from);
  };
  // the last one stands for itself alone: it is where the convolutions see the window's end
  for (let from = full; from < WHOLE - 1; from += STRIDE) add(from, Math.min(from + STRIDE, WHOLE - 1));
  if (full < WHOLE) add(WHOLE - 1, WHOLE);
  return { positions, counts };
}

/** Positions of `contextOf(full)`. */
function lengthOf(full: number): number {
  return full < WHOLE ? full + Math.ceil((WHOLE - 1 - full) / STRIDE) + 1 : WHOLE;
}

/** Every merge leaves a number of positions that the encoder takes. */
function merges(positions: number): number[] {
  let left = positions;
  return MERGED.map((one) => {
    const joining = Math.floor(left / one / POSITION_STEP) * POSITION_STEP;
    left -= joining;
    return joining;
  });
}
