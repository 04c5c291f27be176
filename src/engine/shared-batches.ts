/** The batches that the transcriptions of an engine share: one for each size that is asked for, kept while it is used. */
import type { DecoderBatch } from "../runtime/decoder-batch.js";

/** A batch in use. */
interface InUse {
  readonly batch: DecoderBatch;
  users: number;
}

export class SharedBatches {
  readonly #inUse = new Map<number, InUse>();

  /** @param make - a batch of so many windows. */
  constructor(private readonly make: (size: number) => DecoderBatch) {}

  /** The batch of so many windows; what it is given in is to be disposed of when it is used no more. */
  borrow(size: number): { readonly batch: DecoderBatch } & Disposable {
    const shared = this.#inUse.get(size) ?? { batch: this.make(size), users: 0 };
    this.#inUse.set(size, shared);
    shared.users++;
    const giveBack = () => {
      if (--shared.users === 0) this.#inUse.delete(size);
    };
    return { batch: shared.batch, [Symbol.dispose]: giveBack };
  }
}
