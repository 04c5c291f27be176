import { describe, expect, it } from "vitest";
import { SpeechDetector } from "../../src/runtime/speech-detector.js";
import { AmplifiedListener } from "../../src/vad/amplified-listener.js";
import { detectSpeech } from "../../src/vad/detect-speech.js";
import { jfkSamples } from "../fixtures.js";
import { noise } from "../random.js";

/** Remembers the loudest sample of each piece. */
function peaks() {
  const heard: number[] = [];
  const listener = {
    push: async (samples: Float32Array) => {
      heard.push(Math.max(...samples.map(Math.abs)));
      return new Float32Array(0);
    },
    finish: async () => new Float32Array(0),
  };
  return { heard, amplified: new AmplifiedListener(listener) };
}

describe("AmplifiedListener", () => {
  it("raises what is quiet to a common loudness, but for what is hardly there", async () => {
    const { heard, amplified } = peaks();
    for (const peak of [0, 0.00001, 0.001, 0.01]) await amplified.push(Float32Array.of(peak, -peak));
    expect(heard).toEqual([0, 0.0025, 0.1, 0.1].map((peak) => expect.closeTo(peak, 6)));
  });

  it("leaves alone what is loud, and what follows it", async () => {
    const { heard, amplified } = peaks();
    for (const peak of [0.5, 0.001]) await amplified.push(Float32Array.of(peak));
    expect(heard).toEqual([0.5, 0.001].map((peak) => expect.closeTo(peak, 6)));
  });

  it("has speech heard at -60 dB, and no speech in faint noise", async () => {
    const detector = await SpeechDetector.load();
    const spans = async (samples: Float32Array) => {
      async function* pieces() {
        for (let i = 0; i < samples.length; i += 16_000) yield samples.slice(i, i + 16_000);
      }
      const found = [];
      for await (const span of detectSpeech(pieces(), new AmplifiedListener(detector.listen()))) found.push(span);
      return found;
    };
    const whole = await spans(jfkSamples());
    const quiet = await spans(jfkSamples().map((sample) => sample / 1000));
    expect(quiet).toHaveLength(whole.length);
    expect(await spans(noise(160_000, 5, 0.0005))).toEqual([]);
    await detector.release();
  });
});
