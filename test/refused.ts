/** What reading something hostile may come to. */
import { expect } from "vitest";
import { SottoError } from "../src/errors.js";

const MAX_SENTENCE = 600;

/** What was read; undefined where it was refused, which is to be in one short sentence. @throws what is no refusal. */
export async function readOrRefused<T>(reading: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await reading();
  } catch (error) {
    if (!(error instanceof SottoError)) throw error;
    if (error.message.length > MAX_SENTENCE || !/^\p{Lu}.*\.$/su.test(error.message))
      expect.fail(error.message.slice(0, 2000));
    return undefined;
  }
}
