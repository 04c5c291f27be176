/** Whether a command line looks as if it would need the engine, told before its options are understood. */

/** Commands that load no model into the engine. */
const WITHOUT = new Set(["vad", "models", "config", "doctor", "completions", "man", "help"]);
/** Options that end the command with a text. */
const TELLING = new Set(["-h", "--help", "-V", "--version"]);

/**
 * A guess: where it is wrong, a process is started for nothing, or later than it might have been.
 *
 * @param argv - what follows the program's name.
 */
export function needsEngine(argv: readonly string[]): boolean {
  const [first] = argv;
  return first !== undefined && !WITHOUT.has(first) && !argv.some((argument) => TELLING.has(argument));
}
