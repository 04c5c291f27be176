/**
 * Tokenizer: text ↔ token ids of one Whisper vocabulary, and the token sequences that control its decoder.
 * Source: openai/whisper v20250625 `tokenizer.py:Tokenizer`.
 */
import { InvalidOptionError, ModelError } from "../errors.js";
import type { Task } from "../types.js";
import { quoted, shortened } from "../util/quoted.js";
import { readSpelling } from "./byte-alphabet.js";
import { encodeText, type Vocabulary } from "./byte-pair-encoding.js";
import { nonSpeechTokens } from "./non-speech-tokens.js";
import { findSpecialTokens, type SpecialTokens } from "./special-tokens.js";

/** Timestamps from 0.00 to 30.00 s, one every 0.02 s. */
const N_TIMESTAMPS = 1501;
/** Ids of the smallest multilingual vocabulary; the English-only one has one fewer. */
const N_VOCAB_MULTILINGUAL = 51_865;

/** A byte order mark is text like any other, as in Python. */
const utf8Decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const utf8Encoder = new TextEncoder();

export class Tokenizer implements SpecialTokens {
  readonly eot: number;
  readonly sot: number;
  readonly translate: number;
  readonly transcribe: number;
  readonly sotLm: number;
  readonly sotPrev: number;
  readonly noSpeech: number;
  readonly noTimestamps: number;
  readonly timestampBegin: number;
  readonly languageIds: ReadonlyMap<string, number>;
  /** False where the model knows only English: then its sequences have no language and task tokens. */
  readonly multilingual: boolean;
  /** Language codes that the model knows, by ascending id; `["en"]` for English-only models. */
  readonly languages: readonly string[];
  readonly #vocabulary: Vocabulary;
  readonly #added: ReadonlyMap<string, number>;
  readonly #nVocab: number;
  /** Text of each id, spelled in the byte alphabet where it is no special token. */
  #spellings: readonly string[] | undefined;

  /**
   * @param vocabulary - id of each token of text, spelled in the byte alphabet; without prototype.
   * @param added - id of each special token, by its text.
   * @param nVocab - rows of the model's token embedding.
   * @throws {ModelError} the tokens are not Whisper's, or more than the model has (`ERR_MODEL_BROKEN`).
   */
  constructor(vocabulary: Vocabulary, added: ReadonlyMap<string, number>, nVocab: number) {
    const special = findSpecialTokens(added);
    this.eot = special.eot;
    this.sot = special.sot;
    this.translate = special.translate;
    this.transcribe = special.transcribe;
    this.sotLm = special.sotLm;
    this.sotPrev = special.sotPrev;
    this.noSpeech = special.noSpeech;
    this.noTimestamps = special.noTimestamps;
    this.timestampBegin = special.timestampBegin;
    const nTokens = special.timestampBegin + N_TIMESTAMPS;
    if (nTokens > nVocab) {
      const message = `Expected at most ${nVocab} tokens, as the model has, but the tokenizer has ${nTokens}.`;
      throw new ModelError("ERR_MODEL_BROKEN", message, { hint: "Use the tokenizer.json that came with the model." });
    }
    this.multilingual = nTokens >= N_VOCAB_MULTILINGUAL;
    // The English-only files list language tokens too, which their models never learned.
    this.languageIds = this.multilingual ? special.languageIds : new Map();
    this.languages = this.multilingual ? [...special.languageIds.keys()] : ["en"];
    this.#vocabulary = vocabulary;
    this.#added = added;
    this.#nVocab = nVocab;
  }

  /**
   * Encodes text; what looks like a special token in it is text, never control.
   *
   * @throws {ModelError} the vocabulary has something for it that is no id of the model (`ERR_MODEL_BROKEN`).
   */
  encode(text: string): number[] {
    const tokens = encodeText(text, this.#vocabulary);
    const odd = tokens.find((token) => !isId(token, this.#nVocab)); // entries are not checked when they are loaded
    if (odd === undefined) return tokens;
    const found = shortened(JSON.stringify(odd));
    throw new ModelError(
      "ERR_MODEL_BROKEN",
      `Expected ids below ${this.#nVocab} in the vocabulary but found ${found}.`,
    );
  }

  /** Decodes tokens; timestamps are left out, other special tokens show their text, bytes that are no UTF-8 become U+FFFD. */
  decode(tokens: readonly number[]): string {
    return utf8Decoder.decode(this.decodeBytes(tokens));
  }

  /**
   * The UTF-8 bytes behind `decode`. One token may hold half a character: to decode piece by piece, give the bytes of each
   * piece to a `TextDecoder` with `stream: true`.
   *
   * @throws {ModelError} an id below `timestampBegin` is no token of this vocabulary (`ERR_MODEL_BROKEN`).
   */
  decodeBytes(tokens: readonly number[]): Uint8Array {
    return Buffer.concat(tokens.filter((token) => token < this.timestampBegin).map((token) => this.#bytesOf(token)));
  }

  #bytesOf(token: number): Uint8Array {
    this.#spellings ??= spellingsById(this.#vocabulary, this.#added);
    const spelling = this.#spellings[token];
    if (spelling === undefined) {
      throw new ModelError("ERR_MODEL_BROKEN", `Expected a token of the vocabulary but found id ${token}.`);
    }
    // Special tokens, and words that a fine-tuning added, are not in the byte alphabet.
    return this.#added.has(spelling) ? utf8Encoder.encode(spelling) : readSpelling(spelling);
  }

  /**
   * The tokens that open every decoding: start, language and task; English-only models take the start alone.
   *
   * @throws {InvalidOptionError} the model does not know `language`.
   */
  sotSequence(language: string, task: Task): number[] {
    if (!this.multilingual) return [this.sot];
    const languageId = this.languageIds.get(language);
    if (languageId === undefined) {
      throw new InvalidOptionError(`Expected a language that the model knows but received ${quoted(language)}.`);
    }
    return [this.sot, languageId, task === "translate" ? this.translate : this.transcribe];
  }

  /** `sotSequence` for text without timestamps. */
  sotSequenceIncludingNoTimestamps(language: string, task: Task): number[] {
    return [...this.sotSequence(language, task), this.noTimestamps];
  }

  /** Ids of symbols that nobody speaks, ascending; see `non-speech-tokens.ts`. */
  nonSpeechTokens(): number[] {
    return nonSpeechTokens((text) => this.encode(text));
  }

  /**
   * The ids that a decoding must never produce.
   *
   * @param requested - ids, or a negative number for the non-speech tokens; the tokens that only a prompt holds are added to
   *   any of them. None forbids nothing, as in the source: not even those.
   * @returns ids, ascending.
   */
  suppressedTokens(requested: readonly number[]): number[] {
    if (requested.length === 0) return [];
    const ids = new Set(requested.filter((id) => id >= 0));
    if (requested.some((id) => id < 0)) for (const id of this.nonSpeechTokens()) ids.add(id);
    const { transcribe, translate, sot, sotPrev, sotLm, noSpeech } = this;
    for (const id of [transcribe, translate, sot, sotPrev, sotLm, noSpeech]) ids.add(id);
    return [...ids].sort((a, b) => a - b);
  }
}

function isId(token: number, nVocab: number): boolean {
  return Number.isInteger(token) && token >= 0 && token < nVocab;
}

function spellingsById(vocabulary: Vocabulary, added: ReadonlyMap<string, number>): string[] {
  const spellings: string[] = [];
  for (const spelling in vocabulary) {
    const id = vocabulary[spelling]!;
    if (Number.isInteger(id)) spellings[id] = spelling; // a damaged file may say "length"
  }
  for (const [text, id] of added) spellings[id] = text;
  return spellings;
}
