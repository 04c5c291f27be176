/** A file of settings → its values in the form in which commander holds what was typed. Everything in it is checked. */
import { readFile, stat } from "node:fs/promises";
import { InvalidOptionError } from "../errors.js";
import { nearest } from "../util/nearest.js";
import { quoted, shortened } from "../util/quoted.js";
import type { KnownSettings } from "./known-settings.js";
import type { Typed } from "./option-rows.js";

export interface FileValues {
  /** As it was named. */
  readonly path: string;
  readonly values: Typed;
  readonly presets: ReadonlyMap<string, Typed>;
}

/** Far above what people write. */
const MAX_BYTES = 1_000_000;
const PRESETS = "presets";
/** For editors. */
const SCHEMA = "$schema";

/**
 * Reads a file of settings; undefined where there is none.
 *
 * @param refused - keys that have no place in this file.
 * @throws {InvalidOptionError} it cannot be read or understood: one sentence with the file and the key.
 */
export async function readSettingsFile(
  path: string,
  known: KnownSettings,
  refused: readonly string[] = [],
): Promise<FileValues | undefined> {
  const text = await readText(path);
  if (text === undefined) return undefined;
  const { [PRESETS]: presets = {}, [SCHEMA]: _schema, ...own } = asObject(parse(text, path), path);
  const read = (values: unknown, place: string) => readValues(asObject(values, place), place, known, refused);
  const named = Object.entries(asObject(presets, `"${PRESETS}" in ${path}`)).map(([name, values]) => {
    const place = `preset ${name} in ${path}`;
    const preset = read(values, place);
    if (preset.preset !== undefined)
      throw new InvalidOptionError(`Expected no other preset in ${place} but found one.`);
    return [name, preset] as const;
  });
  return { path, values: read(own, path), presets: new Map(named) };
}

async function readText(path: string): Promise<string | undefined> {
  try {
    const { size } = await stat(path);
    if (size > MAX_BYTES)
      throw new InvalidOptionError(`Expected settings in ${path} but it has ${size} bytes.`, { path });
    return await readFile(path, "utf8");
  } catch (cause) {
    if (cause instanceof InvalidOptionError) throw cause;
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw new InvalidOptionError(`Expected settings in ${path} but could not read it (${code}).`, { path, cause });
  }
}

function parse(text: string, path: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (cause) {
    const position = /position (\d+)/.exec((cause as Error).message)?.[1];
    const before = text.slice(0, position === undefined ? text.length : Number(position)).split("\n");
    const where = `line ${before.length}, column ${before.at(-1)!.length + 1}`;
    throw new InvalidOptionError(`Expected JSON in ${path} but found none at ${where}.`, { path, cause });
  }
}

function asObject(value: unknown, place: string): Readonly<Record<string, unknown>> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  throw new InvalidOptionError(`Expected an object of settings in ${place} but received ${shown(value)}.`);
}

function readValues(
  values: Readonly<Record<string, unknown>>,
  place: string,
  known: KnownSettings,
  refused: readonly string[],
): Typed {
  const read = Object.entries(values).map(([key, value]) => {
    const setting = known.get(key);
    if (setting === undefined) throw unknownKey(key, place, known);
    if (refused.includes(key)) {
      throw new InvalidOptionError(`Expected ${key} in your own settings but found it in ${place}.`, {
        hint: `It is said in ${setting.variable}, on the command line, or in your own file (sotto config shows which).`,
      });
    }
    return [key, setting.isSwitch ? readSwitch(value, key, place) : readTyped(value, key, place)] as const;
  });
  return Object.fromEntries(read);
}

function unknownKey(key: string, place: string, known: KnownSettings): InvalidOptionError {
  const inCamelCase = key.replace(/^-+/, "").replaceAll(/[-_](\w)/g, (_, letter: string) => letter.toUpperCase());
  const near = known.has(inCamelCase) ? inCamelCase : nearest(key, known.keys());
  const hint = near === undefined ? "sotto config lists every setting." : `Did you mean ${near}?`;
  return new InvalidOptionError(`Expected a setting in ${place} but found ${quoted(key)}.`, { hint });
}

function readSwitch(value: unknown, key: string, place: string): boolean {
  if (typeof value === "boolean") return value;
  throw new InvalidOptionError(`Expected true or false for ${key} in ${place} but received ${shown(value)}.`);
}

/** Numbers and lists as they would be typed; null stands for None. */
function readTyped(value: unknown, key: string, place: string): string {
  const isPlain = (each: unknown) => typeof each === "string" || typeof each === "number";
  if (value === null) return "None";
  if (isPlain(value)) return String(value);
  if (Array.isArray(value) && value.every(isPlain)) return value.join(",");
  throw new InvalidOptionError(`Expected text or a number for ${key} in ${place} but received ${shown(value)}.`);
}

function shown(value: unknown): string {
  return shortened(JSON.stringify(value), 40);
}
