/**
 * Seconds → timestamps of subtitle files. Rounded once, to whole milliseconds: minutes and seconds follow from those.
 * Source: openai/whisper v20250625 `utils.py:format_timestamp`.
 */
import { roundHalfEven } from "../util/round-half-even.js";

/** `hh:mm:ss,mmm`. @param seconds - 0 or more. */
export function srtTimestamp(seconds: number): string {
  const { hours, rest } = splitHours(seconds, ",");
  return `${pad(hours, 2)}:${rest}`;
}

/** `mm:ss.mmm`, with hours before it from one hour on. @param seconds - 0 or more. */
export function vttTimestamp(seconds: number): string {
  const { hours, rest } = splitHours(seconds, ".");
  return hours > 0 ? `${pad(hours, 2)}:${rest}` : rest;
}

function splitHours(seconds: number, decimalMark: string): { hours: number; rest: string } {
  const milliseconds = roundHalfEven(seconds * 1000);
  const wholeSeconds = Math.floor(milliseconds / 1000);
  const wholeMinutes = Math.floor(wholeSeconds / 60);
  const rest = `${pad(wholeMinutes % 60, 2)}:${pad(wholeSeconds % 60, 2)}${decimalMark}${pad(milliseconds % 1000, 3)}`;
  return { hours: Math.floor(wholeMinutes / 60), rest };
}

function pad(value: number, width: number): string {
  return String(value).padStart(width, "0");
}
