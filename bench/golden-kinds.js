/** The kinds of golden results and what openai-whisper was asked for, as in ../shared/tools/make-golden.py; all at temperature 0. */

const HOTWORDS = "Glossary: Mister Quilter, Sotto Voce";
/** Options of each kind, beside the language. */
export const GOLDEN_KINDS = {
  greedy: {},
  auto: { language: undefined },
  greedy_words: { wordTimestamps: true },
  beam5: { beamSize: 5 },
  beam5_patience2_lp06: { beamSize: 5, patience: 2, lengthPenalty: 0.6 },
  greedy_nocondition: { conditionOnPreviousText: false },
  translate: { task: "translate" },
  prompt: { initialPrompt: `${HOTWORDS}, onnxruntime.` },
  carry_prompt: { initialPrompt: `${HOTWORDS}.`, carryInitialPrompt: true },
  clip_2_6_8: { clipTimestamps: [2, 6, 8], wordTimestamps: true },
  without_timestamps: { withoutTimestamps: true },
  no_suppress: { suppressTokens: [] },
  hallucination_2: { wordTimestamps: true, hallucinationSilenceThreshold: 2 },
};
