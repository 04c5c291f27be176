/** ffmpegs old and new, for what must hold with each of them; SOTTO_TEST_FFMPEG names a current one (see .ci/run). */
import { findFfmpeg } from "../../src/audio/find-ffmpeg.js";
import { installed } from "../ffmpeg.js";

const current = process.env.SOTTO_TEST_FFMPEG || undefined;
if (current === undefined) console.warn("skipped: a current ffmpeg, which SOTTO_TEST_FFMPEG would name");

/** Each once, by absolute path, with a name for tests. */
export const ffmpegs: readonly { readonly name: string; readonly path: string }[] = [
  { name: "an ffmpeg of 2018", path: installed.path },
  { name: "the ffmpeg in the PATH", path: await findFfmpeg() },
  { name: "a current ffmpeg", path: current },
]
  .flatMap(({ name, path }) => (path === undefined ? [] : [{ name, path }]))
  .filter(({ path }, i, all) => all.findIndex((other) => other.path === path) === i);
