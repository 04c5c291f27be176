/**
 * Arrays that stay for long, in pages of the system by themselves. Among what comes and goes on the heap they would part the room
 * that gets free there, until nothing large fits and the heap has to grow: a fifth of it in eight minutes of speech.
 */

/** A kind of typed array. */
export interface ArrayType<Data> {
  new (buffer: ArrayBuffer): Data;
  readonly BYTES_PER_ELEMENT: number;
}

/** One that might be resized is mapped, not taken from the heap. TypeScript knows it where it knows what Node 20 has not. */
const Mapped = ArrayBuffer as new (byteLength: number, options: { readonly maxByteLength: number }) => ArrayBuffer;

/** So many zeros; the system gives memory where something is written. */
export function lasting<Data>(Type: ArrayType<Data>, length: number): Data {
  const byteLength = length * Type.BYTES_PER_ELEMENT;
  return new Type(new Mapped(byteLength, { maxByteLength: byteLength }));
}
