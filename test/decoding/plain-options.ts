/** Options that ask for nothing: tests change what they are about. */
import type { DecodingOptions } from "../../src/decoding/decoding-options.js";

export const PLAIN_OPTIONS: DecodingOptions = {
  task: "transcribe",
  language: "de",
  prompt: [],
  prefix: [],
  withoutTimestamps: false,
  maxInitialTimestamp: 1,
  suppressBlank: false,
  suppressTokens: [],
  repetitionPenalty: 1,
  noRepeatNgramSize: 0,
  maxNewTokens: undefined,
  beamSize: 1,
  patience: 1,
  lengthPenalty: null,
  bestOf: 5,
};
