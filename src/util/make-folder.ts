/** Folders that outputs go to. */
import { mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { exists } from "./atomic-write.js";

/**
 * Makes a folder and those that it lies in; one that is there already is left as it is. Node's own `recursive` never ends where
 * a file system refuses a folder with ENOENT, as /proc does.
 *
 * @throws what `mkdir` throws.
 */
export async function makeFolder(path: string): Promise<void> {
  const parent = dirname(path);
  if (parent !== path && !(await exists(parent))) await makeFolder(parent);
  await mkdir(path).catch(async (error) => {
    const found = await stat(path).catch(() => undefined); // another process may have made it meanwhile
    if (found?.isDirectory() !== true) throw error;
  });
}
