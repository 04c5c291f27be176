/** An `Inference` that plays a script instead of running a model, remembers what it was asked, and checks that it adds up. */
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

/**
 * @param step - calls before this one.
 * @param position - of the new token behind which the logits are wanted.
 * @param history - all tokens fed to the sequence.
 */
export type Script = (step: number, position: number, history: readonly number[]) => Float32Array;

export class ScriptedInference implements Inference {
  isClosed = false;
  readonly calls: Call[] = [];
  readonly rearranged: number[][] = [];
  /** All tokens fed so far, per sequence. */
  sequences: number[][] = [[]];

  constructor(private readonly script: Script) {}

  async logits(tokens: readonly (readonly number[])[], positions: readonly number[]): Promise<Float32Array[][]> {
    if (tokens.length !== this.sequences.length) {
      throw new Error(`Expected tokens for ${this.sequences.length} sequences but received ${tokens.length}.`);
    }
    const step = this.calls.length;
    this.calls.push({ tokens: structuredClone(tokens), positions: [...positions] });
    this.sequences = this.sequences.map((sequence, i) => [...sequence, ...tokens[i]!]);
    return this.sequences.map((history) => positions.map((position) => this.script(step, position, history)));
  }

  [Symbol.dispose](): void {
    this.isClosed = true;
  }

  rearrange(sources: readonly number[]): void {
    this.rearranged.push([...sources]);
    this.sequences = sources.map((source) => {
      const sequence = this.sequences[source];
      if (sequence === undefined) throw new Error(`There is no sequence ${source} to continue.`);
      return sequence;
    });
  }

  /** Tokens fed so far, of one sequence. */
  get fed(): number {
    return this.calls.reduce((sum, { tokens }) => sum + tokens[0]!.length, 0);
  }
}
