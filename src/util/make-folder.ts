/** Folders that files are to be written in. */
import { mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { exists } from "./atomic-write.js";

/**
 * Makes a folder and those that it lies in; one that is there already is left as it is. Node's own `recursive` never ends where
 * a file system refuses a folder with ENOENT, as /proc does.
 *
 * @param mode - who may do what with those that are made. @default everybody, less the process's mask
 * @throws what `mkdir` throws.
 */
export async function makeFolder(path: string, mode = 0o777): Promise<void> {
  const parent = dirname(path);
  if (parent !== path && !(await exists(parent))) await makeFolder(parent, mode);
  await mkdir(path, mode).catch(async (error) => {
    const found = await stat(path).catch(() => undefined); // another process may have made it meanwhile
    if (found?.isDirectory() !== true) throw error;
  });
}
