/** Why a JSON file is refused, as messages put it. */
import { z } from "zod";
import { shortened } from "./quoted.js";

/** Characters of what zod says: it may be of every entry. */
const MAX_REASON = 300;

/** @param cause - what `JSON.parse` or a schema threw. */
export function whyRefused(cause: unknown): string {
  if (!(cause instanceof z.ZodError)) return "it is not valid JSON";
  return shortened(z.prettifyError(cause).replaceAll(/\s+/g, " "), MAX_REASON);
}
