import { describe, expect, it } from "vitest";
import { RankedLine } from "../../src/util/ranked-line.js";

/** Jobs that end when they are told to. */
function jobs(line: RankedLine) {
  const begun: string[] = [];
  const ends = new Map<string, (failure?: Error) => void>();
  const add = (rank: number, name: string) =>
    line.run(rank, () => {
      begun.push(name);
      return new Promise<string>((resolve, reject) => {
        ends.set(name, (failure) => (failure === undefined ? resolve(name) : reject(failure)));
      });
    });
  return { begun, add, end: (name: string, failure?: Error) => ends.get(name)!(failure) };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe("RankedLine", () => {
  it("does the jobs of the lowest rank first, and of one rank in their order", async () => {
    const { begun, add, end } = jobs(new RankedLine(1));
    const all = [add(2, "a"), add(2, "b"), add(1, "c"), add(2, "d"), add(1, "e")];
    for (const name of ["a", "c", "e", "b", "d"]) {
      await settled();
      expect(begun.at(-1)).toBe(name);
      end(name);
    }
    expect(await Promise.all(all)).toEqual(["a", "b", "c", "d", "e"]);
  });

  it("does as many at a time as there is room for, and goes on when one fails", async () => {
    const line = new RankedLine(2);
    const { begun, add, end } = jobs(line);
    const [first] = [add(0, "a"), add(0, "b"), add(0, "c")];
    await settled();
    expect(begun).toEqual(["a", "b"]);
    end("a", new Error("broken"));
    await expect(first).rejects.toThrow("broken");
    await settled();
    expect(begun).toEqual(["a", "b", "c"]);
  });

  it("knows the ranks of which something is to be done", async () => {
    const line = new RankedLine(1);
    const { add, end } = jobs(line);
    const all = [add(3, "a"), add(5, "b")];
    await settled();
    expect([3, 4, 5].map((rank) => line.has(rank))).toEqual([true, false, true]);
    end("a");
    await all[0];
    expect(line.has(3)).toBe(false);
    await settled();
    end("b");
    await all[1];
    expect(line.has(5)).toBe(false);
  });
});
