import { describe, expect, it } from "vitest";
import { HOP_LENGTH } from "../../src/mel/constants.js";
import { MelStream } from "../../src/mel/mel-stream.js";
import { WindowTimeline } from "../../src/transcribe/window-timeline.js";
import type { Segment, Word } from "../../src/types.js";
import { inPieces } from "../mel/jfk.js";
import { melTransform } from "../mel/transform.js";
import { noise } from "../random.js";

/** 4 + 6 + 5 s of the input, which end at 14, 20 and 25 s of the window's time; 10 and 30 s lie between them. */
const PIECES = [
  { start: 10, end: 14 },
  { start: 24, end: 30 },
  { start: 60, end: 65 },
];
const timeline = new WindowTimeline(PIECES);

const word = (start: number, end: number): Word => ({ word: " so", start, end, probability: 1 });

function segment(start: number, end: number, words?: readonly Word[]): Segment {
  const decoded = { text: " so", tokens: [], temperature: 0, avgLogprob: -0.3, compressionRatio: 1, noSpeechProb: 0 };
  return { id: 0, seek: 1000, start, end, ...decoded, ...(words && { words }) };
}

function restored(...times: readonly (readonly [number, number])[]) {
  return times.map(([start, end]) => {
    const { start: from, end: to } = timeline.restore(segment(start, end));
    return [from, to];
  });
}

describe("WindowTimeline", () => {
  it("starts at the first piece's time and goes on through the others", () => {
    expect([timeline.start, timeline.end]).toEqual([1000, 2500]);
    expect([10, 13, 24, 27.5, 60, 64].map((time) => timeline.ofInput(time))).toEqual([10, 13, 14, 17.5, 20, 24]);
  });

  it("leaves the times of a window of one piece as they are", () => {
    const whole = new WindowTimeline([{ start: 3.14, end: 20 }]);
    expect([whole.start, whole.end]).toEqual([314, 2000]);
    expect(whole.ofInput(5.123)).toBe(5.123);
    const plain = { ...segment(3.14, 7.02, [word(3.2, 3.6), word(6.4, 7.02)]), seek: 314 };
    expect(whole.restore(plain)).toEqual(plain);
  });

  it("puts a segment back where it was heard", () => {
    expect(restored([10, 12], [15, 19.5], [20.02, 25])).toEqual([
      [10, 12],
      [25, 29.5],
      [60.02, 65],
    ]);
  });

  it("stretches a segment over what was left out", () => {
    expect(restored([12, 16], [12, 24])).toEqual([
      [12, 26],
      [12, 64],
    ]);
  });

  it("where two pieces meet ends a segment with the earlier and starts one with the later", () => {
    expect(restored([12, 14], [14, 20], [20, 22])).toEqual([
      [12, 14],
      [24, 30],
      [60, 62],
    ]);
    const sum = 13.3 + 0.7 + 1e-14; // as times that were added up
    expect(restored([12, sum], [sum, sum])).toEqual([
      [12, 14],
      [24, 24],
    ]);
  });

  it("keeps times within the input's pieces", () => {
    expect(restored([24, 29])).toEqual([[64, 65]]);
  });

  it("never stretches a word: it lies in the piece of its middle", () => {
    const words = [word(13, 13.5), word(13.5, 14.2), word(13.8, 14.6), word(15, 16)];
    const { start, end, words: moved } = timeline.restore(segment(13, 16, words));
    expect(moved?.map((each) => [each.start, each.end])).toEqual([
      [13, 13.5],
      [13.5, 14],
      [24, 24.6],
      [25, 26],
    ]);
    expect([start, end]).toEqual([13, 26]);
  });

  it("starts and ends a segment where its words do, though they reach over a join", () => {
    const { start, end } = timeline.restore(segment(13.8, 20.3, [word(13.8, 14.6), word(19, 20.3)]));
    expect([start, end]).toEqual([24, 30]);
  });

  it("tells from which frame of the input a segment was decoded", () => {
    const seekOf = (seek: number) => timeline.restore({ ...segment(10, 11), seek }).seek;
    expect([1000, 1399, 1400, 2100].map(seekOf)).toEqual([1000, 1399, 2400, 6100]);
  });

  it("joins the mel frames of the pieces, from any frame of its own on", async () => {
    const samples = noise(70 * 100 * HOP_LENGTH, 3, 0.01);
    const input = new MelStream(inPieces(samples), 80, melTransform(), 7000);
    const mel = timeline.mel(input);
    const frame = (window: { mel: () => Float32Array } | undefined, at: number) =>
      Array.from({ length: 80 }, (_, band) => window!.mel()[band * 3000 + at]);
    const whole = await mel.window(timeline.start);
    const rest = await mel.window(1300, 150);
    expect([whole?.frames, rest?.frames, mel.contentFrames]).toEqual([1500, 150, 2500]);
    expect(await mel.window(2500)).toBeUndefined();
    const inputs = await Promise.all([1000, 2400, 6000].map((seek) => input.window(seek, 500)));
    expect(frame(whole, 399)).toEqual(frame(inputs[0], 399));
    expect(frame(whole, 400)).toEqual(frame(inputs[1], 0));
    expect(frame(whole, 1499)).toEqual(frame(inputs[2], 499));
    expect(frame(whole, 1500)).toEqual(Array(80).fill(0));
    expect(frame(rest, 99)).toEqual(frame(inputs[0], 399));
    expect(frame(rest, 149)).toEqual(frame(inputs[1], 49));
  });
});
