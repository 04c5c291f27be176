/** The spectrogram as the engine computes it, for tests of what is made of it. */
import { afterAll } from "vitest";
import type { MelTransform } from "../../src/mel/log-mel.js";
import { MelSession } from "../../src/runtime/mel-session.js";

const sessions = new Map<number, Promise<MelSession>>();

afterAll(async () => {
  for (const session of sessions.values()) await (await session).release();
});

/** Loads when first asked. */
export function melTransform(nMels = 80): MelTransform {
  return async (samples) => {
    if (!sessions.has(nMels)) sessions.set(nMels, MelSession.load(nMels));
    return (await sessions.get(nMels)!).transform(samples);
  };
}
