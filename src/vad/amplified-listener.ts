/** Very quiet speech is speech: what the detector hears of an input is made as loud as recordings commonly are. */
import type { SpeechListener } from "./detect-speech.js";

/** The peak below which samples are raised, −20 dB. */
const QUIET = 0.1;
/** At most so much: what peaks far below −68 dB is nothing but the noise of a converter. */
const MAX_GAIN = 250;

export class AmplifiedListener implements SpeechListener {
  /** The loudest sample so far: what follows something loud is heard as it is. */
  #peak = 0;

  constructor(private readonly listener: SpeechListener) {}

  push(samples: Float32Array): Promise<Float32Array> {
    for (const sample of samples) this.#peak = Math.max(this.#peak, Math.abs(sample));
    if (this.#peak >= QUIET || this.#peak === 0) return this.listener.push(samples);
    const gain = Math.min(QUIET / this.#peak, MAX_GAIN);
    return this.listener.push(samples.map((sample) => gain * sample));
  }

  finish(): Promise<Float32Array> {
    return this.listener.finish();
  }
}
