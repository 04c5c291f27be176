/** Where the machine has no ffmpeg, tests use the build of 2018 that the development dependencies bring. */
import { createRequire } from "node:module";
import { findFfmpeg } from "../src/audio/find-ffmpeg.js";

/** The build of 2018. */
export const installed = createRequire(import.meta.url)("@ffmpeg-installer/ffmpeg") as { readonly path: string };

export default async function provideFfmpeg(): Promise<void> {
  if ((await findFfmpeg()) === undefined) process.env.SOTTO_FFMPEG = installed.path; // workers inherit it
}
