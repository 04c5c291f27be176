/** Feeds samples to the engine's process piece by piece, never more than a bounded number ahead of what the core has taken. */
import type { SampleStream } from "./engine.js";
import type { Request } from "./protocol.js";

/** Most samples in one message: 5 s, 320 kB; serializing more would be felt in the parent's event loop. */
const MAX_PIECE = 80_000;

/** Most samples on their way: 30 s, so that the next window is there when the core asks for it. */
const MAX_IN_FLIGHT = 480_000;

export class SamplePump {
  readonly #iterator: AsyncIterator<Float32Array>;
  readonly #send: (message: Request) => void;
  #inFlight = 0;
  #stopped = false;
  #wake: (() => void) | undefined;

  constructor(samples: SampleStream, send: (message: Request) => void) {
    this.#iterator = samples[Symbol.asyncIterator]();
    this.#send = send;
  }

  /** Sends everything, then the end. Rejects when the samples' source fails. */
  async run(): Promise<void> {
    while (!this.#stopped) {
      const next = await this.#iterator.next();
      if (next.done === true) break;
      for (let i = 0; i < next.value.length; i += MAX_PIECE)
        await this.#sendPiece(next.value.subarray(i, i + MAX_PIECE));
    }
    if (!this.#stopped) this.#send({ type: "end-of-samples" });
  }

  /** The core has taken `count` samples. */
  release(count: number): void {
    this.#inFlight -= count;
    this.#wake?.();
  }

  /** Sends nothing more and lets the source close. */
  stop(): void {
    this.#stopped = true;
    this.#wake?.();
    this.#iterator.return?.()?.catch(() => {}); // a source that fails while it closes has nothing more to say
  }

  async #sendPiece(samples: Float32Array): Promise<void> {
    while (!this.#stopped && this.#inFlight > 0 && this.#inFlight + samples.length > MAX_IN_FLIGHT) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    if (this.#stopped) return;
    this.#inFlight += samples.length;
    this.#send({ type: "samples", samples });
  }
}
