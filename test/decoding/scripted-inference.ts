/** An `Inference` that plays a script instead of running a model, and remembers what it was asked. */
import type { Inference } from "../../src/decoding/inference.js";

export interface Call {
  readonly tokens: readonly (readonly number[])[];
  readonly positions: readonly number[];
}

/** Logits of one position: everything impossible but the tokens given. */
export function logitsOf(
  nVocab: number,
  values: Readonly<Record<number, number>>,
  others = Number.NEGATIVE_INFINITY,
): Float32Array {
  const logits = new Float32Array(nVocab).fill(others);
  for (const [token, value] of Object.entries(values)) logits[Number(token)] = value;
  return logits;
}

export class ScriptedInference implements Inference {
  readonly calls: Call[] = [];
  readonly rearranged: number[][] = [];

  /** @param script - logits behind the new token at `position` of call `step`. */
  constructor(private readonly script: (step: number, position: number, sequence: number) => Float32Array) {}

  async logits(tokens: readonly (readonly number[])[], positions: readonly number[]): Promise<Float32Array[][]> {
    const step = this.calls.length;
    this.calls.push({ tokens: structuredClone(tokens), positions: [...positions] });
    return tokens.map((_, sequence) => positions.map((position) => this.script(step, position, sequence)));
  }

  rearrange(sources: readonly number[]): void {
    this.rearranged.push([...sources]);
  }

  /** Tokens fed so far, of one sequence. */
  get fed(): number {
    return this.calls.reduce((sum, { tokens }) => sum + tokens[0]!.length, 0);
  }
}
