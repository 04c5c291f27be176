/** `sotto models …`: what a model is, and making one from another format. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { convertModel } from "../../checkpoint/convert.js";
import { openModel } from "../../checkpoint/open-model.js";
import { ModelError } from "../../errors.js";
import { modelsFolder, type NamedModel, namedModels, resolveModel } from "../../model/resolve-model.js";
import { totalSize } from "../../util/total-size.js";
import type { JsonDocument } from "../event-schema.js";
import { EXIT } from "../exit-codes.js";
import { formatBytes } from "../format.js";
import { printable, printableJson } from "../printable.js";
import { readChoice } from "../read-values.js";
import type { CommandBody } from "../run-command.js";
import { writeStdout } from "../stdout.js";

export const listModels: CommandBody = async (_operands, { typed }) => {
  const models = await Promise.all(namedModels().map(describe));
  const document: JsonDocument = { type: "models", version: 1, cache: modelsFolder(), models };
  await writeStdout(typed.json === true ? `${printableJson(document)}\n` : models.map(lineOf).join(""));
  return EXIT.ok;
};

/** What the list tells of a model; a `problem` keeps it from being used. */
interface ListedModel extends Omit<NamedModel, "folder"> {
  readonly folder: string | null;
  /** Of all its files. */
  readonly bytes: number | null;
  readonly problem: string | null;
}

async function describe({ folder, ...model }: NamedModel): Promise<ListedModel> {
  if (folder === undefined) return { ...model, folder: null, bytes: null, problem: `npm install ${model.package}` };
  try {
    resolveModel(model.name);
    const files = await readdir(folder);
    const bytes = await totalSize(files.map((file) => join(folder, file)));
    return { ...model, folder, bytes, problem: null };
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    return { ...model, folder, bytes: null, problem: error.message };
  }
}

function lineOf({ name, place, folder, bytes, problem }: ListedModel): string {
  const where = folder === null ? "not installed" : place === "box" ? "in the box" : "in the cache";
  const columns = [name.padEnd(12), where.padEnd(14), (bytes === null ? "" : formatBytes(bytes)).padEnd(8)];
  return `${printable(columns.join("") + (problem ?? folder))}\n`;
}

export const showModel: CommandBody = async ([model]) => {
  const folder = resolveModel(model);
  const { config, checkpoint } = await openModel(folder);
  const { nAudioState, nAudioLayer, nTextLayer, nMels, nVocab } = config.dimensions;
  const files = new Set([...checkpoint.tensors.values()].map((tensor) => tensor.file));
  const types = new Set([...checkpoint.tensors.values()].map((tensor) => tensor.dtype));
  const languages = Object.keys(config.langToId ?? {}).length;
  const rows: readonly (readonly [name: string, value: string])[] = [
    ["folder", folder],
    ["weights", `${formatBytes(await totalSize(files))}, ${[...types].sort().join(" ")}`],
    ["languages", languages === 0 ? "English only" : String(languages)],
    ["layers", `${nAudioLayer} encoder, ${nTextLayer} decoder, ${nAudioState} wide`],
    ["mel bands", String(nMels)],
    ["vocabulary", String(nVocab)],
  ];
  await writeStdout(rows.map(([name, value]) => `${`${name}:`.padEnd(12)}${printable(value)}\n`).join(""));
  return EXIT.ok;
};

export const convert: CommandBody = async ([source = ""], { typed, reporter, signal }) => {
  const target = String(typed.outputDir);
  const precision = readChoice(String(typed.precision ?? "int8"), "--precision", ["int8", "float16", "float32"]);
  const tell = (fraction: number) => reporter.busy(`converting ${source}  ${Math.floor(100 * fraction)} %`);
  tell(0);
  await convertModel(source, target, precision, tell, signal);
  reporter.stop();
  reporter.note(`wrote ${target}`);
  return EXIT.ok;
};
