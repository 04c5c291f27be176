/** Constants of decoded audio. */

/** Samples per second that Whisper hears, in Hz. */
export const SAMPLE_RATE = 16_000;

/** Hz. Below, there is no speech left; the highest in use. A damaged header says anything. */
export const SOURCE_RATES = { least: 1000, most: 768_000 } as const;

/** Samples per piece of a decoded stream: one second. */
export const CHUNK_SAMPLES = SAMPLE_RATE;
