/**
 * The audio context: which positions of a window are encoded. Behind its audio a window is padding, but the model has learned
 * from windows with all of it, and hears worse where it is simply cut off. So one position in three is kept there, and counts as
 * many times as it has positions to stand for. `bench/README.md` has the figures.
 */
import { POSITION_STEP } from "../graph/contract.js";
import { FRAMES_PER_POSITION, N_FRAMES } from "../mel/constants.js";

export interface AudioContext {
  /** Encoder positions of a whole window, ascending. */
  readonly positions: readonly number[];
  /** Positions that each of them stands for, itself included. */
  readonly counts: readonly number[];
}

/** S of a whole window. */
const WHOLE = N_FRAMES / FRAMES_PER_POSITION;
/** Positions behind the audio that are all kept: 1 s. */
const MARGIN = 50;
/** Behind those one of so many is kept. What the model makes of padding repeats every eight positions: no divisor of that. */
const STRIDE = 3;

/** Positions that are worth it: attention whose positions count differently takes longer for each than that of whole windows. */
const MOST = 1150;

/** Of a window that is encoded whole. */
export const WHOLE_CONTEXT = contextOf(WHOLE);

/** The audio context of a window with `frames` mel frames of audio; the whole one where that takes no longer. */
export function audioContext(frames: number): AudioContext {
  for (let full = Math.ceil(frames / FRAMES_PER_POSITION) + MARGIN; full < WHOLE; full++) {
    const context = contextOf(full);
    const { length } = context.positions;
    if (length > MOST) break;
    if (length % POSITION_STEP === 0) return context;
  }
  return WHOLE_CONTEXT;
}

/** All of the first `full` positions, and of the others some. */
function contextOf(full: number): AudioContext {
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
