import { beforeAll, describe, expect, it } from "vitest";
import { suppressedTokenIds } from "../../src/decoding/suppressed-tokens.js";
import { resolveModel } from "../../src/model/resolve-model.js";
import { DEFAULT_OPTIONS, type ResolvedOptions } from "../../src/options.js";
import { loadTokenizer } from "../../src/tokenizer/load-tokenizer.js";
import type { Tokenizer } from "../../src/tokenizer/tokenizer.js";

let tokenizer: Tokenizer;

beforeAll(async () => {
  tokenizer = await loadTokenizer(resolveModel("base"), 51_865);
});

const suppressed = (options: Partial<ResolvedOptions>) =>
  suppressedTokenIds({ ...DEFAULT_OPTIONS, suppressTokens: [], ...options }, tokenizer);
const texts = (ids: readonly number[]) => ids.map((id) => tokenizer.decode([id]));

describe("suppressedTokenIds", () => {
  it("are those asked for, and none where none is", () => {
    expect(suppressed({})).toEqual([]);
    expect(suppressed({ suppressTokens: [-1, 13] })).toEqual(tokenizer.suppressedTokens([-1, 13]));
  });

  it("are the tokens whose whole text the expression matches, leading space included", () => {
    expect(texts(suppressed({ suppressRegex: "And|a?s" })).sort()).toEqual(["And", "as", "s"]);
    expect(texts(suppressed({ suppressRegex: " ?(?:and|so)" })).sort()).toEqual([" and", " so", "and", "so"]);
    expect(texts(suppressed({ suppressRegex: "\\n+" })).every((text) => /^\n+$/.test(text))).toBe(true);
    expect(suppressed({ suppressRegex: "nosuchtoken" })).toEqual([]);
  });

  it("read the expression as Unicode", () => {
    const letters = texts(suppressed({ suppressRegex: "\\p{Script=Greek}+" }));
    expect(letters).toContain("α");
    expect(letters.every((text) => /^\p{Script=Greek}+$/u.test(text))).toBe(true);
  });

  it("are text alone: an expression that matches anything forbids neither timestamps nor the end", () => {
    const ids = suppressed({ suppressRegex: "[^]*" });
    expect(ids).toEqual(Array.from({ length: tokenizer.eot }, (_, id) => id));
  });

  it("are the tokens with a digit or a sign of currency or percent in them, wherever it is", () => {
    const ids = new Set(suppressed({ suppressNumerals: true }));
    for (const text of ["7", " 19", "2nd", "%", " $", "£", "000"]) {
      const [id, ...more] = tokenizer.encode(text);
      if (more.length === 0) expect(ids.has(id!), text).toBe(true);
    }
    for (const text of [" seven", " percent", "€", " th", "."]) expect(ids.has(tokenizer.encode(text)[0]!)).toBe(false);
    const numerals = texts(Array.from({ length: tokenizer.eot }, (_, id) => id)).filter((text) => /[\d%$£]/.test(text));
    expect(texts([...ids])).toEqual(numerals);
    expect(numerals.length).toBeGreaterThan(300);
  });

  it("are all of these together, ascending", () => {
    const ids = suppressed({ suppressTokens: [13, 7], suppressRegex: " And", suppressNumerals: true });
    expect(ids).toEqual([...ids].sort((a, b) => a - b));
    expect(new Set(ids)).toEqual(
      new Set([...tokenizer.suppressedTokens([7, 13]), 400, ...suppressed({ suppressNumerals: true })]),
    );
  });
});
