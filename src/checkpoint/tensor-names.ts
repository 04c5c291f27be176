/** Hugging Face's tensor names, which the rest of Sotto goes by, from the names that checkpoints use. */

/**
 * The name under which Sotto knows a tensor of a Hugging Face checkpoint: with the leading `model.`, which files saved from
 * the bare `WhisperModel` lack.
 *
 * @returns undefined for the output projection, which is the token embedding once more.
 */
export function fromHuggingFace(name: string): string | undefined {
  if (name === "proj_out.weight") return undefined;
  return name.startsWith("model.") ? name : `model.${name}`;
}

/** CTranslate2's modules of a layer; several names where one matrix stacks them by rows. */
const LAYER_MODULES: Readonly<Record<string, readonly string[]>> = {
  "self_attention/layer_norm": ["self_attn_layer_norm"],
  "self_attention/linear_0": ["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"],
  "self_attention/linear_1": ["self_attn.out_proj"],
  "attention/layer_norm": ["encoder_attn_layer_norm"],
  "attention/linear_0": ["encoder_attn.q_proj"],
  "attention/linear_1": ["encoder_attn.k_proj", "encoder_attn.v_proj"],
  "attention/linear_2": ["encoder_attn.out_proj"],
  "ffn/layer_norm": ["final_layer_norm"],
  "ffn/linear_0": ["fc1"],
  "ffn/linear_1": ["fc2"],
};

/** CTranslate2's modules outside the layers. */
const MODULES: Readonly<Record<string, string>> = {
  conv1: "conv1",
  conv2: "conv2",
  position_encodings: "embed_positions",
  embeddings: "embed_tokens",
  layer_norm: "layer_norm",
};

const PARAMETERS: Readonly<Record<string, string>> = {
  weight: "weight",
  weight_scale: "weight_scale",
  bias: "bias",
  gamma: "weight",
  beta: "bias",
  encodings: "weight",
};

const CTRANSLATE2_NAME = /^(encoder|decoder)\/(?:layer_(\d{1,3})\/)?([\w/]+)\/(\w+)$/;

/**
 * The names of the equal row ranges that a CTranslate2 variable stacks, in order.
 *
 * @returns one name for a plain tensor; none for a variable that is no weight, and for the output projection, which is the
 * token embedding once more. The bias of a key projection has a place among the rows and is zero: Whisper has no such tensor.
 */
export function fromCTranslate2(name: string): readonly string[] {
  const [, side, layer, module = "", parameter = ""] = CTRANSLATE2_NAME.exec(name) ?? [];
  const modules = layer === undefined ? MODULES[module] : LAYER_MODULES[module];
  const suffix = PARAMETERS[parameter];
  if (modules === undefined || suffix === undefined) return [];
  const prefix = layer === undefined ? `model.${side}` : `model.${side}.layers.${layer}`;
  return [modules].flat().map((hfModule) => `${prefix}.${hfModule}.${suffix}`);
}
