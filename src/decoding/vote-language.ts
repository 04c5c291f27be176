/** The languages of several windows → the language of the input. Source: faster-whisper `transcribe.py:detect_language`. */
import type { DetectedLanguage } from "../types.js";

/**
 * The first detection that is sure; where none is, the language that was found most often, of equally frequent ones the surest.
 * Windows behind a sure one need not be looked at.
 *
 * @param detections - one per window, in order; at least one.
 * @param threshold - probability above which a detection is sure.
 * @returns the detection that decided: the surest of the language's.
 */
export function voteLanguage(detections: readonly DetectedLanguage[], threshold: number): DetectedLanguage {
  const sure = detections.find(({ probability }) => probability > threshold);
  if (sure !== undefined) return sure;
  const votes = ({ language }: DetectedLanguage) => detections.filter((other) => other.language === language).length;
  return detections.reduce((best, next) => {
    const lead = votes(next) - votes(best) || next.probability - best.probability;
    return lead > 0 ? next : best;
  });
}
