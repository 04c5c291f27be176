/** What is measured against, pinned; all of it from PyPI's and npm's registries, whichever the machine is set up for. */

/** The peers that Python runs. */
export const PYTHON = ["faster-whisper==1.2.1", "ctranslate2==4.8.5", "pywhispercpp==1.5.1"];

/** The peer that Node runs. */
export const NODE = ["@huggingface/transformers@4.3.1"];

/**
 * What makes that peer's ONNX files out of the weights; 7 GB on Linux, so it is deleted when they are made. Without accelerate
 * on purpose: with it the logits share the embedding's weights and stay float32, and the peer took 40 % longer.
 */
export const ONNX_EXPORT = [
  "torch==2.9.1",
  "transformers==4.57.3",
  "optimum==2.1.0",
  "optimum-onnx==0.1.0",
  "onnx==1.20.0",
  "onnxruntime==1.23.2",
];
