/**
 * A model folder's `tokenizer.json` (Hugging Face's format) → Tokenizer. Of the file, only the vocabulary and the added tokens
 * count; `merges` is left aside, see byte-pair-encoding.ts. Start-up waits for this: the 50,000 entries are parsed once and
 * neither copied nor checked one by one, and the merges, as many again, are not even parsed.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { ModelError } from "../errors.js";
import { whyRefused } from "../util/why-refused.js";
import { BYTE_CHARACTERS } from "./byte-alphabet.js";
import type { Vocabulary } from "./byte-pair-encoding.js";
import { Tokenizer } from "./tokenizer.js";

export const TOKENIZER_FILE = "tokenizer.json";

const TokenizerSchema = z.object({
  added_tokens: z.array(z.object({ id: z.int().min(0), content: z.string() })),
  model: z.object({
    type: z.literal("BPE"),
    vocab: z.custom<Record<string, number>>(hasEveryByte, "Expected a byte-level vocabulary"),
  }),
});

/** Whether each byte has a token, so that any text can be encoded. */
function hasEveryByte(vocab: unknown): boolean {
  if (typeof vocab !== "object" || vocab === null) return false;
  const ids = vocab as Record<string, unknown>;
  return BYTE_CHARACTERS.every((character) => Number.isInteger(ids[character]));
}

/**
 * Loads the tokenizer of a model.
 *
 * @param folder - the model folder.
 * @param nVocab - the model's vocabulary size (`vocab_size` of its config).
 * @throws {ModelError} tokenizer.json is missing (`ERR_MODEL_MISSING`) or not Whisper's (`ERR_MODEL_BROKEN`).
 */
export async function loadTokenizer(folder: string, nVocab: number): Promise<Tokenizer> {
  const path = join(folder, TOKENIZER_FILE);
  const { added_tokens, model } = parseTokenizer(await readTokenizerFile(path), path);
  // Without prototype, `constructor` and the like are looked up as any other spelling.
  const vocabulary: Vocabulary = Object.setPrototypeOf(model.vocab, null);
  const added = [...added_tokens].sort((a, b) => a.id - b.id);
  return new Tokenizer(vocabulary, new Map(added.map(({ content, id }) => [content, id])), nVocab);
}

async function readTokenizerFile(path: string): Promise<string> {
  try {
    return withoutMerges(await readFile(path));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") {
      const message = `Expected ${TOKENIZER_FILE} in the model folder but found none.`;
      throw new ModelError("ERR_MODEL_MISSING", message, { path, hint: "Copy it from where the model came from." });
    }
    throw new ModelError("ERR_MODEL_BROKEN", `Expected a readable ${TOKENIZER_FILE} but it cannot be read.`, {
      path,
      cause,
    });
  }
}

/** The text without `merges` where these are the last of the last object, as Hugging Face writes them. */
function withoutMerges(bytes: Buffer): string {
  const start = bytes.toString("latin1").search(/"merges"\s*:\s*\[/); // within a string the quotes would have backslashes
  const closing = bytes.toString("utf8", bytes.lastIndexOf("]") + 1);
  if (start < 0 || !/^\s*\}\s*\}\s*$/.test(closing)) return bytes.toString();
  return `${bytes.toString("utf8", 0, start)}"merges":[]${closing}`;
}

function parseTokenizer(text: string, path: string): z.infer<typeof TokenizerSchema> {
  try {
    return TokenizerSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new ModelError("ERR_MODEL_BROKEN", `Expected a Whisper tokenizer but ${whyRefused(cause)}.`, { path, cause });
  }
}
