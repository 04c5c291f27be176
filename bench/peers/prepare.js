/** Installs the peers and converts the weights for them, once: into a folder outside the tree. */
import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { CACHE, float32Model } from "../shared.js";
import { writeGgml } from "./ggml.js";
import { NODE, ONNX_EXPORT, PYTHON } from "./versions.js";

const FOLDER = join(CACHE, "peers");
const CTRANSLATE2_MODEL = join(CACHE, "whisper-base-ct2");
const EXPORT_SCRIPT = join(import.meta.dirname, "export_onnx.py");
/** The file that says which versions a folder is of; written last. */
const STAMP = "made-with.json";

const run = promisify(execFile);

/** @returns the interpreter that has the Python peers, and CTranslate2's model: float16, int8 when it is loaded. */
export async function prepareFasterWhisper() {
  return { python: await pythonPeers(), model: CTRANSLATE2_MODEL };
}

/** @returns the interpreter that has the Python peers, and whisper.cpp's model: q8_0. */
export async function prepareWhisperCpp() {
  const folder = await once(join(FOLDER, "whisper-base-ggml"), ["q8_0"], (target) =>
    writeGgml(CTRANSLATE2_MODEL, join(target, "model.bin")),
  );
  return { python: await pythonPeers(), model: join(folder, "model.bin") };
}

/** @returns the folder that has the package, and the model: 8 bits, exported by way of PyTorch. */
export async function prepareTransformersJs() {
  const packages = await once(join(FOLDER, "node"), NODE, async (target) => {
    await writeFile(join(target, "package.json"), '{ "private": true }\n');
    await run("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund", ...NODE], { cwd: target });
  });
  const model = await once(join(FOLDER, "whisper-base-onnx"), ONNX_EXPORT, exportOnnx);
  return { packages, model };
}

async function pythonPeers() {
  return interpreter(await once(join(FOLDER, "python"), PYTHON, (target) => makeEnvironment(target, PYTHON)));
}

async function exportOnnx(target) {
  const environment = `${target}-export`;
  try {
    await rm(environment, { recursive: true, force: true });
    await makeEnvironment(environment, ONNX_EXPORT);
    await run(interpreter(environment), [EXPORT_SCRIPT, await float32Model(), target]);
  } finally {
    await rm(environment, { recursive: true, force: true });
  }
}

async function makeEnvironment(folder, packages) {
  await run("python3", ["-m", "venv", folder]);
  await run(interpreter(folder), ["-m", "pip", "install", "--quiet", ...packages]);
}

function interpreter(environment) {
  return join(environment, "bin/python");
}

/** `folder`, filled by `make` unless it is there already, made with the same. Environments cannot be moved: no partial name. */
async function once(folder, madeWith, make) {
  const stamp = join(folder, STAMP);
  const text = `${JSON.stringify(madeWith)}\n`;
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === text) return folder;
  console.error(`Making ${folder} with ${madeWith.join(", ")}.`);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await make(folder);
  await writeFile(stamp, text);
  return folder;
}
