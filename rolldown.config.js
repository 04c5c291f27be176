/**
 * The programs of the command line, each in a few files: Node takes half a millisecond to load a module, and zod, protobuf and
 * our own sources are three hundred. `npm run build` makes the library's modules too, with tsc.
 */
import { defineConfig } from "rolldown";

/** Packages that are native, hold WebAssembly, or are loaded only where they are needed. */
const EXTERNAL =
  /^(onnxruntime-node|fluent-ffmpeg|wavefile|ora|mpg123-decoder|ogg-opus-decoder|ffmpeg-static|@wasm-audio-decoders\/.*)$/;

/** commander loads it for subcommands that are programs of their own, of which there are none: an eighth of the time of --help. */
const CHILD_PROCESS = "require('node:child_process')";

const withoutChildProcess = {
  name: "commander-without-child-process",
  transform: {
    filter: { id: /commander\/lib\/command\.js$/ },
    handler(code) {
      if (!code.includes(CHILD_PROCESS)) throw new Error(`Expected ${CHILD_PROCESS} in commander but found none.`);
      return code.replace(CHILD_PROCESS, "undefined");
    },
  },
};

const START = [
  // what starting the engine needs too, which comes first
  { name: "errors", test: /\/src\/(errors|util\/abort)\.ts$/, priority: 1 },
  // with everything that it imports: what is read before the command is known
  { name: "start", test: /\/src\/cli\/run-argv\.ts$/ },
];

const program = (name, input, groups) => ({
  input: { [name]: input },
  platform: "node",
  external: EXTERNAL,
  plugins: [withoutChildProcess],
  transform: { target: "node20.19" },
  output: {
    dir: "dist/run",
    entryFileNames: "[name].js",
    chunkFileNames: `${name}-[name].js`,
    comments: false,
    codeSplitting: groups === undefined ? true : { groups },
  },
});

export default defineConfig([
  program("sotto", "src/cli/main.ts", START),
  program("engine-host", "src/engine/engine-host.ts"),
  program("session-worker", "src/runtime/session-worker.ts"),
]);
