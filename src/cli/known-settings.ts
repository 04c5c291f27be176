/** What can be set: the options of a transcription, by the names that they have in files and in the environment. */
import type { Command, Option } from "commander";

/** What can be set, made from the options of a command. */
export interface Setting {
  /** Its key in files. */
  readonly key: string;
  readonly flags: string;
  /** Environment variable. */
  readonly variable: string;
  readonly isSwitch: boolean;
  /** As help tells it. */
  readonly fallback: string;
}

export type KnownSettings = ReadonlyMap<string, Setting>;

/** What the names of variables begin with. */
export const VARIABLE = "SOTTO_";
const NOT_SETTINGS = new Set(["version", "help"]);

/** The settings that a command's options are; those that help does not show are none. */
export function settingsOf({ options }: Command): KnownSettings {
  const shown = options.filter((option) => !option.hidden && !NOT_SETTINGS.has(option.attributeName()));
  return new Map(shown.map((option) => [option.attributeName(), toSetting(option)]));
}

/** The settings that a command takes: those of its options that are the same in every letter. */
export function settingsTaken({ options }: Command, known: KnownSettings): ReadonlySet<string> {
  const keys = options.map((option) => [option.attributeName(), option.flags] as const);
  return new Set(keys.filter(([key, flags]) => known.get(key)?.flags === flags).map(([key]) => key));
}

function toSetting(option: Option): Setting {
  const key = option.attributeName();
  const isSwitch = !option.required;
  const told = /\(default: (.*)\)$/.exec(option.description)?.[1];
  return {
    ...{ key, isSwitch, flags: option.flags },
    variable: VARIABLE + key.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase(),
    fallback: isSwitch ? String(option.negate) : (told ?? "none"),
  };
}
