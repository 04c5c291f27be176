/**
 * The commands and their options. What a command needs is imported when it runs, so that --help and --version load neither
 * the engine, nor ffmpeg, nor the spinner.
 */
import { createRequire } from "node:module";
import { Argument, Command } from "commander";
import { DEFAULT_MODEL } from "../model/resolve-model.js";
import { nearest } from "../util/nearest.js";
import { addBatchOptions } from "./batch-options.js";
import {
  COMPLETION_EXAMPLES,
  CONFIG_EXAMPLES,
  DETECT_EXAMPLES,
  EXAMPLES,
  examplesText,
  MODELS_EXAMPLES,
  VAD_EXAMPLES,
} from "./examples.js";
import { helpLayout } from "./help-layout.js";
import { addInputListOptions, addInputs } from "./input-options.js";
import { addOpenaiOptions } from "./openai-options.js";
import { addSwitch, withChoices } from "./option-rows.js";
import {
  addAudioOptions,
  addDecodingOptions,
  addModelOptions,
  addPresetOption,
  addTranscribeOptions,
  addWordOptions,
  modelOption,
} from "./options-table.js";
import { addCueOptions, addResultOptions, addSpeechResultOptions } from "./result-options.js";
import type { CommandBody } from "./run-command.js";
import { addColourOptions, addProgressOptions, addTalkOptions } from "./talk-options.js";
import { addVadOptions } from "./vad-rows.js";

const { version } = createRequire(import.meta.url)("../../package.json") as { version: string };

/** Types that weights are converted to. */
const WEIGHTS = ["int8", "float16", "float32"];

/** What commander calls, with the command as `this`. */
type Action = (this: Command) => Promise<void>;

/** What commander says by itself goes here; by default nowhere. */
export interface ProgramTalk {
  /** Help and version, as text. */
  readonly print?: (text: string) => void;
  /** What is wrong with a command line. */
  readonly refuse?: (message: string) => void;
}

/** The whole command line; `run` is given the chosen command's body, and the command as it was parsed. */
export function createProgram(
  run: (body: CommandBody, command: Command) => Promise<void>,
  { print = () => {}, refuse = () => {} }: ProgramTalk = {},
): Command {
  const action = (body: CommandBody): Action =>
    function () {
      return run(body, this);
    };
  const program = new Command("sotto").description("Speech to text with Whisper, on this machine.");
  program.enablePositionalOptions().exitOverride();
  const asWritten = ({ description }: { readonly description: string }) => description; // choices stand in it
  program.configureHelp({ ...helpLayout, optionDescription: asWritten, argumentDescription: asWritten });
  program.configureOutput({ writeOut: print, outputError: (text) => refuse(usageError(text)) });
  addTranscribe(program, action(transcribe)).addHelpText("after", examplesText(EXAMPLES));
  program.optionsGroup("Other:").version(version, "-V, --version", "print the version");
  addTranscribe(program.command("transcribe", { hidden: true }), action(transcribe));
  addDetect(program.command("detect"), action(detect));
  addVad(program.command("vad"), action(vad));
  addModels(program.command("models"), action);
  addConfig(program.command("config"), action(config));
  addDoctor(program.command("doctor"), action(doctor));
  addCompletions(program.command("completions"), action(completions));
  addMan(program.command("man"), action(man));
  addHelp(program);
  return program;
}

function addTranscribe(command: Command, action: Action): Command {
  addInputs(command, "files, folders, globs, @list files, URLs, or - for stdin");
  addResultOptions(command.optionsGroup("Results:"));
  addTranscribeOptions(command.optionsGroup("Transcribing:"));
  addCueOptions(addWordOptions(command.optionsGroup("Words and subtitles:")));
  addInputOptions(command);
  addBatchOptions(command.optionsGroup("Many inputs:"));
  addColourOptions(command.optionsGroup("Other:"));
  addDecodingOptions(command.optionsGroup("Decoding (advanced):"));
  addVadOptions(command.optionsGroup("Voice activity, when batched (advanced):"));
  return addOpenaiOptions(command).action(action);
}

function addDetect(command: Command, action: Action): void {
  addInputs(command.description("language of each input, with its probability"), "as for transcribing");
  command.addHelpText("after", examplesText(DETECT_EXAMPLES));
  addSwitch(command, "--json", "print lines of JSON, with every language's probability");
  addInputOptions(command);
  command.action(action);
}

function addVad(command: Command, action: Action): void {
  addInputs(command.description("where somebody speaks in each input"), "as for transcribing");
  command.addHelpText("after", examplesText(VAD_EXAMPLES));
  addSpeechResultOptions(command.optionsGroup("Results:"));
  addVadOptions(command.optionsGroup("Voice activity:"));
  addListeningOptions(command);
  command.action(action);
}

/** The options of a command that reads audio with a model. */
function addInputOptions(command: Command): void {
  addModelOptions(command.optionsGroup("Model:"));
  addListeningOptions(command);
}

/** The options of a command that reads audio. */
function addListeningOptions(command: Command): void {
  addInputListOptions(command.optionsGroup("Many inputs:"));
  addAudioOptions(command.optionsGroup("Audio:"));
  addPresetOption(addProgressOptions(addTalkOptions(command.optionsGroup("Other:"))));
  command.helpOption("-h, --help", "list the options");
}

function addModels(models: Command, action: (body: CommandBody) => Action): void {
  models.description("models on this machine").addHelpText("after", examplesText(MODELS_EXAMPLES));
  addTalkOptions(models.command("list"))
    .description("names that --model takes: in the box, in the cache")
    .option("--json", "as JSON")
    .action(action(listModels));
  addTalkOptions(models.command("info"))
    .description("what a model is and can do")
    .addArgument(withWords("<model>", "a known model or a model folder", [DEFAULT_MODEL]))
    .action(action(showModel));
  addTalkOptions(models.command("convert"))
    .description("make a model folder from a Hugging Face or CTranslate2 model")
    .argument("<source>", "folder of the model")
    .requiredOption("-o, --output-dir <folder>", "folder of the new model")
    .addOption(withChoices("--precision <weights>", "int8, float16 or float32 (default: int8)", WEIGHTS))
    .action(action(convertModel));
}

function addConfig(command: Command, action: Action): void {
  command.description("every setting, its value, and where it comes from");
  command.addHelpText("after", examplesText(CONFIG_EXAMPLES));
  addPresetOption(addTalkOptions(command)).option("--json", "as JSON").action(action);
}

function addDoctor(command: Command, action: Action): void {
  command.description("what works on this machine, and the command that mends what does not");
  addTalkOptions(command)
    .addOption(modelOption("the model to look at (default: base)"))
    .option("--ffmpeg <path>", "the ffmpeg to look at")
    .option("--json", "as JSON")
    .action(action);
}

function addCompletions(command: Command, action: Action): void {
  command.description("the script that makes a shell complete commands and options");
  const shell = withWords("<shell>", "bash, zsh, fish or powershell", ["bash", "zsh", "fish", "powershell"]);
  addTalkOptions(command).addArgument(shell).action(action);
  command.addHelpText("after", examplesText(COMPLETION_EXAMPLES));
}

/** An argument with words to complete it; whoever reads it refuses others. */
function withWords(name: string, description: string, words: readonly string[]): Argument {
  const argument = new Argument(name, description);
  argument.argChoices = [...words];
  return argument;
}

function addMan(command: Command, action: Action): void {
  addTalkOptions(command.description("the manual page: sotto man | man -l -")).action(action);
}

/** commander's own prints the help of everything where there is no such command. */
function addHelp(program: Command): void {
  const help = program.helpCommand(false).command("help").helpOption(false).allowExcessArguments();
  help.description("what a command does, and its options").argument("[command]");
  help.action(() => {
    let asked = program;
    for (const name of help.args) {
      const found = asked.commands.find((command) => command.name() === name);
      if (found === undefined) program.error(unknownCommand(name, asked));
      asked = found;
    }
    asked.help();
  });
}

function unknownCommand(name: string, { commands }: Command): string {
  const names = commands.map((command) => command.name());
  const meant = nearest(name, names);
  return `unknown command '${name}'${meant === undefined ? "" : ` (did you mean ${meant}?)`}`;
}

const transcribe: CommandBody = async (...args) => (await import("./commands/transcribe.js")).transcribe(...args);
const detect: CommandBody = async (...args) => (await import("./commands/detect.js")).detect(...args);
const vad: CommandBody = async (...args) => (await import("./commands/vad.js")).vad(...args);
const config: CommandBody = async (...args) => (await import("./commands/config.js")).config(...args);
const doctor: CommandBody = async (...args) => (await import("./commands/doctor.js")).doctor(...args);
const listModels: CommandBody = async (...args) => (await import("./commands/models.js")).listModels(...args);
const completions: CommandBody = async (...args) => (await import("./commands/completions.js")).completions(...args);
const man: CommandBody = async (...args) => (await import("./commands/man.js")).man(...args);
const showModel: CommandBody = async (...args) => (await import("./commands/models.js")).showModel(...args);
const convertModel: CommandBody = async (...args) => (await import("./commands/models.js")).convert(...args);

/** commander's `error: unknown option '--modle'\n(Did you mean --model?)` in our form. */
function usageError(text: string): string {
  return text
    .trim()
    .replace(/^error: /, "")
    .replace(/\s*\n\(Did you mean (.*)\?\)$/s, " (did you mean $1?)");
}
