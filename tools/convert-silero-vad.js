/**
 * The published Silero VAD → models/silero-vad/model.safetensors: the same weights under our names, the same bytes each time.
 *   node tools/convert-silero-vad.js silero_vad_16k_sequence.onnx
 * The file is in the wheel of `silero-vad` 6.2.3 on PyPI, under silero_vad/data/ (a wheel is a zip). Needs `npm run build`.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { BinaryReader } from "@bufbuild/protobuf/wire";
import { writeSafetensors } from "../dist/checkpoint/write-safetensors.js";

const SHA256 = "9ccdacc4719d8aa7e45a77536bfabec45a03ba1f2fad5e241ab4060b24238a85";
const TARGET = fileURLToPath(new URL("../models/silero-vad/model.safetensors", import.meta.url));

/** Our names of the published graph's initializers. */
const NAMES = {
  "stft.forward_basis_buffer": "stft.weight",
  "onnx::LSTM_209": "lstm.weight_ih",
  "onnx::LSTM_210": "lstm.weight_hh",
  "onnx::LSTM_211": "lstm.bias",
};

/** Fields of ONNX's protobuf messages. */
const MODEL_GRAPH = 7;
const GRAPH_INITIALIZER = 5;
const TENSOR = { dims: 1, dataType: 2, name: 8, rawData: 9 };
const FLOAT32 = 1;

const bytes = readFileSync(process.argv[2]);
const found = createHash("sha256").update(bytes).digest("hex");
if (found !== SHA256) throw new Error(`Expected the file with SHA-256 ${SHA256} but found ${found}.`);

const graph = fields(bytes).find(({ number }) => number === MODEL_GRAPH).value;
const tensors = fields(graph)
  .filter(({ number }) => number === GRAPH_INITIALIZER)
  .map(({ value }) => readTensor(value));
await writeSafetensors(TARGET, tensors, { source: "silero-vad 6.2.3 silero_vad_16k_sequence.onnx", license: "MIT" });

function readTensor(message) {
  const all = fields(message);
  const value = (number) => all.find((field) => field.number === number)?.value;
  const name = Buffer.from(value(TENSOR.name)).toString();
  if (value(TENSOR.dataType) !== FLOAT32) throw new Error(`Expected ${name} to be float32.`);
  return {
    name: NAMES[name] ?? name,
    dtype: "F32",
    shape: all.filter(({ number }) => number === TENSOR.dims).map((dimension) => dimension.value),
    produce: async () => value(TENSOR.rawData),
  };
}

/** The fields of a protobuf message in order: numbers, and bytes for everything that has a length. */
function fields(message) {
  const VARINT = 0;
  const BYTES = 2;
  const reader = new BinaryReader(message);
  const result = [];
  while (reader.pos < reader.len) {
    const [number, type] = reader.tag();
    if (type === VARINT) result.push({ number, value: Number(reader.int64()) });
    else if (type === BYTES) result.push({ number, value: reader.bytes() });
    else reader.skip(type, number);
  }
  return result;
}
