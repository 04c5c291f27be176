/** An ffmpeg for tests: see ffmpeg.ts. */
import { findFfmpeg } from "../src/audio/find-ffmpeg.js";

const found = await findFfmpeg();
if (found === undefined) throw new Error("Expected test/ffmpeg.ts to have provided an ffmpeg.");

/** Absolute path. */
export const ffmpegPath: string = found;
