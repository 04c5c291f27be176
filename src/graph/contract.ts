/** Names of the graphs' inputs and outputs: what `graph/` writes and `runtime/` feeds. */

/** The encoder takes any multiple of so many positions. */
export const POSITION_STEP = 50;

export const MEL = "mel";
export const AUDIO_POSITIONS = "audio_positions";
export const AUDIO_WEIGHTS = "audio_weights";
export const STATE_WEIGHTS = "state_weights";
export const ENCODER_STATES = "encoder_states";

export const TOKENS = "tokens";
export const POSITIONS = "positions";
export const SELF_MASK = "self_mask";
export const CROSS_MASK = "cross_mask";
export const LOGIT_ROWS = "logit_rows";
export const LOGITS = "logits";
export const LOGIT_MASK = "logit_mask";
export const CANDIDATE_SHAPE = "candidate_shape";
export const CANDIDATE_TOKENS = "candidate_tokens";
export const CANDIDATE_LOGITS = "candidate_logits";
export const CANDIDATE_PROBABILITIES = "candidate_probabilities";
export const OTHER_LOGITS = "other_logits";
export const TARGETS = "targets";
export const TARGET_PROBABILITIES = "target_probabilities";
export const ALIGNMENT_POSITIONS = "alignment_positions";
export const ALIGNMENT_SCORES = "alignment_scores";
export const mergeMarksName = (merge: number) => `merge_marks_${merge}`;
export const pastKeyName = (layer: number) => `past_key_${layer}`;
export const pastValueName = (layer: number) => `past_value_${layer}`;
export const newKeyName = (layer: number) => `new_key_${layer}`;
export const newValueName = (layer: number) => `new_value_${layer}`;
