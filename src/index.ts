/**
 * Sotto's public surface. `Whisper` is all that most programs need; the rest are the types that it speaks, its errors, and
 * the two ends of the pipeline for those who put it together themselves.
 */
export type { AudioInfo, AudioOptions, AudioStream, AudioTrack } from "./audio/audio-stream.js";
export { openAudio } from "./audio/open-audio.js";
export { convertModel, type WeightPrecision } from "./checkpoint/convert.js";
export type { ModelInfo, Precision, SampleStream } from "./engine/engine.js";
export type { WindowMemory } from "./engine/window-recall.js";
export {
  AudioError,
  CheckpointError,
  EngineError,
  type ErrorCode,
  FfmpegError,
  InvalidOptionError,
  ModelError,
  OutputError,
  SottoError,
} from "./errors.js";
export { DEFAULT_MODEL, resolveModel } from "./model/resolve-model.js";
export { DEFAULT_OPTIONS, type TranscribeOptions } from "./options.js";
export { LANGUAGES } from "./tokenizer/languages.js";
export type { DetectedLanguage, Segment, StageTiming, Task, TranscribeEvent, Transcription, Word } from "./types.js";
export { type AudioInput, type LoadOptions, Whisper } from "./whisper.js";
export { type Format, writers } from "./writers/index.js";
export type { SegmentWriter, Writer, WriterOptions } from "./writers/writer.js";
