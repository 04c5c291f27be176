/** Colour, where it is wanted. Source: no-color.org, force-color.org. */
import { styleText } from "node:util";

export type Colour = "green" | "red" | "yellow";

/** Paints a piece of text, or leaves it as it is. */
export type Paint = (colour: Colour, text: string) => string;

/** For a stream: FORCE_COLOR and NO_COLOR decide in this order, then whether it is a terminal that has colours. */
export function paintFor(stream: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv = process.env): Paint {
  return hasColour(stream, env)
    ? (colour, text) => styleText(colour, text, { validateStream: false }) // ours to decide
    : (_colour, text) => text;
}

/** Whether a stream is to have colours. */
export function hasColour(stream: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv = process.env): boolean {
  const { FORCE_COLOR, NO_COLOR, TERM } = env;
  if (FORCE_COLOR !== undefined) return FORCE_COLOR !== "0" && FORCE_COLOR !== "false";
  return !NO_COLOR && stream.isTTY === true && TERM !== "dumb";
}

const UNSURE = 0.5;
const NEARLY_SURE = 0.8;

/** How sure the model is of a word: red below a half, yellow below four fifths, green from there. */
export function confidenceColour(probability: number): Colour {
  if (probability < UNSURE) return "red";
  return probability < NEARLY_SURE ? "yellow" : "green";
}
