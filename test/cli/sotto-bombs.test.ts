/** The short form of `npm run soak -- bombs`: files that claim to be far larger than they are, and half an hour that is. */
import { describe, expect, it } from "vitest";
import { claims, defuse, longFiles } from "../../bench/soak/bombs.js";
import { temporaryFolder } from "../checkpoint/temporary-folder.js";
import { ffmpegPath } from "../ffmpeg-path.js";

const HOURS = 0.5;
const folder = temporaryFolder();

describe.skipIf(process.platform !== "linux")("a result or a sentence in bounded memory", () => {
  it.each([...claims(folder), ...longFiles(folder, ffmpegPath, HOURS)])("$name", async (bomb) => {
    expect((await defuse(bomb)).problems).toEqual([]);
  });
});
