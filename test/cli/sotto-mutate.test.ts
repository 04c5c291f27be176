/** The short form of `npm run soak -- mutate`: three damaged files of each kind, the same ones in every run. */
import { expect, it } from "vitest";
import { mutate } from "../../bench/soak/mutate.js";

it("damaged files end in a result or a sentence, soon", async () => {
  await expect(mutate(45, 6)).resolves.toBeUndefined();
});
