/**
 * The programs of the command line, each in a few files: Node takes half a millisecond to load a module, and zod, protobuf and
 * our own sources are three hundred. `npm run build` makes the library's modules too, with tsc.
 */
import { defineConfig } from "rolldown";

/** Packages that are native, hold WebAssembly, or are loaded only where they are needed. */
const EXTERNAL =
  /^(onnxruntime-node|fluent-ffmpeg|wavefile|ora|mpg123-decoder|ogg-opus-decoder|ffmpeg-static|@wasm-audio-decoders\/.*)$/;

const program = (name, input) => ({
  input: { [name]: input },
  platform: "node",
  external: EXTERNAL,
  transform: { target: "node20.19" },
  output: { dir: "dist/run", entryFileNames: "[name].js", chunkFileNames: `${name}-[name].js`, comments: false },
});

export default defineConfig([
  program("sotto", "src/cli/main.ts"),
  program("engine-host", "src/engine/engine-host.ts"),
  program("session-worker", "src/runtime/session-worker.ts"),
]);
