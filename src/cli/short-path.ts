/** Paths as people are told them. */
import { isAbsolute, relative } from "node:path";

/** As seen from the working folder, for what lies in it. */
export function shortPath(path: string): string {
  const near = relative("", path);
  return near.startsWith("..") || isAbsolute(near) ? path : near;
}
