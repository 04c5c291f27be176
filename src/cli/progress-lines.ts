/** How far a run is → lines that fit a terminal of any width: what matters least is left out first. */
import { columnsOf, cutTo, cutToEnd } from "./columns.js";
import { formatClock, formatPart, formatSpan, formatSpeed } from "./format.js";
import type { Facts } from "./log-line.js";
import { confidenceColour, type Paint } from "./paint.js";
import { printable } from "./printable.js";
import type { HeardText, InputProgress, Progress } from "./progress.js";

/** Between the pieces of a line. */
const GAP = "  ";

/** A piece of a line. */
interface Piece {
  readonly text: string;
  /** The highest is left out first. */
  readonly rank: number;
  /** It is cut down to so many columns before others are left out. */
  readonly atLeast?: number;
}

/**
 * The lines to show: the input under way, all inputs where there are several, and the text that was understood last.
 *
 * @param columns - that a line may take.
 * @param paint - colours words by how sure the model is of them; undefined leaves them as they are.
 */
export function progressLines(progress: Progress, columns: number, paint?: Paint): string[] {
  const { current, count, heard } = progress;
  const lines = current === undefined ? [] : [layOut(inputPieces(current, progress), columns)];
  if (count > 1) lines.push(layOut(totalPieces(progress), columns));
  const text = heard && heardLine(heard, columns, paint);
  return text ? [...lines, text] : lines;
}

/** The same as one line of any length, for logs. */
export function progressSentence(progress: Progress): string {
  const { current, count } = progress;
  const pieces = [
    ...(current === undefined ? [] : inputPieces(current, progress)),
    ...(count > 1 || current === undefined ? totalPieces(progress) : []),
  ];
  return pieces.map(({ text }) => text).join(GAP);
}

/** The same as numbers. */
export function progressFacts(progress: Progress): Facts {
  const { current, count, done, skipped, failed, part, left } = progress;
  return {
    event: "progress",
    ...(current && { ...current, duration: current.duration ?? null, speed: current.speed ?? null }),
    ...{ count, done, skipped, failed, part, left: left ?? null },
  };
}

/** Seconds that the rest of an input may take, as far as can be told. */
function timeLeft({ position, duration, speed }: InputProgress): number | undefined {
  return duration === undefined || speed === undefined ? undefined : Math.max(0, duration - position) / speed;
}

function inputPieces(current: InputProgress, { count, beside }: Progress): Piece[] {
  const { input, index, position, duration, speed } = current;
  const left = timeLeft(current);
  const pieces: (Piece | false)[] = [
    count > 1 && { text: `${index + 1}/${count}${beside > 0 ? ` +${beside}` : ""}`, rank: 3 },
    { text: printable(input), rank: 1, atLeast: 10 },
    Boolean(duration || position) && { text: placeIn(position, duration), rank: 5 },
    Boolean(duration) && { text: formatPart(position / duration!), rank: 0 },
    speed !== undefined && { text: `${formatSpeed(speed)} real time`, rank: 4 },
    left !== undefined && left >= 1 && { text: `${formatSpan(left)} left`, rank: 2 },
  ];
  return pieces.filter((piece) => piece !== false);
}

function placeIn(position: number, duration: number | undefined): string {
  return duration ? `${formatClock(position)} / ${formatClock(duration)}` : formatClock(position);
}

function totalPieces({ count, done, skipped, failed, part, speed, left }: Progress): Piece[] {
  const counts = [`${done} of ${count} done`, skipped > 0 && `${skipped} skipped`, failed > 0 && `${failed} failed`];
  const pieces: (Piece | false)[] = [
    { text: `all: ${formatPart(part)}`, rank: 0 },
    { text: counts.filter(Boolean).join(", "), rank: 1 },
    count > 1 && speed !== undefined && { text: `${formatSpeed(speed)} real time`, rank: 3 },
    left !== undefined && left >= 1 && { text: `about ${formatSpan(left)} left`, rank: 2 },
  ];
  return pieces.filter((piece) => piece !== false);
}

/** As many pieces as fit, and of the one that can be cut as much as fits. */
function layOut(pieces: readonly Piece[], columns: number): string {
  let kept = pieces;
  while (kept.length > 1 && leastColumns(kept) > columns) {
    const highest = Math.max(...kept.map(({ rank }) => rank));
    kept = kept.filter(({ rank }) => rank !== highest);
  }
  const room = columns - leastColumns(kept.filter(({ atLeast }) => atLeast === undefined)) - GAP.length;
  const texts = kept.map(({ text, atLeast }) => (atLeast === undefined ? text : cutToEnd(text, room)));
  return cutTo(texts.join(GAP), columns);
}

function leastColumns(pieces: readonly Piece[]): number {
  const widths = pieces.map(({ text, atLeast = Infinity }) => Math.min(atLeast, columnsOf(text)));
  return widths.reduce((sum, width) => sum + width, GAP.length * Math.max(0, pieces.length - 1));
}

function heardLine({ text, words }: HeardText, columns: number, paint: Paint | undefined): string {
  const line = cutTo(printable(text.trim()), columns);
  return paint === undefined || words === undefined ? line : paintWords(line, words, paint);
}

/** Colours the words that a line begins with, as far as it goes. */
function paintWords(line: string, words: NonNullable<HeardText["words"]>, paint: Paint): string {
  const painted: string[] = [];
  let at = 0;
  for (const { word, probability } of words) {
    const text = printable(at === 0 ? word.trimStart() : word);
    if (at < line.length) painted.push(paint(confidenceColour(probability), line.slice(at, at + text.length)));
    at += text.length;
  }
  return painted.join("") + line.slice(at);
}
