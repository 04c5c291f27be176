/** How much several files take. */
import { stat } from "node:fs/promises";

/** Bytes of all of them together; links are followed. @throws what `stat` throws. */
export async function totalSize(paths: Iterable<string>): Promise<number> {
  const sizes = await Promise.all([...paths].map(async (path) => (await stat(path)).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}
