/** A Hugging Face `tokenizer.json` → token id of each language, for models whose configuration does not list them. */
import { z } from "zod";
import { ModelError } from "../errors.js";

/** OpenAI's rule: a vocabulary of this size or more is multilingual; English-only ones have the language tokens too, unused. */
const MIN_MULTILINGUAL_VOCAB = 51_865;
const LANGUAGE_TOKEN = /^<\|([a-z]{2,3})\|>$/;

const Schema = z.object({ added_tokens: z.array(z.object({ id: z.int().min(0), content: z.string() })) });

/**
 * @param tokenizerJson - text of the file.
 * @param path - of the file, for the error.
 * @returns ids by language code in order of id; undefined for an English-only vocabulary.
 * @throws {ModelError} the text is no tokenizer (`ERR_MODEL_BROKEN`).
 */
export function readLanguageIds(
  tokenizerJson: string,
  nVocab: number,
  path: string,
): Readonly<Record<string, number>> | undefined {
  if (nVocab < MIN_MULTILINGUAL_VOCAB) return undefined;
  let tokens: z.infer<typeof Schema>["added_tokens"];
  try {
    tokens = Schema.parse(JSON.parse(tokenizerJson)).added_tokens;
  } catch (cause) {
    throw new ModelError("ERR_MODEL_BROKEN", "Expected a Hugging Face tokenizer with added_tokens.", { path, cause });
  }
  const languages = tokens
    .map(({ id, content }) => ({ id, code: LANGUAGE_TOKEN.exec(content)?.[1] }))
    .filter((token): token is { id: number; code: string } => token.code !== undefined)
    .sort((a, b) => a.id - b.id);
  return Object.fromEntries(languages.map(({ code, id }) => [code, id]));
}
