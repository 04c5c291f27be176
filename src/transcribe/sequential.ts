/** The sequential segmenter: seek loops over the whole input, one for each task. */
import { FRAMES_PER_SECOND, N_FRAMES } from "../mel/constants.js";
import type { TranscribeEvent } from "../types.js";
import { SeekLoop } from "./seek-loop.js";
import type { SegmenterInput } from "./segmenter.js";

/**
 * Runs every task, the one that is behind first, so that windows which start at the same place are encoded once.
 *
 * @returns `segment` events, each final and in order for its task; `progress` after every window; `language` at each switch.
 */
export async function* transcribeSequentially(input: SegmenterInput): AsyncGenerator<TranscribeEvent> {
  const { mel, encoder, tasks, onFree } = input;
  const loops = tasks.map((task) => ({ task, loop: new SeekLoop(input, task) }));
  let { language } = input;
  for (const running = new Set(loops); running.size > 0; ) {
    const last = [...running].reduce((a, b) => (b.loop.seek < a.loop.seek ? b : a));
    const { task, loop } = last;
    mel.forget(loop.seek);
    encoder.forget(loop.seek);
    if (loop.seek + N_FRAMES >= (mel.contentFrames ?? Number.POSITIVE_INFINITY)) onFree();
    const segments = await loop.next();
    if (segments === undefined) {
      running.delete(last);
      continue;
    }
    if (last === loops[0] && loop.language !== language) {
      language = loop.language;
      yield { type: "language", language };
    }
    for (const segment of segments) yield { type: "segment", task, segment };
    const position = Math.min(
      ...[...running].map((each) => each.loop.seek),
      mel.contentFrames ?? Number.POSITIVE_INFINITY,
    );
    yield { type: "progress", position: position / FRAMES_PER_SECOND };
  }
}
