/** Options that say where results go and what their files look like. */
import { existsSync } from "node:fs";
import { extname } from "node:path";
import type { Command } from "commander";
import type { OutputPlan } from "../batch/plan-outputs.js";
import { InvalidOptionError } from "../errors.js";
import type { TranscribeOptions } from "../options.js";
import type { Task } from "../types.js";
import { nearest } from "../util/nearest.js";
import { quoted } from "../util/quoted.js";
import { type Format, isFormat, OPENAI_FORMATS, writers } from "../writers/index.js";
import type { WriterOptions } from "../writers/writer.js";
import { addSwitch, withChoices } from "./option-rows.js";
import { addCompatOption, type Typed } from "./options-table.js";
import { orNone, readWhole, refused } from "./read-values.js";

/** A folder of this name stands for standard output. */
export const STDOUT = "-";

/** Adds the options of where results go. */
export function addResultOptions(command: Command): Command {
  command
    .addOption(
      withChoices(
        "-f, --format <list>",
        "txt, srt, vtt, json, tsv, lrc, csv, ass, several with commas, or all (default: txt on stdout, srt in files)",
        [...Object.keys(writers), "all"],
      ),
    )
    .option(
      "-o, --output-dir <folder>",
      "write files there, or - to stdout; without it several inputs write beside their sources",
    );
  addSwitch(command, "--lang-suffix", "name the language in file names: talk.en.srt");
  addExistingOptions(command);
  addSwitch(command, "--no-resume", "start anew, and keep nothing from which a run that was cut off could go on");
  addSwitch(command, "--json-extras", "add task, duration and the language of segments to json");
  return addCompatOption(command);
}

/** Adds the same for spans of speech. */
export function addSpeechResultOptions(command: Command): Command {
  command
    .addOption(withChoices("-f, --format <type>", "txt, json or rttm (default: txt)", ["txt", "json", "rttm"]))
    .option("-o, --output-dir <folder>", "write a file for each input there");
  return addExistingOptions(command);
}

function addExistingOptions(command: Command): Command {
  addSwitch(command, "--overwrite", "replace outputs that exist");
  addSwitch(command, "--skip-existing", "skip inputs that are done already");
  return addSwitch(command, "--json", "print what happens as lines of JSON");
}

/** Adds the options of how words become cues. */
export function addCueOptions(command: Command): Command {
  return addSwitch(
    command,
    "--highlight-words",
    "mark each word while it is spoken: srt, vtt, ass, lrc (these four need --word-timestamps)",
  )
    .option("--max-line-width <n>", "characters of a line at most")
    .option("--max-line-count <n>", "lines of a cue at most (needs --max-line-width)")
    .option("--max-words-per-line <n>", "words of a cue at most (not with --max-line-width)");
}

/** The tasks of a run; at least one. */
export function tasksOf({ task = "transcribe" }: TranscribeOptions): readonly Task[] {
  return typeof task === "string" ? [task] : task;
}

/**
 * Which files to write; undefined where the only input's result goes to stdout.
 *
 * @param single - one plain input was typed.
 * @throws {InvalidOptionError} what was typed is contradictory.
 */
export function readOutputPlan(typed: Typed, options: TranscribeOptions, single: boolean): OutputPlan | undefined {
  const outputDir = readOutputFolder(typed);
  const isOpenai = options.compat === "openai";
  if (single && (outputDir === STDOUT || (outputDir === undefined && !isOpenai))) return undefined;
  if (outputDir === STDOUT) {
    throw new InvalidOptionError("Expected one input for standard output but received several.", {
      hint: "Give each its own run, or a folder for their files with -o DIR; one that is named - is written ./-.",
    });
  }
  const existing = readExisting(typed);
  const tasks = tasksOf(options);
  if (tasks.length > 1 && options.multilingual === true) {
    throw new InvalidOptionError("Expected one task with --multilingual but received two.", {
      hint: "Files of two tasks are named by language; run twice, with a different -o DIR for each task.",
    });
  }
  const folder = outputDir ?? (isOpenai ? "." : undefined);
  return {
    folder,
    formats: readFormats(typed, isOpenai) ?? (isOpenai ? OPENAI_FORMATS : ["srt"]),
    tasks,
    langSuffix: typed.langSuffix === true || tasks.length > 1,
    existing: existing === "refuse" && isOpenai ? "overwrite" : existing,
  };
}

/**
 * The folder for results, or STDOUT; undefined where none is named.
 *
 * @throws {InvalidOptionError} a file is named: a folder of that name is hardly what was meant.
 */
export function readOutputFolder({ outputDir }: Typed): string | undefined {
  if (outputDir === undefined) return undefined;
  const folder = String(outputDir);
  if (folder.trim() === "") throw refused("--output-dir", "a folder", folder, "-o . stands for the one you are in.");
  const ending = extname(folder).slice(1);
  if (existsSync(folder) || !(isFormat(ending) || ending === "rttm")) return folder;
  const hint = `Without -o one input's result goes to standard output: sotto … -f ${ending} > ${quoted(folder)}. Or make that folder first.`;
  throw refused("--output-dir", "a folder", folder, hint);
}

/** What happens to outputs that are there already. @throws {InvalidOptionError} two things are to happen to them. */
export function readExisting({ overwrite, skipExisting, claim, watch }: Typed): OutputPlan["existing"] {
  if (overwrite === true && claim === true) {
    throw new InvalidOptionError("Expected --overwrite or --claim but received both.", {
      hint: "What others have done meanwhile would be done again; outputs made with other settings are replaced anyway.",
    });
  }
  if (overwrite === true && skipExisting === true) {
    throw new InvalidOptionError("Expected --overwrite or --skip-existing but received both.");
  }
  if (overwrite === true) return "overwrite";
  return skipExisting === true || claim === true || watch === true ? "skip" : "refuse";
}

/** The format of the only input's result on stdout; undefined stands for `--json`. */
export function readStdoutFormat(typed: Typed, options: TranscribeOptions): Format | undefined {
  const formats = readFormats(typed, false);
  if (typed.json === true) {
    if (formats === undefined) return undefined;
    throw new InvalidOptionError("Expected --format or --json for standard output but received both.", {
      hint: "Add -o DIR to write files beside the events.",
    });
  }
  if (tasksOf(options).length > 1) {
    throw new InvalidOptionError("Expected one task for standard output but received two.", {
      hint: "Add -o DIR to write files for each, or --json to print both as events.",
    });
  }
  const [format = "txt", ...more] = formats ?? [];
  if (more.length === 0) return format;
  throw new InvalidOptionError("Expected one format for standard output but received several.", {
    hint: "Add -o DIR to write one file for each.",
  });
}

function readFormats({ format }: Typed, isOpenai: boolean): readonly Format[] | undefined {
  if (format === undefined) return undefined;
  if (format === "all") return isOpenai ? OPENAI_FORMATS : Object.keys(writers).filter(isFormat);
  const names = String(format).split(",");
  const unknown = names.find((name) => !isFormat(name));
  if (unknown === undefined) return [...new Set(names.filter(isFormat))];
  const near = nearest(unknown, Object.keys(writers));
  const hint = near
    ? `Did you mean ${near}?`
    : `There are ${Object.keys(writers).join(", ")}, several with commas, or all.`;
  throw refused("--format", "a format", unknown, hint);
}

/**
 * How files are written.
 *
 * @param warn - told what has no effect.
 * @throws {InvalidOptionError} words are to be laid out but not timed.
 */
export function readWriterOptions(
  typed: Typed,
  options: TranscribeOptions,
  warn: (text: string) => void,
): WriterOptions {
  const maxLineWidth = readSize(typed.maxLineWidth, "--max-line-width");
  const maxLineCount = readSize(typed.maxLineCount, "--max-line-count");
  const maxWordsPerLine = readSize(typed.maxWordsPerLine, "--max-words-per-line");
  const needWords = {
    "--highlight-words": typed.highlightWords === true || undefined,
    "--max-line-width": maxLineWidth,
    "--max-line-count": maxLineCount,
    "--max-words-per-line": maxWordsPerLine,
  };
  const [name] = Object.entries(needWords).find(([, value]) => value !== undefined) ?? [];
  if (name !== undefined && options.wordTimestamps !== true) {
    throw new InvalidOptionError(`Expected --word-timestamps with ${name} but it is off.`);
  }
  if (maxLineCount !== undefined && maxLineWidth === undefined) {
    warn("--max-line-count has no effect without --max-line-width");
  }
  if (maxWordsPerLine !== undefined && maxLineWidth !== undefined) {
    warn("--max-words-per-line has no effect with --max-line-width");
  }
  return {
    ...(typed.highlightWords === true && { highlightWords: true }),
    ...(maxLineWidth !== undefined && { maxLineWidth }),
    ...(maxLineCount !== undefined && { maxLineCount }),
    ...(maxWordsPerLine !== undefined && { maxWordsPerLine }),
    ...(typed.jsonExtras === true && { jsonExtras: true }),
    ...(options.compat !== undefined && { compat: options.compat }),
  };
}

function readSize(typed: unknown, flags: string): number | undefined {
  if (typed === undefined) return undefined;
  return orNone((text) => readWhole(text, flags, 1), undefined)(String(typed), flags);
}
