import { expect, it } from "vitest";
import { printable, printableJson } from "../../src/cli/printable.js";

it.each([
  ["plain üñí 文件 'name'.wav", "plain üñí 文件 'name'.wav"],
  ["two\nlines\r\tand a tab", "two\\nlines\\r\\tand a tab"],
  ["\u001b[2Jcleared", "\\x1b[2Jcleared"],
  ["\u009b31m", "\\x9b31m"],
  ["gpj.\u202emp3", "gpj.\\u202emp3"],
])("shows %j as %j", (text, expected) => {
  expect(printable(text)).toBe(expected);
});

it("shows JSON that cannot steer a terminal and reads back as it was", () => {
  const value = { name: "\u001b[2J\u009b31m\u202egpj.\n文" };
  expect(printableJson(value)).toBe('{"name":"\\u001b[2J\\u009b31m\\u202egpj.\\n文"}');
  expect(JSON.parse(printableJson(value))).toEqual(value);
});
