/** What src/ keeps to: layers that import downward only, no cycles, packages behind one file each, and its house rules. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const SRC = fileURLToPath(new URL("../src/", import.meta.url));

/** Folders and files of src/, lowest first; each may import from the layers above it in this list, and from itself. */
const LAYERS = [
  ["errors", "types"],
  ["util", "options", "tensor", "deflate", "onnx"],
  ["resolve-options", "model", "tokenizer", "subtitles", "audio"],
  ["checkpoint", "mel", "writers"],
  ["graph", "decoding", "alignment"],
  ["vad"],
  ["runtime", "transcribe"],
  ["engine"],
  ["whisper"],
  ["index", "batch"],
  ["cli"],
] as const;

/** Who alone may import a package. */
const FENCES: Readonly<Record<string, RegExp>> = {
  "onnxruntime-node": /^runtime\/onnxruntime\.ts$/,
  "fluent-ffmpeg": /^audio\/ffmpeg\.ts$/,
  wavefile: /^audio\/wav[^/]*\.ts$/,
  "mpg123-decoder": /^audio\/wasm-decoders\.ts$/,
  "ogg-opus-decoder": /^audio\/wasm-decoders\.ts$/,
  "@wasm-audio-decoders/flac": /^audio\/wasm-decoders\.ts$/,
  "@wasm-audio-decoders/ogg-vorbis": /^audio\/wasm-decoders\.ts$/,
  "@bufbuild/protobuf": /^onnx\//,
  commander: /^cli\//,
  ora: /^cli\/live-display\.ts$/,
  "string-width": /^cli\/columns\.ts$/,
};
/** Who may import its types. */
const TYPE_FENCES: Readonly<Record<string, RegExp>> = { "onnxruntime-node": /^runtime\// };

const MAX_LINES = 300;
/** The only ones that print or end the process: the command line, and the engine's own process. */
const TALKERS = /^(cli\/|engine\/engine-host\.ts$)/;
const TALK = /\bconsole\.\w+\(|\bprocess\.(exit|abort|exitCode|stdout|stderr)\b/;
const VAGUE_FILE = /(^|\/)(utils|helpers?|common|misc)(\/|\.ts$)/;
const VAGUE_CLASS = /\bclass \w*(Manager|Helper|Util|Utils|Handler)\b/;

interface Import {
  /** A file of src/, or a package's specifier. */
  readonly target: string;
  readonly isType: boolean;
}

const files = readdirSync(SRC, { recursive: true, encoding: "utf8" })
  .map((file) => file.replaceAll("\\", "/"))
  .filter((file) => file.endsWith(".ts"))
  .sort();
const source = new Map(files.map((file) => [file, readFileSync(join(SRC, file), "utf8")]));
/** Without comments. */
const code = (file: string) =>
  source
    .get(file)!
    .replace(/\/\*[\s\S]*?\*\//g, "")
    .replace(/(^|\s)\/\/.*$/gm, "");

const IMPORT = /^(?:import|export)\b([^;"]*?\bfrom)?\s*"([^"]+)"|(\btypeof\s+)?\bimport\("([^"]+)"\)/gm;

function importsOf(file: string): Import[] {
  return [...code(file).matchAll(IMPORT)].map(([, clause = "", named, typeOf, dynamic]) => {
    const specifier = (named ?? dynamic)!;
    const isType = typeOf !== undefined || /^\s+type\b/.test(clause);
    if (!specifier.startsWith(".")) return { target: specifier, isType };
    return { target: posix.join(dirname(file), specifier).replace(/\.js$/, ".ts"), isType };
  });
}

const imports = new Map(files.map((file) => [file, importsOf(file)]));
const local = (file: string) => imports.get(file)!.filter(({ target }) => target.endsWith(".ts"));
const layerOf = (file: string) =>
  LAYERS.findIndex((layer) => layer.some((name) => name === file.split("/")[0]!.replace(".ts", "")));
const folderOf = (file: string) => file.split("/")[0];

/** The first cycle of imports that a walk from `file` meets. */
function findCycle(
  file: string,
  path: readonly string[] = [],
  done = new Set<string>(),
): readonly string[] | undefined {
  if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
  if (done.has(file)) return undefined;
  for (const { target } of local(file)) {
    const cycle = findCycle(target, [...path, file], done);
    if (cycle !== undefined) return cycle;
  }
  done.add(file);
  return undefined;
}

describe("src/", () => {
  it("is read whole, with all its imports", () => {
    expect(files.length).toBeGreaterThan(80);
    for (const file of files) {
      const count = code(file).match(/\bfrom "|^import "|\bimport\("/gm)?.length ?? 0;
      expect(imports.get(file), file).toHaveLength(count);
      for (const { target } of local(file)) expect(files, `${file} imports ${target}`).toContain(target);
    }
  });

  it("has a layer for every folder and file at its top", () => {
    expect(files.filter((file) => layerOf(file) < 0)).toEqual([]);
  });

  it("imports from lower layers only, types included", () => {
    const upward = files.flatMap((file) =>
      local(file)
        .filter(({ target }) => folderOf(target) !== folderOf(file) && layerOf(target) >= layerOf(file))
        .map(({ target }) => `${file} imports ${target}`),
    );
    expect(upward).toEqual([]);
  });

  it("has no cycle of imports", () => {
    expect(files.flatMap((file) => findCycle(file) ?? [])).toEqual([]);
  });

  it("keeps each of the packages behind the files that are meant to know it", () => {
    const packageOf = (target: string) =>
      Object.keys(FENCES).find((name) => target === name || target.startsWith(`${name}/`));
    const strays = files.flatMap((file) =>
      imports.get(file)!.flatMap(({ target, isType }) => {
        const name = packageOf(target);
        if (name === undefined) return [];
        const fence = (isType && TYPE_FENCES[name]) || FENCES[name]!;
        return fence.test(file) ? [] : [`${file} imports ${target}`];
      }),
    );
    expect(strays).toEqual([]);
  });

  it("prints and exits only where people are talked to", () => {
    expect(files.filter((file) => !TALKERS.test(file) && TALK.test(code(file)))).toEqual([]);
  });

  it("keeps files short, says at the top what each is for, and names nothing vaguely", () => {
    expect(files.filter((file) => source.get(file)!.split("\n").length > MAX_LINES)).toEqual([]);
    expect(files.filter((file) => !/^(#!.*\n)?\/\*\*/.test(source.get(file)!))).toEqual([]);
    expect(files.filter((file) => VAGUE_FILE.test(file) || VAGUE_CLASS.test(code(file)))).toEqual([]);
  });
});
