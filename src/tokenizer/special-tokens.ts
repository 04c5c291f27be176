/**
 * Special tokens: the added tokens of a tokenizer.json → the ids that control Whisper's decoder. No id is assumed: they differ
 * between English-only (51,864), multilingual (51,865) and large-v3 (51,866) vocabularies.
 */
import { ModelError } from "../errors.js";

export interface SpecialTokens {
  /** `<|endoftext|>`; every id below it is text. */
  readonly eot: number;
  /** `<|startoftranscript|>` */
  readonly sot: number;
  readonly translate: number;
  readonly transcribe: number;
  /** `<|startoflm|>` */
  readonly sotLm: number;
  /** `<|startofprev|>` */
  readonly sotPrev: number;
  /** `<|nospeech|>`, in older files `<|nocaptions|>` */
  readonly noSpeech: number;
  readonly noTimestamps: number;
  /** `<|0.00|>`: the first of 1501 timestamps, one every 0.02 s; files may leave them out. */
  readonly timestampBegin: number;
  /** Token id of each language code. */
  readonly languageIds: ReadonlyMap<string, number>;
}

const LANGUAGE_TOKEN = /^<\|([a-z]{2,3})\|>$/;

/**
 * @param added - id of each added token, by its text.
 * @throws {ModelError} a token that decoding needs is not there (`ERR_MODEL_BROKEN`).
 */
export function findSpecialTokens(added: ReadonlyMap<string, number>): SpecialTokens {
  const idOf = (...names: readonly string[]): number => {
    for (const name of names) {
      const id = added.get(`<|${name}|>`);
      if (id !== undefined) return id;
    }
    throw new ModelError("ERR_MODEL_BROKEN", `Expected the token <|${names[0]}|> in the tokenizer but found none.`);
  };
  const noTimestamps = idOf("notimestamps");
  return {
    eot: idOf("endoftext"),
    sot: idOf("startoftranscript"),
    translate: idOf("translate"),
    transcribe: idOf("transcribe"),
    sotLm: idOf("startoflm"),
    sotPrev: idOf("startofprev"),
    noSpeech: idOf("nospeech", "nocaptions"),
    noTimestamps,
    timestampBegin: noTimestamps + 1,
    languageIds: languageIds(added),
  };
}

function languageIds(added: ReadonlyMap<string, number>): Map<string, number> {
  const ids = new Map<string, number>();
  for (const [text, id] of added) {
    const code = LANGUAGE_TOKEN.exec(text)?.[1];
    if (code !== undefined) ids.set(code, id);
  }
  return ids;
}
