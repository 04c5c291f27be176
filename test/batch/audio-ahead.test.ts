import { describe, expect, it } from "vitest";
import { AudioAhead } from "../../src/batch/audio-ahead.js";
import { AudioError } from "../../src/errors.js";
import { fixture } from "../fixtures.js";

const JFK = fixture("jfk.wav");

const INPUTS = [{ input: JFK }, { input: "missing.wav" }, { input: JFK }];

async function seconds(samples: AsyncIterable<Float32Array>): Promise<number> {
  let count = 0;
  for await (const piece of samples) count += piece.length;
  return count / 16_000;
}

describe("AudioAhead", () => {
  it("gives what was prepared, and opens what was not", async () => {
    await using ahead = new AudioAhead(INPUTS, {});
    for (const prepared of [true, false]) {
      if (prepared) ahead.prepare(2);
      await using audio = await ahead.take(2);
      expect(await seconds(audio.samples())).toBeCloseTo(11, 0);
    }
  });

  it("tells what is wrong with an input when it is its turn", async () => {
    await using ahead = new AudioAhead(INPUTS, {});
    ahead.prepare(1);
    await expect(ahead.take(1)).rejects.toThrow(AudioError);
  });

  it("prepares nothing behind the last input, nor what is read from stdin", async () => {
    await using ahead = new AudioAhead([{ input: JFK }, { input: "-" }], {});
    ahead.prepare(1);
    ahead.prepare(2);
    await using audio = await ahead.take(0);
    expect(audio.info.duration).toBeCloseTo(11, 0);
  });

  it("closes what nobody took", async () => {
    const ahead = new AudioAhead(INPUTS, {});
    ahead.prepare(0);
    ahead.prepare(2);
    await ahead[Symbol.asyncDispose]();
    await using audio = await ahead.take(2); // anew
    expect(await seconds(audio.samples())).toBeCloseTo(11, 0);
  });
});
