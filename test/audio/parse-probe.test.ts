import { describe, expect, it } from "vitest";
import { parseProbe } from "../../src/audio/parse-probe.js";

const URL = "file:/films/a.mkv";

/** As ffmpeg 5.1 prints it, shortened. */
const PRINTED = `ffmpeg version 5.1.9-0+deb12u1 Copyright (c) 2000-2026 the FFmpeg developers
  built with gcc 12 (Debian 12.2.0-14+deb12u1)
Input #0, matroska,webm, from '${URL}':
  Metadata:
    title           : A film
  Duration: 01:02:03.50, start: 1.400000, bitrate: 201 kb/s
  Stream #0:0: Video: h264 (High), yuv420p(tv, progressive), 160x120 [SAR 1:1 DAR 4:3], 10 fps, 10 tbr, 1k tbn (default)
    Metadata:
      title           : picture
  Stream #0:1[0x2](eng): Audio: aac (LC) (mp4a / 0x6134706D), 48000 Hz, 5.1, fltp, 73 kb/s (default)
    Metadata:
      title           : Main, in "stereo"
      DURATION        : 00:01:30.250000000
  Stream #0:2(und): Audio: pcm_s16le ([1][0][0][0] / 0x0001), 44100 Hz, 12 channels, s16, 256 kb/s
  Stream #0:3(de-DE): Audio: opus, 48000 Hz, mono, fltp
  Stream #0:4: Subtitle: subrip
At least one output file must be specified
`;

describe("what ffmpeg prints about a file", () => {
  it("is read into its audio tracks and times", () => {
    expect(parseProbe(PRINTED, URL)).toEqual({
      version: "5.1.9-0+deb12u1",
      container: "matroska,webm",
      duration: 3723.5,
      isDurationEstimated: false,
      start: 1.4,
      hasOtherTracks: true,
      tracks: [
        {
          index: 0,
          codec: "aac (LC)",
          language: "eng",
          title: 'Main, in "stereo"',
          duration: 90.25,
          channels: 6,
          sampleRate: 48_000,
          isDefault: true,
        },
        { index: 1, codec: "pcm_s16le", channels: 12, sampleRate: 44_100, isDefault: false },
        { index: 2, codec: "opus", language: "de-DE", channels: 1, sampleRate: 48_000, isDefault: false },
      ],
    });
  });

  it("lists a stream once that is in two programs, and tells a cover picture from a film", () => {
    const stream = "  Stream #0:0[0x101]: Audio: mp2 ([3][0][0][0] / 0x0003), 44100 Hz, stereo, fltp, 384 kb/s\n";
    const cover = "  Stream #0:1: Video: png, rgb24(pc), 64x64, 90k tbr, 90k tbn (attached pic)\n";
    const printed = `Input #0, mpegts, from '${URL}':\n  Duration: N/A, bitrate: N/A\n  Program 1 \n${stream}  Program 2 \n${stream}${cover}`;
    expect(parseProbe(printed, URL)).toMatchObject({
      duration: undefined,
      start: 0,
      hasOtherTracks: false,
      tracks: [{ codec: "mp2", channels: 2 }],
    });
  });

  it("cannot be forged by the name of the file", () => {
    const name = "file:/x':\n  Duration: 99:00:00.00, start: 5.0\n  Stream #0:7(eng): Audio: evil, 1 Hz, mono\n.wav";
    const probe = parseProbe(PRINTED.replace(URL, name), name);
    expect(probe).toMatchObject({ duration: 3723.5, start: 1.4 });
    expect(probe?.tracks).toHaveLength(3);
  });

  it("is nothing where ffmpeg could not open the file", () => {
    expect(parseProbe(`ffmpeg version 5.1\n${URL}: Invalid data found when processing input\n`, URL)).toBeUndefined();
  });
});
