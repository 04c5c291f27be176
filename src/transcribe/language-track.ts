/**
 * Where the speakers of a window change the language. One 30 s window may hold several, so the language token is asked for many
 * short spans of the encoded window (the decoder sees those encoder positions alone), the answers are smoothed into stretches,
 * and a stretch that would change the language has to stand when it is encoded by itself.
 * Letters: M mel bands.
 */
import { N_FRAMES } from "../mel/constants.js";
import type { MelWindow } from "../mel/mel-stream.js";
import { type LanguageProbabilities, languagePath } from "./language-path.js";

/** Reads the language tokens' probabilities with the decoder's view restricted to the mel frames `from` to `to`. */
export type LanguageProbe = (from: number, to: number) => Promise<LanguageProbabilities>;

/** Part of a window in which one language is spoken. */
export interface LanguageStretch {
  /** Whisper's code. */
  readonly language: string;
  /** Mel frames of the window; `to` is not included. */
  readonly from: number;
  readonly to: number;
}

/** What can be asked of a part of the audio that has been encoded by itself. */
export interface Probed {
  readonly probe: LanguageProbe;
}

/** Mel frames that a probe hears: with 2 s too many hear only half words, with 4 s short answers drown in their neighbours. */
const PROBE_FRAMES = 300;
/** Mel frames from one probe to the next. */
const PROBE_HOP = 50;
/** Mel frames around a change in which a pause is looked for, on either side. */
const PAUSE_REACH = 75;
/** Mel frames over which loudness is averaged: a pause is longer than the closure of a consonant. */
const PAUSE_FRAMES = 20;
/** Mel frames of the shortest stretch. */
const MIN_STRETCH = 100;
/** How many times likelier another language must be in a stretch encoded by itself, to take it from the one that was tracked. */
const OVERRULED = 1.5;

/** Follows the language through an input. */
export class LanguageTrack {
  /** What has been tracked already, in mel frames of the input. */
  #stretches: readonly LanguageStretch[] = [];

  /**
   * @param language - code of the language that the input begins with; afterwards that of the stretch opened last.
   * @param threshold - share of a probe's language probability, 0…1, that one language must exceed; a probe below it says
   *   nothing.
   */
  constructor(
    public language: string,
    private readonly threshold: number,
  ) {}

  /**
   * Finds how much of a window to decode, and sets `language` to what is spoken there. What a span's encoder states tell is
   * coloured by all of its window (a sentence about "the Chinese" looks Chinese), so where the language would change, the
   * stretch is also heard by itself.
   *
   * @param seek - mel frame of the input where the window starts, at least the last call's.
   * @param encode - encodes that many mel frames from the window's start.
   * @returns mel frames of the stretch, at least one, from the window's start on, and its encoding.
   *
   * Cost: a probe for every 0.5 s that has not been tracked yet; where the language changes, one more encoding of the window,
   * and one of every stretch that turns out to go on in the same language.
   */
  async open<Encoded extends Probed>(
    seek: number,
    window: MelWindow,
    encode: (frames: number) => Promise<Encoded>,
  ): Promise<{ readonly frames: number; readonly encoded: Encoded }> {
    const whole = this.#knows(seek, window) ? undefined : await encode(window.frames);
    if (whole !== undefined) await this.#track(seek, window, whole);
    for (const [i, { language: tracked, to }] of this.#stretches.entries()) {
      const next = this.#stretches[i + 1]?.language;
      const frames = Math.min(to - seek, window.frames);
      const encoded = whole !== undefined && frames === window.frames ? whole : await encode(frames);
      if (next === undefined && tracked === this.language) return { frames, encoded };
      const heard = await encoded.probe(0, N_FRAMES); // with the padding: the model is surest of windows as it knows them
      const language = overrule(heard, tracked, [this.language, next ?? this.language]);
      if (language === next) continue;
      this.language = language;
      return { frames, encoded };
    }
    throw new RangeError(`Expected a window of at least one frame, found ${window.frames}.`);
  }

  /** Whether a change that was tracked lies ahead, or nothing new is to be heard; forgets what lies behind. */
  #knows(seek: number, { frames }: MelWindow): boolean {
    this.#stretches = this.#stretches.filter(({ to }) => to - seek >= MIN_STRETCH);
    return this.#stretches.length > 1 || this.#stretches[0]?.to === seek + frames;
  }

  async #track(seek: number, window: MelWindow, whole: Probed): Promise<void> {
    const first = this.#stretches[0]?.language ?? this.language;
    const stretches = await trackLanguages((from, to) => whole.probe(from, to), window, first, this.threshold);
    this.#stretches = stretches.map(({ language, from, to }) => ({ language, from: seek + from, to: seek + to }));
  }
}

/**
 * Splits a window into stretches of one language each.
 *
 * @param probe - asked for spans of this window; the languages that it answers with are those that may be chosen.
 * @param first - code of the language spoken up to the window.
 * @param threshold - see `LanguageTrack`.
 * @returns stretches in order, without gaps, from frame 0 to `window.frames`; changes lie in pauses where there are any nearby.
 */
export async function trackLanguages(
  probe: LanguageProbe,
  window: MelWindow,
  first: string,
  threshold: number,
): Promise<LanguageStretch[]> {
  const centres = Array.from({ length: Math.ceil(window.frames / PROBE_HOP) }, (_, i) => i * PROBE_HOP);
  const heard: LanguageProbabilities[] = [];
  for (const centre of centres) {
    const from = Math.max(0, centre - PROBE_FRAMES / 2);
    heard.push(await probe(from, Math.min(window.frames, centre + PROBE_FRAMES / 2)));
  }
  const path = languagePath(heard, first, threshold);
  const starts = path.flatMap((language, i) => {
    if (language === path[i - 1]) return [];
    return [{ language, from: i === 0 ? 0 : quietest(window, centres[i - 1]!, centres[i]!) }];
  });
  return withoutShort(starts, window.frames);
}

/** That language, unless the stretch by itself is clearly in one of its neighbours'. */
function overrule(heard: LanguageProbabilities, language: string, neighbours: readonly string[]): string {
  const probability = (code: string) => heard[code] ?? 0;
  const [rival] = neighbours.toSorted((a, b) => probability(b) - probability(a));
  return rival !== undefined && probability(rival) > OVERRULED * probability(language) ? rival : language;
}

/** The quietest frame around the two probes between which the language changes. */
function quietest(window: MelWindow, before: number, after: number): number {
  const { frames } = window;
  const mel = window.mel();
  const start = Math.max(0, before - PAUSE_REACH);
  const end = Math.min(frames, after + PAUSE_REACH);
  const middle = (before + after) / 2;
  let best = Number.POSITIVE_INFINITY;
  let at = middle;
  for (let frame = start; frame < end; frame++) {
    // of equals the nearest: the price of 1 s is 0.4 dB
    const loudness = loudnessAround(mel, frame, frames) + Math.abs(frame - middle) * 1e-4;
    if (loudness >= best) continue;
    best = loudness;
    at = frame;
  }
  return at;
}

/** Mean over the bands and over the frames next to it. mel [M, N_FRAMES], in fourths of decades of energy. */
function loudnessAround(mel: Float32Array, frame: number, frames: number): number {
  const start = Math.max(0, frame - PAUSE_FRAMES / 2);
  const end = Math.min(frames, frame + PAUSE_FRAMES / 2);
  let sum = 0;
  for (let row = 0; row < mel.length; row += N_FRAMES) {
    for (let i = start; i < end; i++) sum += mel[row + i]!;
  }
  return sum / (mel.length / N_FRAMES) / (end - start);
}

/** Gives stretches too short to be a sentence to the one before them, at the window's start to the one behind. */
function withoutShort(starts: readonly Omit<LanguageStretch, "to">[], frames: number): LanguageStretch[] {
  const kept: Omit<LanguageStretch, "to">[] = [];
  const dropShortLast = (end: number) => {
    if (kept.length > 0 && end - kept.at(-1)!.from < MIN_STRETCH) kept.pop();
  };
  for (const { language, from } of starts) {
    dropShortLast(from);
    if (kept.at(-1)?.language !== language) kept.push({ language, from: kept.length === 0 ? 0 : from });
  }
  if (kept.length > 1) dropShortLast(frames);
  return kept.map((stretch, i) => ({ ...stretch, to: kept[i + 1]?.from ?? frames }));
}
