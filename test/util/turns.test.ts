import { describe, expect, it } from "vitest";
import { type Turn, Turns } from "../../src/util/turns.js";

const settled = () => new Promise((resolve) => setImmediate(resolve));
const { signal } = new AbortController();

/** Turns that note when they begin. */
function noted(turns: Turns) {
  const begun: string[] = [];
  const begin = async (name: string, stop?: AbortSignal): Promise<Turn> => {
    const turn = await turns.begin(stop);
    begun.push(name);
    return turn;
  };
  return { begun, begin };
}

describe("Turns", () => {
  it("begin one after the other, when the one before has passed on or ended", async () => {
    const { begun, begin } = noted(new Turns(5));
    const [a, b] = await Promise.all([begin("a"), begin("b"), begin("c")].slice(0, 1));
    expect(b).toBeUndefined();
    await settled();
    expect(begun).toEqual(["a"]);
    a!.passOn();
    await settled();
    expect(begun).toEqual(["a", "b"]);
    a!.passOn(); // once more changes nothing
    await settled();
    expect(begun).toEqual(["a", "b"]);
  });

  it("are no more at a time than allowed", async () => {
    const { begun, begin } = noted(new Turns(2));
    const all = ["a", "b", "c"].map((name) => begin(name));
    (await all[0]!).passOn();
    (await all[1]!).passOn();
    await settled();
    expect(begun).toEqual(["a", "b"]);
    (await all[0]!)[Symbol.dispose]();
    await all[2];
    expect(begun).toEqual(["a", "b", "c"]);
  });

  it("are not waited for any more once aborted, and others wait on", async () => {
    const { begin } = noted(new Turns(2));
    const first = await begin("a");
    const stop = new AbortController();
    const second = begin("b", stop.signal);
    const third = begin("c");
    const reason = new Error("enough");
    stop.abort(reason);
    await expect(second).rejects.toBe(reason);
    first[Symbol.dispose]();
    await third;
    await expect(noted(new Turns(1)).begin("d", stop.signal)).rejects.toBe(reason);
  });

  it("can each be alone, in the order in which they began, and nothing else begins meanwhile", async () => {
    const { begun, begin } = noted(new Turns(4));
    const [a, b, c] = [await begin("a"), begin("b"), begin("c")];
    a.passOn();
    (await b).passOn();
    (await c).passOn();
    const next = begin("d");
    const fourth = await next;
    const alone: string[] = [];
    const wait = async (name: string, turn: Turn) => {
      await turn.alone(signal);
      alone.push(name);
      turn.passOn(); // it has the engine for itself
    };
    const all = [wait("b", await b), wait("a", a)];
    await settled();
    expect(alone).toEqual([]); // c and d are at work
    (await c)[Symbol.dispose]();
    fourth[Symbol.dispose]();
    await settled();
    expect(alone).toEqual(["a"]);
    const last = begin("e");
    a[Symbol.dispose]();
    await Promise.all(all);
    await settled();
    expect([alone, begun]).toEqual([
      ["a", "b"],
      ["a", "b", "c", "d"],
    ]);
    (await b)[Symbol.dispose]();
    await last;
  });

  it("leave the line where one that waits to be alone is stopped", async () => {
    const { begin } = noted(new Turns(2));
    const first = await begin("a");
    first.passOn();
    const second = await begin("b");
    const stop = new AbortController();
    const waiting = second.alone(stop.signal);
    stop.abort(new Error("enough"));
    await expect(waiting).rejects.toThrow("enough");
    second[Symbol.dispose]();
    await begin("c");
  });
});
