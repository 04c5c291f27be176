/** Memory back at once: V8 frees an array's memory when it next looks for garbage, and tens of megabytes do not hurry it. */
import { MessageChannel } from "node:worker_threads";

const { port1: nobody, port2 } = new MessageChannel();
port2.close();
nobody.unref();

/** Frees what the arrays lie in: what is handed to somebody who is gone is gone. They are empty from then on. */
export function freeBuffers(arrays: Iterable<ArrayBufferView>): void {
  nobody.postMessage(null, [...new Set(Array.from(arrays, ({ buffer }) => buffer as ArrayBuffer))]);
}
