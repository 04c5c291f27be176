/** faster-whisper's `get_speech_timestamps`, as it stands: all probabilities at once, spans padded at the end. For comparison. */
import type { ResolvedVadOptions } from "../../src/vad/vad-options.js";

const FRAME = 512;
const PER_MS = 16;

interface Span {
  start: number;
  end: number;
}

/** Spans in samples. 0 stands for "none" in the pending times, as in the source. */
export function naiveSpeechSpans(probabilities: readonly number[], total: number, options: ResolvedVadOptions): Span[] {
  const { threshold, negThreshold } = options;
  const minSpeech = options.minSpeechDurationMs * PER_MS;
  const pad = options.speechPadMs * PER_MS;
  const maxSpeech = options.maxSpeechDurationS * 1000 * PER_MS - FRAME - 2 * pad;
  const minSilence = options.minSilenceDurationMs * PER_MS;
  const spans: Span[] = [];
  let start: number | undefined;
  let tempEnd = 0;
  let prevEnd = 0;
  let nextStart = 0;
  const reset = () => {
    tempEnd = prevEnd = nextStart = 0;
  };
  for (const [i, probability] of probabilities.entries()) {
    const at = i * FRAME;
    if (probability >= threshold && tempEnd) {
      tempEnd = 0;
      if (nextStart < prevEnd) nextStart = at;
    }
    if (probability >= threshold && start === undefined) {
      start = at;
      continue;
    }
    if (start !== undefined && at - start > maxSpeech) {
      spans.push({ start, end: prevEnd || at });
      start = prevEnd && nextStart >= prevEnd ? nextStart : undefined;
      const isHard = prevEnd === 0;
      reset();
      if (isHard) continue;
    }
    if (probability < negThreshold && start !== undefined) {
      tempEnd ||= at;
      if (at - tempEnd > 98 * PER_MS) prevEnd = tempEnd;
      if (at - tempEnd < minSilence) continue;
      if (tempEnd - start > minSpeech) spans.push({ start, end: tempEnd });
      start = undefined;
      reset();
    }
  }
  if (start !== undefined && total - start > minSpeech) spans.push({ start, end: total });
  return padded(spans, total, pad);
}

function padded(spans: Span[], total: number, pad: number): Span[] {
  for (const [i, span] of spans.entries()) {
    if (i === 0) span.start = Math.max(0, span.start - pad);
    const next = spans[i + 1];
    if (next === undefined) {
      span.end = Math.min(total, span.end + pad);
      continue;
    }
    const silence = next.start - span.end;
    if (silence < 2 * pad) {
      span.end += Math.floor(silence / 2);
      next.start = Math.max(0, next.start - Math.floor(silence / 2));
    } else {
      span.end = Math.min(total, span.end + pad);
      next.start = Math.max(0, next.start - pad);
    }
  }
  return spans;
}
