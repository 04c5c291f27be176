/** Model files with one byte changed, or cut off somewhere: each is refused before use, with both checksums and what to do. */
import { copyFileSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SUMS_FILE, verifyModel } from "../../dist/model/verify-model.js";
import { INT8_MODEL } from "../shared.js";
import { randomOf } from "./mutations.js";

/**
 * @param count - changed bytes, and as many cuts.
 * @param seed - of their places.
 * @throws {Error} one of them was accepted, or refused without saying why.
 */
export async function integrity(count, seed) {
  const next = randomOf(seed);
  const folder = mkdtempSync(join(tmpdir(), "sotto-integrity-"));
  process.env.SOTTO_CACHE = join(folder, "cache");
  try {
    const names = readdirSync(INT8_MODEL).filter(
      (name) => /\.(json|safetensors)$/.test(name) && name !== "package.json",
    );
    for (const name of [...names, SUMS_FILE]) copyFileSync(join(INT8_MODEL, name), join(folder, name));
    await verifyModel(folder);
    for (let i = 0; i < count; i++) {
      const name = names[i % names.length];
      const place = Math.floor(next() * statSync(join(folder, name)).size);
      await refused(folder, name, `byte ${place} changed`, (file) => flip(file, place));
      await refused(folder, name, `cut at ${place}`, (file) => file.truncate(place));
    }
    await verifyModel(folder);
    console.log(`integrity: ${count} changed bytes and ${count} cuts (seed ${seed}), each refused with both checksums`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function refused(folder, name, damage, change) {
  const path = join(folder, name);
  const file = await open(path, "r+");
  await change(file);
  await file.close();
  const error = await verifyModel(folder).then(
    () => undefined,
    (cause) => cause,
  );
  copyFileSync(join(INT8_MODEL, name), path);
  const told = `${error?.message} ${error?.hint}`;
  const isTold =
    error?.code === "ERR_MODEL_BROKEN" && told.includes(name) && told.match(/\b[0-9a-f]{8,64}\b/g)?.length >= 2;
  if (!isTold) throw new Error(`${name}, ${damage}: ${error === undefined ? "accepted" : told}`);
}

async function flip(file, place) {
  const byte = Buffer.alloc(1);
  await file.read(byte, 0, 1, place);
  byte[0] ^= 1 << (place % 8);
  await file.write(byte, 0, 1, place);
}
