/** A Whisper model's sizes → every tensor that it consists of, under Hugging Face's names. */
import type { Dimensions } from "../model/model-config.js";

/** What a tensor is for. `linear` includes the token embedding, whose transpose gives the logits. */
export type TensorRole = "linear" | "convolution" | "positions" | "vector";

export interface WhisperTensor {
  readonly name: string;
  /** In `out_in` layout. */
  readonly shape: readonly number[];
  readonly role: TensorRole;
}

/** Width of the feed-forward layers in widths of the model, in every Whisper. */
const FFN_FACTOR = 4;

/**
 * Lists a model's tensors. Key projections have no bias; the output projection is the token embedding and is not listed.
 *
 * Letters: C nAudioState or nTextState, V nVocab.
 */
export function whisperTensors(dimensions: Dimensions): WhisperTensor[] {
  const { nMels, nAudioCtx, nAudioState, nAudioLayer, nVocab, nTextCtx, nTextState, nTextLayer } = dimensions;
  return [
    { name: "model.encoder.conv1.weight", shape: [nAudioState, nMels, 3], role: "convolution" },
    vector("model.encoder.conv1.bias", nAudioState),
    { name: "model.encoder.conv2.weight", shape: [nAudioState, nAudioState, 3], role: "convolution" },
    vector("model.encoder.conv2.bias", nAudioState),
    { name: "model.encoder.embed_positions.weight", shape: [nAudioCtx, nAudioState], role: "positions" },
    ...layers("model.encoder.layers", nAudioLayer, nAudioState, ["self_attn"]),
    ...layerNorm("model.encoder.layer_norm", nAudioState),
    { name: "model.decoder.embed_tokens.weight", shape: [nVocab, nTextState], role: "linear" },
    { name: "model.decoder.embed_positions.weight", shape: [nTextCtx, nTextState], role: "positions" },
    ...layers("model.decoder.layers", nTextLayer, nTextState, ["self_attn", "encoder_attn"]),
    ...layerNorm("model.decoder.layer_norm", nTextState),
  ];
}

function layers(prefix: string, nLayers: number, nState: number, attentions: readonly string[]): WhisperTensor[] {
  return Array.from({ length: nLayers }, (_, i) => `${prefix}.${i}`).flatMap((layer) => [
    ...attentions.flatMap((attention) => attentionTensors(`${layer}.${attention}`, nState)),
    ...linear(`${layer}.fc1`, nState * FFN_FACTOR, nState),
    ...linear(`${layer}.fc2`, nState, nState * FFN_FACTOR),
    ...layerNorm(`${layer}.final_layer_norm`, nState),
  ]);
}

function attentionTensors(name: string, nState: number): WhisperTensor[] {
  const [keyWeight] = linear(`${name}.k_proj`, nState, nState);
  return [
    ...linear(`${name}.q_proj`, nState, nState),
    keyWeight,
    ...linear(`${name}.v_proj`, nState, nState),
    ...linear(`${name}.out_proj`, nState, nState),
    ...layerNorm(`${name}_layer_norm`, nState),
  ];
}

function linear(name: string, nOut: number, nIn: number): [weight: WhisperTensor, bias: WhisperTensor] {
  return [{ name: `${name}.weight`, shape: [nOut, nIn], role: "linear" }, vector(`${name}.bias`, nOut)];
}

function layerNorm(name: string, nState: number): WhisperTensor[] {
  return [vector(`${name}.weight`, nState), vector(`${name}.bias`, nState)];
}

function vector(name: string, size: number): WhisperTensor {
  return { name, shape: [size], role: "vector" };
}
