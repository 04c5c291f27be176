/**
 * Many channels → one, with the weights of ffmpeg's `-ac 1`.
 * Source: libswresample `rematrix.c`: front left and right √½, centre 1, back and side ½, low frequencies 0, then divided by
 * their sum so that nothing clips.
 */

/** Where a channel's loudspeaker stands: F front, B back, S side; L left, R right, C centre; LFE low frequencies. */
export type Speaker = "FL" | "FR" | "FC" | "LFE" | "BL" | "BR" | "FLC" | "FRC" | "BC" | "SL" | "SR";

const SPEAKER_WEIGHT: Readonly<Record<Speaker, number>> = {
  FL: Math.SQRT1_2,
  FR: Math.SQRT1_2,
  FC: 1,
  LFE: 0,
  BL: 0.5,
  BR: 0.5,
  FLC: Math.SQRT1_2,
  FRC: Math.SQRT1_2,
  BC: 0.5,
  SL: 0.5,
  SR: 0.5,
};

/** Speakers in the order of WAVE_FORMAT_EXTENSIBLE's mask bits. */
const MASK_ORDER: readonly Speaker[] = ["FL", "FR", "FC", "LFE", "BL", "BR", "FLC", "FRC", "BC", "SL", "SR"];

/** ffmpeg's layouts for a number of channels without a mask; index = channels. */
const WAVE_LAYOUTS: readonly (readonly Speaker[])[] = [
  [],
  ["FC"],
  ["FL", "FR"],
  ["FL", "FR", "LFE"],
  ["FL", "FR", "FC", "BC"],
  ["FL", "FR", "FC", "BL", "BR"],
  ["FL", "FR", "FC", "LFE", "BL", "BR"],
  ["FL", "FR", "FC", "LFE", "BC", "SL", "SR"],
  ["FL", "FR", "FC", "LFE", "BL", "BR", "SL", "SR"],
];

/** RFC 9639, section 9.1.3. */
const FLAC_LAYOUTS: readonly (readonly Speaker[])[] = [
  [],
  ["FC"],
  ["FL", "FR"],
  ["FL", "FR", "FC"],
  ["FL", "FR", "BL", "BR"],
  ["FL", "FR", "FC", "BL", "BR"],
  ["FL", "FR", "FC", "LFE", "BL", "BR"],
  ["FL", "FR", "FC", "LFE", "BC", "SL", "SR"],
  ["FL", "FR", "FC", "LFE", "BL", "BR", "SL", "SR"],
];

/** Vorbis I specification, section 4.3.9; Opus uses the same (RFC 7845, section 5.1.1.2). */
const VORBIS_LAYOUTS: readonly (readonly Speaker[])[] = [
  [],
  ["FC"],
  ["FL", "FR"],
  ["FL", "FC", "FR"],
  ["FL", "FR", "BL", "BR"],
  ["FL", "FC", "FR", "BL", "BR"],
  ["FL", "FC", "FR", "BL", "BR", "LFE"],
  ["FL", "FC", "FR", "SL", "SR", "BC", "LFE"],
  ["FL", "FC", "FR", "SL", "SR", "BL", "BR", "LFE"],
];

/**
 * The layout of a WAV file.
 *
 * @param mask - speaker bits of WAVE_FORMAT_EXTENSIBLE; 0 where there are none.
 * @returns one speaker per channel; the centre for every channel where nothing is known, which weighs them equally.
 */
export function waveLayout(channels: number, mask = 0): readonly Speaker[] {
  const masked = MASK_ORDER.filter((_, bit) => (mask & (1 << bit)) !== 0);
  return masked.length === channels ? masked : layoutOf(WAVE_LAYOUTS, channels);
}

export function flacLayout(channels: number): readonly Speaker[] {
  return layoutOf(FLAC_LAYOUTS, channels);
}

export function vorbisLayout(channels: number): readonly Speaker[] {
  return layoutOf(VORBIS_LAYOUTS, channels);
}

function layoutOf(layouts: readonly (readonly Speaker[])[], channels: number): readonly Speaker[] {
  return layouts[channels] ?? Array.from<Speaker>({ length: channels }).fill("FC");
}

/** The share of each channel in the mono signal; they sum to 1. */
export function monoWeights(layout: readonly Speaker[]): readonly number[] {
  const weights = layout.map((speaker) => SPEAKER_WEIGHT[speaker]);
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => (sum === 0 ? 1 / layout.length : weight / sum));
}

/**
 * Mixes channels to one.
 *
 * @param channels - equally long.
 * @param weights - one per channel.
 */
export function downmix(channels: readonly Float32Array[], weights: readonly number[]): Float32Array {
  const [first = new Float32Array(0)] = channels;
  if (channels.length === 1) return first;
  const mono = new Float32Array(first.length);
  for (const [c, samples] of channels.entries()) {
    const weight = weights[c] ?? 0;
    for (let i = 0; i < mono.length; i++) mono[i]! += samples[i]! * weight;
  }
  return mono;
}
