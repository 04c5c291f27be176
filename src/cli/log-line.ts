/** Lines on stderr → lines of JSON, for `--log-format json`. */

export type Level = "debug" | "info" | "warn" | "error";

/** What a line says, for programs: beside its sentence. */
export type Facts = Readonly<Record<string, string | number | null | undefined>>;

/** One line, with its line feed. */
export function logLine(level: Level, message: string, facts: Facts = {}): string {
  return `${JSON.stringify({ ts: new Date().toISOString(), level, message, ...facts })}\n`;
}
