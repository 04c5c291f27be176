/** WAV headers of every kind that is written, and whatever damage. */
import type { FileHandle } from "node:fs/promises";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { damageBytes, randomOf } from "../../bench/soak/mutations.js";
import { SOURCE_RATES } from "../../src/audio/constants.js";
import { readWavHeader } from "../../src/audio/wav.js";
import { cases } from "../cases.js";
import { readOrRefused } from "../refused.js";

const KINDS = {
  u8: [1, 1],
  s16le: [1, 2],
  s24le: [1, 3],
  s32le: [1, 4],
  f32le: [3, 4],
  f64le: [3, 8],
  alaw: [6, 1],
  mulaw: [7, 1],
} as const;

interface Wav {
  readonly kind: keyof typeof KINDS;
  readonly channels: number;
  readonly sampleRate: number;
  readonly frames: number;
  /** In a header of the extensible kind. */
  readonly mask: number | undefined;
  /** Sizes of 64 bits. */
  readonly wide: boolean;
  /** Chunks before the samples that a reader passes over. */
  readonly others: readonly (readonly [id: string, bytes: Uint8Array])[];
  /** What follows the samples. */
  readonly tail: Uint8Array;
}

const anyWav: fc.Arbitrary<Wav> = fc.record({
  kind: fc.constantFrom(...(Object.keys(KINDS) as Wav["kind"][])),
  channels: fc.integer({ min: 1, max: 64 }),
  sampleRate: fc.integer({ min: SOURCE_RATES.least, max: SOURCE_RATES.most }),
  frames: fc.integer({ min: 1, max: 20 }),
  mask: fc.option(fc.nat(0x3ffff), { nil: undefined }),
  wide: fc.boolean(),
  others: fc.array(
    fc.tuple(fc.constantFrom("LIST", "JUNK", "bext", "fact", "\0\0\0\0"), fc.uint8Array({ maxLength: 9 })),
    {
      maxLength: 4,
    },
  ),
  tail: fc.uint8Array({ maxLength: 20 }),
});

function uint(width: 2 | 4 | 8, value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes.subarray(0, width);
}

function chunk(id: string, body: Uint8Array, size = body.length): Buffer {
  return Buffer.concat([Buffer.from(id, "latin1"), uint(4, size), body, Buffer.alloc(body.length % 2)]);
}

function write({ kind, channels, sampleRate, frames, mask, wide, others, tail }: Wav): Buffer {
  const [tag, bytes] = KINDS[kind];
  const frameBytes = bytes * channels;
  const samples = Buffer.alloc(frames * frameBytes, 0x55);
  const head = [uint(2, mask === undefined ? tag : 0xfffe), uint(2, channels), uint(4, sampleRate)];
  const format = [...head, uint(4, sampleRate * frameBytes), uint(2, frameBytes), uint(2, 8 * bytes)];
  if (mask !== undefined)
    format.push(uint(2, 22), uint(2, 8 * bytes), uint(4, mask), uint(2, tag), Buffer.alloc(14, 0x71));
  return Buffer.concat([
    ...[Buffer.from(wide ? "RF64" : "RIFF"), uint(4, 0xffff_ffff), Buffer.from("WAVE")],
    ...(wide ? [chunk("ds64", Buffer.concat([uint(8, 0), uint(8, samples.length), uint(8, frames), uint(4, 0)]))] : []),
    ...[chunk("fmt ", Buffer.concat(format)), ...others.map(([id, body]) => chunk(id, body))],
    ...[chunk("data", samples, wide ? 0xffff_ffff : samples.length), tail],
  ]);
}

/** A file in memory. */
function held(bytes: Buffer): FileHandle {
  const read = async (into: Buffer, offset: number, length: number, position: number) => {
    return { bytesRead: bytes.copy(into, offset, position, position + length), buffer: into };
  };
  return { read } as unknown as FileHandle; // all that the reader uses of it
}

const readHeader = (bytes: Buffer) => readWavHeader(held(bytes), bytes.length, "a.wav");

describe("the header of a WAV file", () => {
  it("is read as it was written, whatever stands around it", async () => {
    await fc.assert(
      fc.asyncProperty(anyWav, async (wav) => {
        const bytes = write(wav);
        const { kind, channels, sampleRate, frames, mask = 0 } = wav;
        const frameBytes = KINDS[kind][1] * channels;
        const dataBytes = frames * frameBytes;
        const dataOffset = bytes.length - wav.tail.length - dataBytes - (dataBytes % 2);
        expect(await readHeader(bytes)).toEqual({
          ...{ encoding: kind, channels, sampleRate, frameBytes, channelMask: mask },
          ...{ dataOffset, dataBytes, declaredBytes: dataBytes },
        });
      }),
      cases(300),
    );
  });

  it("is read or refused when it is damaged, and never leads out of the file", async () => {
    await fc.assert(
      fc.asyncProperty(anyWav, fc.nat(), async (wav, seed) => {
        const bytes = damageBytes(write(wav), randomOf(seed));
        const header = await readOrRefused(() => readHeader(bytes));
        if (header === undefined) return;
        const { encoding, channels, sampleRate, frameBytes, dataOffset, dataBytes, declaredBytes = 1 } = header;
        expect(channels >= 1 && channels <= 64 && dataBytes >= 0 && declaredBytes > 0).toBe(true);
        expect(sampleRate >= SOURCE_RATES.least && sampleRate <= SOURCE_RATES.most).toBe(true);
        expect(dataBytes === 0 || dataOffset + dataBytes <= bytes.length).toBe(true);
        if (encoding !== undefined) expect(frameBytes).toBe(channels * KINDS[encoding][1]);
      }),
      cases(300),
    );
  });
});
