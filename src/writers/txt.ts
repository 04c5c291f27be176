/** Plain text: one line for each segment. */
import { oneLine } from "./one-line.js";
import { defineWriter } from "./writer.js";

export const txt = defineWriter("txt", () => ({
  segment({ text }) {
    const line = oneLine(text);
    return line === "" ? "" : `${line}\n`;
  },
}));
