/** An `Inference` that plays a script instead of running a model, remembers what it was asked, and checks that it adds up. */
import type { Candidates, Inference } from "../../src/decoding/inference.js";
import { logSumExp, topK } from "../../src/tensor/softmax.js";

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

/** The reduced form of a row, as the decoder graph gives it. */
export function candidatesOf(row: Float32Array, count: number, suppressed: readonly number[], eot = EOT): Candidates {
  const text = row.slice(0, eot);
  for (const token of suppressed) if (token < eot) text[token] = Number.NEGATIVE_INFINITY;
  const tokens = [...topK(text, count)];
  // the graph always gives `count` of them
  for (let token = 0; tokens.length < Math.min(count, eot); token++) if (!tokens.includes(token)) tokens.push(token);
  return {
    tokens: Float32Array.from(tokens),
    logits: Float32Array.from(tokens, (token) => text[token]!),
    logSumExp: logSumExp(text),
    others: row.slice(eot),
  };
}

/** Of Whisper's multilingual vocabulary. */
const EOT = 50_257;

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

  constructor(
    private readonly script: Script,
    private readonly eot = EOT,
  ) {}

  async logits(tokens: readonly (readonly number[])[], positions: readonly number[]): Promise<Float32Array[][]> {
    return this.#feed(tokens, positions);
  }

  async candidates(
    tokens: readonly (readonly number[])[],
    positions: readonly number[],
    count: number,
    suppressed: readonly number[],
  ) {
    const rows = this.#feed(tokens, positions);
    return rows.map((row) => row.map((logits) => candidatesOf(logits, count, suppressed, this.eot)));
  }

  #feed(tokens: readonly (readonly number[])[], positions: readonly number[]): Float32Array[][] {
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
