import { mkdirSync, writeFileSync } from "node:fs";
import { basename, isAbsolute, join, relative } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { ModelError } from "../../src/errors.js";
import { namedModels, resolveModel } from "../../src/model/resolve-model.js";
import { temporaryFolder } from "../checkpoint/temporary-folder.js";

const root = temporaryFolder();

function modelFolder(name: string, files: readonly string[]): string {
  const folder = join(root, name);
  mkdirSync(folder);
  for (const file of files) writeFileSync(join(folder, file), "");
  return folder;
}

function failure(nameOrPath: string): ModelError {
  try {
    resolveModel(nameOrPath);
  } catch (error) {
    if (error instanceof ModelError) return error;
  }
  return expect.fail("expected a ModelError");
}

describe("resolveModel", () => {
  it("finds the model in the box by its name, and without one", () => {
    const folder = resolveModel("base");
    expect(isAbsolute(folder)).toBe(true);
    expect(basename(folder)).toBe("whisper-base");
    expect(resolveModel()).toBe(folder);
  });

  it("finds a model in the cache by the name of its folder, and suggests a name that is near", () => {
    vi.stubEnv("SOTTO_CACHE", join(root, "cache"));
    mkdirSync(join(root, "cache/models"), { recursive: true });
    const folder = modelFolder("cache/models/small-de", ["config.json", "tokenizer.json", "model.safetensors"]);
    expect(resolveModel("small-de")).toBe(folder);
    expect(namedModels().map(({ name, place }) => [name, place])).toEqual([
      ["base", "box"],
      ["small-de", "cache"],
    ]);
    expect(failure("small-ed").hint).toBe("Did you mean small-de?");
    expect(failure("../small-de").code).toBe("ERR_MODEL_MISSING");
    vi.unstubAllEnvs();
  });

  it("makes a path absolute", () => {
    const folder = modelFolder("whole", ["config.json", "tokenizer.json", "model.safetensors"]);
    expect(resolveModel(relative(process.cwd(), folder))).toBe(folder);
  });

  it("takes a folder with shards", () => {
    const folder = modelFolder("shards", ["config.json", "tokenizer.json", "model.safetensors.index.json"]);
    expect(resolveModel(folder)).toBe(folder);
  });

  it.each(["no-such-model", "toString"])("tells the names it knows and where it looked for %s", (name) => {
    const error = failure(name);
    expect(error.code).toBe("ERR_MODEL_MISSING");
    expect(error.message).toContain("base");
    expect(error.hint).toContain(join(process.cwd(), name));
  });

  it.each(["config.json", "tokenizer.json", "model.safetensors"])("says that %s is missing", (missing) => {
    const files = ["config.json", "tokenizer.json", "model.safetensors"].filter((file) => file !== missing);
    const error = failure(modelFolder(`without-${missing}`, files));
    expect(error.code).toBe("ERR_MODEL_BROKEN");
    expect(error.message).toContain(missing);
  });

  it("names the command that converts a CTranslate2 folder", () => {
    const folder = modelFolder("ctranslate2", ["config.json", "tokenizer.json", "model.bin"]);
    expect(failure(folder)).toMatchObject({ path: folder, hint: expect.stringContaining("sotto models convert") });
  });
});
