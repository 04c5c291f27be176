import type { Command } from "commander";
import { describe, expect, it } from "vitest";
import { createProgram } from "../../src/cli/program.js";

/** What help prints of every command, by the words that lead to it. */
function helpTexts(): Map<string, string> {
  const texts = new Map<string, string>();
  let printed = "";
  const program = createProgram(async () => {}, { print: (text) => (printed += text) });
  const visit = (command: Command, path: string) => {
    printed = "";
    command.outputHelp();
    texts.set(path, printed);
    for (const child of command.commands) visit(child, `${path} ${child.name()}`);
  };
  visit(program, "sotto");
  return texts;
}

describe("help", () => {
  const texts = helpTexts();

  it.each([...texts.keys()])("of %s fits a terminal of 80 columns", (path) => {
    const lines = texts.get(path)!.split("\n");
    expect(lines.length).toBeGreaterThan(3);
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
  });

  it("has the description of a long option below it", () => {
    expect(texts.get("sotto")).toMatch(/^ {2}--prepend-punctuations <marks>\n {30}marks that belong/m);
    expect(texts.get("sotto")).toMatch(/^ {2}--word-timestamps {11}time every word$/m);
  });
});
