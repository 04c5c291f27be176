/**
 * Settings: every option of a transcription can be said on the command line, in the environment (`SOTTO_…`), in
 * `./sotto.config.json`, or in the user's own file; what is said first in this order wins. A preset, named values in either
 * file, ranks right behind the place that names it. All come out in the form in which commander holds what was typed.
 */
import { join } from "node:path";
import { InvalidOptionError } from "../errors.js";
import { nearest } from "../util/nearest.js";
import { quoted } from "../util/quoted.js";
import { settingsFolder } from "../util/user-folders.js";
import { type KnownSettings, VARIABLE } from "./known-settings.js";
import type { Typed } from "./option-rows.js";
import { longName } from "./read-values.js";
import { type FileValues, readSettingsFile } from "./settings-file.js";

/** One place in which things are said. */
interface Layer {
  readonly values: Typed;
  /** What a value is called there. */
  nameOf(key: string): string;
  /** The place as people know it. */
  placeOf(key: string): string;
}

/** What `placeOf` calls it. */
export const COMMAND_LINE = "command line";
export const PROJECT_FILE = "sotto.config.json";
const USER_FILE = "config.json";
/** Not in the file of a folder that may have come from elsewhere: a program to be run, a file to be written over. */
const OWN_ONLY = ["ffmpeg", "report"];

/** What says the opposite, or the same: said in one place, the others do not count where they rank below it. */
const ALTERNATIVES = [
  ["overwrite", "skipExisting"],
  ["quiet", "verbose"],
  ["task", "translate"],
  ["clipTimestamps", "offset"],
  ["clipTimestamps", "duration"],
  ["maxLineWidth", "maxWordsPerLine"],
];

/** Everything that was said, and where. */
export class Settings {
  /** @param layers - the first one wins. */
  private constructor(private readonly layers: readonly Layer[]) {}

  /**
   * Reads the environment and the files.
   *
   * @param typed - what the command line says.
   * @throws {InvalidOptionError} a file or a variable cannot be understood, or there is no such preset.
   */
  static async read(typed: Typed, known: KnownSettings): Promise<Settings> {
    const command: Layer = { values: typed, nameOf: optionOf(known), placeOf: () => COMMAND_LINE };
    const variables: Layer = {
      values: readVariables(known),
      nameOf: (key) => known.get(key)!.variable,
      placeOf: (key) => known.get(key)!.variable,
    };
    const project = await readSettingsFile(PROJECT_FILE, known, OWN_ONLY);
    const user = await readSettingsFile(userFile(), known);
    const files = [project, user].filter((file) => file !== undefined);
    const layers = [command, variables, ...files.map(({ path, values }) => fileLayer(values, path))];
    const namer = layers.findIndex(({ values }) => values.preset !== undefined);
    if (namer >= 0) layers.splice(namer + 1, 0, presetLayer(layers[namer]!, files));
    return new Settings(layers);
  }

  /** What counts, in commander's form. @param keys - the settings that matter; the command line is taken whole. */
  typed(keys: ReadonlySet<string>): Typed {
    const all: Record<string, unknown> = {};
    for (const { values } of this.layers.slice(1).reverse()) {
      for (const [key, value] of Object.entries(values)) if (keys.has(key)) all[key] = value;
    }
    const result = { ...all, ...this.layers[0]!.values };
    return ALTERNATIVES.reduce<Typed>((some, group) => this.onlyHighest(some, group), result);
  }

  /** Leaves out of `typed` what ranks below another of the group. */
  onlyHighest(typed: Typed, group: readonly string[]): Typed {
    const said = group.filter((key) => typed[key] !== undefined && typed[key] !== false);
    const highest = Math.min(...said.map((key) => this.#rankOf(key)));
    return Object.fromEntries(
      Object.entries(typed).filter(([key]) => !group.includes(key) || this.#rankOf(key) <= highest),
    );
  }

  /** Where a setting's value comes from; undefined where nobody said one. */
  placeOf(key: string): string | undefined {
    return this.layers[this.#rankOf(key)]?.placeOf(key);
  }

  /** The error with options called by the names under which they were said. */
  named(error: InvalidOptionError, known: KnownSettings): InvalidOptionError {
    let message = error.message;
    for (const { key, flags } of known.values()) {
      const rank = this.#rankOf(key);
      if (rank === 0 || rank === this.layers.length) continue;
      const name = this.layers[rank]!.nameOf(key);
      message = message.replaceAll(new RegExp(`${longName(flags)}(?![a-z-])`, "g"), () => name);
    }
    if (message === error.message) return error;
    return new InvalidOptionError(message, { ...(error.hint !== undefined && { hint: error.hint }), cause: error });
  }

  /** Index of the layer that says it first; their number where none does. */
  #rankOf(key: string): number {
    const rank = this.layers.findIndex(({ values }) => values[key] !== undefined);
    return rank < 0 ? this.layers.length : rank;
  }
}

/** Path of the user's own file; it need not exist. */
export function userFile(): string {
  return join(settingsFolder(), USER_FILE);
}

/** Variables that are no setting but nearly one: the names as written, and as they may have been meant. */
export function misspeltVariables(known: KnownSettings): { readonly written: string; readonly meant: string }[] {
  const names = [...known.values()].map(({ variable }) => variable.slice(VARIABLE.length));
  return Object.keys(process.env).flatMap((written) => {
    const name = written.startsWith(VARIABLE) ? written.slice(VARIABLE.length) : "";
    const meant = name === "" || names.includes(name) ? undefined : nearest(name, names);
    return meant === undefined ? [] : [{ written, meant: VARIABLE + meant }];
  });
}

function optionOf(known: KnownSettings): Layer["nameOf"] {
  return (key) => longName(known.get(key)?.flags ?? key);
}

const SWITCH_WORDS: Readonly<Record<string, boolean>> = { "1": true, true: true, "0": false, false: false };

/** A variable without text counts as none. @throws {InvalidOptionError} */
function readVariables(known: KnownSettings): Typed {
  const values: Record<string, unknown> = {};
  for (const { key, variable, isSwitch } of known.values()) {
    const text = process.env[variable];
    if (text === undefined || text === "") continue;
    const word = text.toLowerCase();
    if (!isSwitch) values[key] = text;
    else if (Object.hasOwn(SWITCH_WORDS, word)) values[key] = SWITCH_WORDS[word];
    else throw new InvalidOptionError(`Expected true or false for ${variable} but received ${quoted(text)}.`);
  }
  return values;
}

function fileLayer(values: Typed, path: string): Layer {
  return { values, nameOf: (key) => `${key} in ${path}`, placeOf: () => path };
}

/** @throws {InvalidOptionError} no file has the preset. */
function presetLayer(namer: Layer, files: readonly FileValues[]): Layer {
  const name = String(namer.values.preset);
  const file = files.find(({ presets }) => presets.has(name));
  if (file !== undefined) {
    const place = `preset ${name} in ${file.path}`;
    return { values: file.presets.get(name)!, nameOf: (key) => `${key} of ${place}`, placeOf: () => place };
  }
  const names = files.flatMap(({ presets }) => [...presets.keys()]);
  const near = nearest(name, names);
  const hint =
    names.length === 0
      ? `Presets are written under "presets" in ${PROJECT_FILE} or ${userFile()}.`
      : near === undefined
        ? `There are ${names.join(", ")}.`
        : `Did you mean ${near}?`;
  throw new InvalidOptionError(`Expected a preset for ${namer.nameOf("preset")} but received ${quoted(name)}.`, {
    hint,
  });
}
