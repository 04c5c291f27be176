import { expect, it } from "vitest";
import { printable } from "../../src/cli/printable.js";

it.each([
  ["plain üñí 文件 'name'.wav", "plain üñí 文件 'name'.wav"],
  ["two\nlines\r\tand a tab", "two\\nlines\\r\\tand a tab"],
  ["\u001b[2Jcleared", "\\x1b[2Jcleared"],
  ["\u009b31m", "\\x9b31m"],
  ["gpj.\u202emp3", "gpj.\\u202emp3"],
])("shows %j as %j", (text, expected) => {
  expect(printable(text)).toBe(expected);
});
