/**
 * Languages: Whisper's code → English name, and what a user may type → code. Which of them a model knows, its tokenizer says.
 * Source: openai/whisper v20250625 `tokenizer.py:LANGUAGES, TO_LANGUAGE_CODE`.
 */
import { InvalidOptionError } from "../errors.js";
import { nearest } from "../util/nearest.js";
import { quoted } from "../util/quoted.js";

/** English name of each language code; codes are ISO 639-1 except `haw`, `yue` and `jw` (Javanese). */
export const LANGUAGES: Readonly<Record<string, string>> = {
  en: "English",
  zh: "Chinese",
  de: "German",
  es: "Spanish",
  ru: "Russian",
  ko: "Korean",
  fr: "French",
  ja: "Japanese",
  pt: "Portuguese",
  tr: "Turkish",
  pl: "Polish",
  ca: "Catalan",
  nl: "Dutch",
  ar: "Arabic",
  sv: "Swedish",
  it: "Italian",
  id: "Indonesian",
  hi: "Hindi",
  fi: "Finnish",
  vi: "Vietnamese",
  he: "Hebrew",
  uk: "Ukrainian",
  el: "Greek",
  ms: "Malay",
  cs: "Czech",
  ro: "Romanian",
  da: "Danish",
  hu: "Hungarian",
  ta: "Tamil",
  no: "Norwegian",
  th: "Thai",
  ur: "Urdu",
  hr: "Croatian",
  bg: "Bulgarian",
  lt: "Lithuanian",
  la: "Latin",
  mi: "Maori",
  ml: "Malayalam",
  cy: "Welsh",
  sk: "Slovak",
  te: "Telugu",
  fa: "Persian",
  lv: "Latvian",
  bn: "Bengali",
  sr: "Serbian",
  az: "Azerbaijani",
  sl: "Slovenian",
  kn: "Kannada",
  et: "Estonian",
  mk: "Macedonian",
  br: "Breton",
  eu: "Basque",
  is: "Icelandic",
  hy: "Armenian",
  ne: "Nepali",
  mn: "Mongolian",
  bs: "Bosnian",
  kk: "Kazakh",
  sq: "Albanian",
  sw: "Swahili",
  gl: "Galician",
  mr: "Marathi",
  pa: "Punjabi",
  si: "Sinhala",
  km: "Khmer",
  sn: "Shona",
  yo: "Yoruba",
  so: "Somali",
  af: "Afrikaans",
  oc: "Occitan",
  ka: "Georgian",
  be: "Belarusian",
  tg: "Tajik",
  sd: "Sindhi",
  gu: "Gujarati",
  am: "Amharic",
  yi: "Yiddish",
  lo: "Lao",
  uz: "Uzbek",
  fo: "Faroese",
  ht: "Haitian Creole",
  ps: "Pashto",
  tk: "Turkmen",
  nn: "Nynorsk",
  mt: "Maltese",
  sa: "Sanskrit",
  lb: "Luxembourgish",
  my: "Myanmar",
  bo: "Tibetan",
  tl: "Tagalog",
  mg: "Malagasy",
  as: "Assamese",
  tt: "Tatar",
  haw: "Hawaiian",
  ln: "Lingala",
  ha: "Hausa",
  ba: "Bashkir",
  jw: "Javanese",
  su: "Sundanese",
  yue: "Cantonese",
};

/** Other English names, by the code that they stand for. */
const ALIASES: Readonly<Record<string, string>> = {
  Burmese: "my",
  Castilian: "es",
  Flemish: "nl",
  Haitian: "ht",
  Letzeburgesch: "lb",
  Mandarin: "zh",
  Moldavian: "ro",
  Moldovan: "ro",
  Panjabi: "pa",
  Pushto: "ps",
  Sinhalese: "si",
  Valencian: "ca",
};

const CODE_BY_NAME = new Map([
  ...Object.entries(LANGUAGES).map(([code, name]): [string, string] => [name.toLowerCase(), code]),
  ...Object.entries(ALIASES).map(([name, code]): [string, string] => [name.toLowerCase(), code]),
]);

/**
 * Finds the language that a user means.
 *
 * @param input - code, English name or alias, in any case.
 * @param available - codes that the model knows.
 * @returns one of `available`.
 * @throws {InvalidOptionError} `input` is no language, or none that the model knows.
 */
export function resolveLanguage(input: string, available: readonly string[]): string {
  const wanted = input.trim().toLowerCase();
  const code = CODE_BY_NAME.get(wanted) ?? wanted;
  if (available.includes(code)) return code;
  const name = Object.hasOwn(LANGUAGES, code) ? LANGUAGES[code] : undefined;
  if (name === undefined) {
    throw new InvalidOptionError(`Expected a language but received ${quoted(input)}.`, { hint: hint(wanted) });
  }
  throw new InvalidOptionError(`Expected a language that the model knows but received ${code} (${name}).`, {
    hint: available.length > 1 ? "Use a newer model, such as large-v3 or turbo." : "Use a multilingual model.",
  });
}

function hint(wanted: string): string {
  const name = nearest(wanted, [...Object.values(LANGUAGES), ...Object.keys(ALIASES)]);
  if (name === undefined) return "Use a code such as de or an English name such as German.";
  return `Did you mean ${name} (${CODE_BY_NAME.get(name.toLowerCase())})?`;
}
