/** An ffmpeg for tests: the one in the PATH, else the build of 2018 that the development dependencies bring. */
import { createRequire } from "node:module";
import { findFfmpeg } from "../src/audio/find-ffmpeg.js";

const installed = createRequire(import.meta.url)("@ffmpeg-installer/ffmpeg") as { readonly path: string };

/** Absolute path. */
export const ffmpegPath: string = (await findFfmpeg()) ?? installed.path;
