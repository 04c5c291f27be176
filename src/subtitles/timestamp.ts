/**
 * Seconds → timestamps of subtitle files. Rounded once, to the format's unit: minutes and seconds follow from that.
 * Source: openai/whisper v20250625 `utils.py:format_timestamp`.
 */
import { roundHalfEven } from "../util/round-half-even.js";

/** Whole milliseconds. */
export function milliseconds(seconds: number): number {
  return roundHalfEven(seconds * 1000);
}

/** Whole hundredths of a second. */
export function centiseconds(seconds: number): number {
  return roundHalfEven(seconds * 100);
}

/** `hh:mm:ss,mmm`. @param seconds - 0 or more. */
export function srtTimestamp(seconds: number): string {
  const { hours, minutes, rest } = split(milliseconds(seconds), 1000);
  return `${pad(hours)}:${pad(minutes)}:${rest.replace(".", ",")}`;
}

/** `mm:ss.mmm`, with hours before it from one hour on. @param seconds - 0 or more. */
export function vttTimestamp(seconds: number): string {
  const { hours, minutes, rest } = split(milliseconds(seconds), 1000);
  return hours > 0 ? `${pad(hours)}:${pad(minutes)}:${rest}` : `${pad(minutes)}:${rest}`;
}

/** `h:mm:ss.cc`. @param seconds - 0 or more. */
export function assTimestamp(seconds: number): string {
  const { hours, minutes, rest } = split(centiseconds(seconds), 100);
  return `${hours}:${pad(minutes)}:${rest}`;
}

/** `mm:ss.cc`: the format knows no hours, minutes go on. @param seconds - 0 or more. */
export function lrcTimestamp(seconds: number): string {
  const { hours, minutes, rest } = split(centiseconds(seconds), 100);
  return `${pad(hours * 60 + minutes)}:${rest}`;
}

/** @param units - whole parts of a second, of which `perSecond` make one: 100 or 1000. @returns `rest` as `ss.cc` or `ss.mmm`. */
function split(units: number, perSecond: number): { hours: number; minutes: number; rest: string } {
  const seconds = Math.floor(units / perSecond);
  const minutes = Math.floor(seconds / 60);
  const fraction = pad(units % perSecond, String(perSecond).length - 1);
  return { hours: Math.floor(minutes / 60), minutes: minutes % 60, rest: `${pad(seconds % 60)}.${fraction}` };
}

function pad(value: number, width = 2): string {
  return String(value).padStart(width, "0");
}
