/** Constants of decoded audio. */

/** Samples per second that Whisper hears, in Hz. */
export const SAMPLE_RATE = 16_000;

/** Samples per piece of a decoded stream: one second. */
export const CHUNK_SAMPLES = SAMPLE_RATE;
