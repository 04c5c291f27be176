/** What `ffmpeg -i` prints about an input → data. ffprobe would print JSON, but many installations lack it. */
import type { AudioTrack } from "./audio-stream.js";

export interface Probe {
  /** ffmpeg's own version: `5.1.9-0+deb12u1`. */
  readonly version: string;
  readonly container: string;
  /** Seconds; undefined where the file declares none. */
  readonly duration: number | undefined;
  /** ffmpeg derived the duration from the file's size and bit rate. */
  readonly isDurationEstimated: boolean;
  /** Where the file's timeline starts, in seconds. */
  readonly start: number;
  readonly tracks: readonly AudioTrack[];
  /** There is moving picture, or more than one audio track, that the chosen track can start later than. */
  readonly hasOtherTracks: boolean;
}

interface StreamLine {
  readonly id: number;
  readonly language: string | undefined;
  readonly kind: string;
  /** Codec and its parameters, with commas between them. */
  readonly details: string;
  readonly title: string | undefined;
  readonly duration: number | undefined;
}

const STREAM = /^\s*Stream #0:(\d+)(?:\[[^\]]*\])?(?:\(([^)]*)\))?: (\w+): (.*)$/;
const CHANNEL_NAMES: Readonly<Record<string, number>> = {
  mono: 1,
  stereo: 2,
  downmix: 2,
  quad: 4,
  hexagonal: 6,
  octagonal: 8,
};

/**
 * @param printed - stderr of `ffmpeg -i url`.
 * @param url - as given to ffmpeg; taken out first, because a file's name may hold lines that look like these.
 * @returns undefined where ffmpeg could not open the input.
 */
export function parseProbe(printed: string, url: string): Probe | undefined {
  const text = withoutUrl(printed, url);
  const container = /^Input #0, (.*), from '/m.exec(text)?.[1];
  if (container === undefined) return undefined;
  const [, duration = "N/A", start = "0"] = /^ {2}Duration: ([^,]+)(?:, start: (-?[\d.]+))?/m.exec(text) ?? [];
  const streams = parseStreams(text);
  const audio = streams.filter(({ kind }) => kind === "Audio");
  const hasVideo = streams.some(({ kind, details }) => kind === "Video" && !details.includes("(attached pic)"));
  return {
    version: ffmpegVersion(text) ?? "unknown",
    container,
    duration: parseClock(duration),
    isDurationEstimated: text.includes("Estimating duration from bitrate"),
    start: Number(start),
    tracks: audio.map(toTrack),
    hasOtherTracks: hasVideo || audio.length > 1,
  };
}

/** The version in ffmpeg's banner; undefined where something else than ffmpeg has printed. */
export function ffmpegVersion(printed: string): string | undefined {
  return /^ffmpeg version (\S+)/m.exec(printed)?.[1];
}

/** ffmpeg prints the address with its control characters, other than white space, as question marks. */
export function withoutUrl(printed: string, url: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones that ffmpeg replaces
  return printed.replaceAll(url.replace(/[\x01-\x07\x0e-\x1f]/g, "?"), "");
}

/** One entry per stream, by number: a stream that is in two programs is printed twice. */
function parseStreams(text: string): StreamLine[] {
  const streams = new Map<number, StreamLine>();
  for (const part of text.split(/\n(?=\s*Stream #0:)/).slice(1)) {
    const [first = "", ...metadata] = part.split("\n");
    const [, id, language, kind, details] = STREAM.exec(first) ?? [];
    if (id === undefined || kind === undefined || details === undefined) continue;
    const title = firstMatch(metadata, /^\s+title\s*: (.*)$/);
    const duration = firstMatch(metadata, /^\s+DURATION(?:-\w+)?\s*: (\S+)$/);
    streams.set(Number(id), { id: Number(id), language, kind, details, title, duration: parseClock(duration) });
  }
  return [...streams.values()].sort((a, b) => a.id - b.id);
}

function firstMatch(lines: readonly string[], pattern: RegExp): string | undefined {
  return lines.map((line) => pattern.exec(line)?.[1]).find((found) => found !== undefined);
}

function toTrack({ language, details, title, duration }: StreamLine, index: number): AudioTrack {
  const [, codec = details] = /^(.*?)(?: \(\S+ \/ 0x[0-9A-F]+\)| \(\[.*\] \/ 0x[0-9A-F]+\))?, /.exec(details) ?? [];
  return {
    index,
    codec: codec.replace(/ \([^()]* \/ 0x[0-9A-F]+\)$/, ""),
    ...(language !== undefined && language !== "und" && { language }),
    ...(title !== undefined && { title }),
    ...(duration !== undefined && { duration }),
    channels: parseChannels(/ Hz, ([^,(]+)/.exec(details)?.[1]?.trim()),
    sampleRate: parseHertz(/, (\d+) Hz/.exec(details)?.[1]),
    isDefault: details.includes("(default)"),
  };
}

function parseHertz(digits: string | undefined): number | undefined {
  return digits === undefined ? undefined : Number(digits);
}

/** `mono`, `5.1`, `12 channels` → their number. */
function parseChannels(layout = ""): number | undefined {
  const counted = /^(\d+) channels$/.exec(layout)?.[1];
  if (counted !== undefined) return Number(counted);
  const parts = /^(\d+)\.(\d+)(?:\.(\d+))?$/.exec(layout)?.slice(1);
  return parts ? parts.reduce((sum, part) => sum + Number(part ?? 0), 0) : CHANNEL_NAMES[layout];
}

/** `01:02:03.50` → seconds. */
function parseClock(text = ""): number | undefined {
  const parts = /^(\d+):(\d\d):(\d\d(?:\.\d+)?)$/.exec(text)?.slice(1);
  return parts?.reduce((seconds, part) => seconds * 60 + Number(part), 0);
}
