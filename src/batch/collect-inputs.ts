/**
 * What the user typed → the inputs, one for each file: folders, globs and lists are expanded, in natural order.
 * Whether an input is audio at all is decided when it is opened; what cannot be expanded is kept with its error, so that it
 * is reported like any other bad input and the rest goes on.
 */
import { open, readFile, realpath, stat } from "node:fs/promises";
import { extname, join, resolve, sep } from "node:path";
import { isAddress } from "../audio/ffmpeg-input.js";
import { AudioError, type SottoError } from "../errors.js";

/** Names stdin as an input. */
export const STDIN = "-";

export interface Input {
  /** A path, a URL, or `-`, as it can be opened from the working directory. */
  readonly input: string;
  /** The folder that stands for it, as typed; undefined for what was named itself. */
  readonly folder?: string;
  /** Why it cannot be opened, where that is known already. */
  readonly error?: SottoError;
}

/** What to expand. */
export interface InputSources {
  /** Operands of the command line. */
  readonly typed: readonly string[];
  /** A folder means the files of its subfolders too. */
  readonly recursive: boolean;
  /** Names that were listed elsewhere: each is a file, a folder or an address, and no pattern. */
  readonly listed?: readonly string[] | undefined;
}

export interface Inputs {
  readonly inputs: readonly Input[];
  /** True when one plain input was typed: no folder, glob or list, and nothing beside it. */
  readonly single: boolean;
}

/** Extensions that a folder's media files have; files named one by one need none of them. */
const MEDIA = new Set(
  (
    "3g2 3gp aac ac3 aif aifc aiff amr ape asf au avi caf dts dv eac3 f4v flac flv gsm m2ts m4a m4b m4r m4v mka mkv mov " +
    "mp2 mp3 mp4 mpc mpeg mpg mts mxf oga ogg ogm ogv opus ra rm rmvb snd spx tta vob w64 wav weba webm wma wmv wv"
  ).split(" "),
);

/** Made when first needed, for it takes as long as loading a tenth of Sotto. */
let natural: Intl.Collator | undefined;

/** Expands the inputs as typed, then those listed; a file that is named twice stays once, at its first place. */
export async function collectInputs({ typed, recursive, listed }: InputSources): Promise<Inputs> {
  const found: Input[] = [];
  for (const each of typed) found.push(...(await expand(each, recursive)));
  for (const each of listed ?? []) found.push(...(await expandName(each, recursive)));
  const inputs = await withoutRepeats(found);
  const single = listed === undefined && typed.length === 1 && found.length === 1 && found[0]?.input === typed[0];
  return { inputs, single };
}

/** A name that is taken literally: in a list `-` is a file. */
async function expandName(name: string, recursive: boolean): Promise<Input[]> {
  const kind = await stat(name).catch(() => undefined);
  if (kind?.isDirectory()) return expandFolder(name, recursive);
  return [{ input: name === STDIN ? `.${sep}${STDIN}` : name }];
}

/** @param lists - those that it stands in, the outermost first. */
async function expand(typed: string, recursive: boolean, lists: readonly string[] = []): Promise<Input[]> {
  if (typed === STDIN || isAddress(typed)) return [{ input: typed }];
  const kind = await stat(typed).catch(() => undefined);
  if (kind?.isDirectory()) return expandFolder(typed, recursive);
  if (kind !== undefined) return [{ input: typed }];
  if (typed.startsWith("@")) return expandList(typed, recursive, lists);
  if (/[*?[{]/.test(typed)) return expandGlob(typed);
  return [{ input: typed }];
}

async function expandFolder(folder: string, recursive: boolean): Promise<Input[]> {
  const { glob } = await import("tinyglobby");
  const names = await glob(recursive ? "**/*" : "*", {
    cwd: folder,
    expandDirectories: false,
    followSymbolicLinks: false,
  });
  const media: Input[] = [];
  for (const name of names.sort(compareNaturally)) {
    const path = join(folder, name);
    if (await isMedia(path)) media.push({ input: path, folder });
  }
  if (media.length > 0) return media;
  const hint = recursive
    ? "Name the files themselves."
    : "-r looks into its subfolders too; or name the files themselves.";
  return [notFound(folder, `Expected media files in ${folder} but found none.`, hint)];
}

async function isMedia(path: string): Promise<boolean> {
  const extension = extname(path).slice(1).toLowerCase();
  return MEDIA.has(extension) || (extension === "ts" && (await isTransportStream(path)));
}

/** `.ts` is an MPEG transport stream, whose packets begin with 0x47, or TypeScript. */
async function isTransportStream(path: string): Promise<boolean> {
  const file = await open(path).catch(() => undefined);
  if (file === undefined) return false;
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(1), 0, 1, 0);
    return bytesRead === 1 && buffer[0] === 0x47;
  } finally {
    await file.close();
  }
}

async function expandGlob(pattern: string): Promise<Input[]> {
  const { glob } = await import("tinyglobby");
  const paths = await glob(process.platform === "win32" ? pattern.replaceAll("\\", "/") : pattern, {
    expandDirectories: false,
  });
  if (paths.length === 0) return [notFound(pattern, `Expected files that match ${pattern} but found none.`)];
  return paths.sort(compareNaturally).map((input) => ({ input }));
}

/** A list file holds one input a line, relative to the working directory; blank lines and lines that begin with # are skipped. */
async function expandList(typed: string, recursive: boolean, lists: readonly string[]): Promise<Input[]> {
  const path = typed.slice(1);
  const itself = resolve(path);
  if (lists.includes(itself)) return [notFound(typed, `Expected a list of inputs in ${path} but it names itself.`)];
  const text = await readFile(path, "utf8").catch(() => undefined);
  if (text === undefined) return [notFound(typed, `Expected a list of inputs in ${path} but could not read it.`)];
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== "" && !line.startsWith("#"));
  const found: Input[] = [];
  for (const line of lines) found.push(...(await expand(line, recursive, [...lists, itself])));
  return found;
}

function notFound(input: string, message: string, hint?: string): Input {
  return {
    input,
    error: new AudioError("ERR_AUDIO_NOT_FOUND", message, { path: input, ...(hint !== undefined && { hint }) }),
  };
}

/** Part by part, so that a folder's own files stay together. */
function compareNaturally(a: string, b: string): number {
  natural ??= new Intl.Collator("en", { numeric: true });
  return natural.compare(a.replaceAll("/", "\0"), b.replaceAll("/", "\0")) || (a < b ? -1 : 1);
}

async function withoutRepeats(inputs: readonly Input[]): Promise<Input[]> {
  const first = new Map<string, Input>();
  for (const each of inputs) {
    const key = await realpath(each.input).catch(() => each.input);
    if (!first.has(key)) first.set(key, each);
  }
  return [...first.values()];
}
