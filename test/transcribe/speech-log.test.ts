import { describe, expect, it } from "vitest";
import { SAMPLE_RATE } from "../../src/audio/constants.js";
import { VAD_FRAME_SAMPLES } from "../../src/graph/vad.js";
import { SpeechLog } from "../../src/transcribe/speech-log.js";
import type { Segment, Task, TranscribeEvent } from "../../src/types.js";
import type { SpeechListener } from "../../src/vad/detect-speech.js";

/** Hears speech where the samples are not 0. */
const listener: SpeechListener = {
  push: async (samples) =>
    Float32Array.from({ length: samples.length / VAD_FRAME_SAMPLES }, (_, i) => samples[i * VAD_FRAME_SAMPLES]!),
  finish: async () => new Float32Array(0),
};

/** Pieces of a second, with speech at these seconds. */
async function* audio(seconds: number, ...speech: readonly (readonly [number, number])[]) {
  const size = 32 * VAD_FRAME_SAMPLES;
  for (let at = 0; at < seconds * SAMPLE_RATE; at += size) {
    const time = (i: number) => (at + i) / SAMPLE_RATE;
    yield new Float32Array(size).map((_, i) => Number(speech.some(([from, to]) => time(i) >= from && time(i) < to)));
  }
}

const segment = (start: number, end: number, task: Task = "transcribe"): TranscribeEvent => ({
  type: "segment",
  task,
  segment: { start, end } as Segment,
});

/** Start and end of the segments, once all of the audio was heard. */
async function snapped(samples: AsyncIterable<Float32Array>, ...events: TranscribeEvent[]) {
  const log = new SpeechLog(listener);
  for await (const _ of log.listenTo(samples));
  const times: (readonly [number, number] | string)[] = [];
  const stream = (async function* () {
    yield* events;
  })();
  for await (const event of log.snap(stream)) {
    times.push(event.type === "segment" ? [event.segment.start, event.segment.end] : event.type);
  }
  return times;
}

describe("SpeechLog", () => {
  it("moves segments to where speech begins and ends, and lets all else pass", async () => {
    const progress: TranscribeEvent = { type: "progress", position: 8 };
    const times = await snapped(audio(12, [2.048, 5.12], [7.168, 9.216]), segment(0, 6), progress, segment(6, 10));
    expect(times).toEqual([
      [expect.closeTo(1.948, 3), expect.closeTo(5.22, 3)],
      "progress",
      [expect.closeTo(7.068, 3), expect.closeTo(9.316, 3)],
    ]);
  });

  it("moves none before the end of the one before it, of the same task", async () => {
    const samples = audio(12, [2.048, 9.216]);
    const times = await snapped(samples, segment(0, 2.2), segment(2.2, 9), segment(0, 9, "translate"));
    expect(times[0]).toEqual([expect.closeTo(1.948, 3), 2.2]);
    expect(times[1]).toEqual([2.2, expect.closeTo(9.316, 3)]);
    expect(times[2]).toEqual([expect.closeTo(1.948, 3), expect.closeTo(9.316, 3)]);
  });

  it("leaves segments where they are that no speech is near to", async () => {
    expect(await snapped(audio(40, [35, 36]), segment(0, 4))).toEqual([[0, 4]]);
    expect(await snapped(audio(3), segment(0, 4))).toEqual([[0, 4]]);
  });
});
