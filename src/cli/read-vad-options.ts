/** Options of voice activity detection, as typed → the library's; apart from its rows, since its checks know the detector. */
import type { VadOptions } from "../types.js";
import { resolveVadOptions } from "../vad/vad-options.js";
import { readRows, refuseAsTyped, type Typed } from "./option-rows.js";
import { VAD } from "./vad-rows.js";

/** @throws {InvalidOptionError} a value cannot be read or is out of range. */
export function readVadOptions(typed: Typed): VadOptions {
  const options: VadOptions = readRows(typed, VAD); // the table has its keys and its types
  refuseAsTyped(VAD, () => void resolveVadOptions(options));
  return options;
}
