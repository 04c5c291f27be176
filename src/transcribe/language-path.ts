/**
 * From what single probes of a window hear to the likeliest course of languages over it: a Viterbi search in which every change
 * has a price. Knows no audio and no model.
 */
import { argmax } from "../tensor/softmax.js";

/** Probability of each language that may be chosen, by code, over the *whole vocabulary*: together they sum to less than 1. */
export type LanguageProbabilities = Readonly<Record<string, number>>;

/**
 * What a change has to be worth, in natural logs of probability. No probe says more than 3: one can decide with which language a
 * window begins or ends, but not on a detour, there and back.
 */
const SWITCH_COST = 2;

/** Probability that a probe is taken to owe to chance, so that no probe can say much against a language. */
const DOUBT = 0.05;

/**
 * A probe says something where one language has more than this. Where the model knows no answer (silence, or a span that begins
 * in the middle of a word) hardly any probability is left for languages. Its no-speech probability does not tell: it is as high
 * over slow clear speech, and 0 over half words.
 */
const AUDIBLE = 0.1;

/**
 * @param probes - what is heard in overlapping spans, in order of time; all with the same languages.
 * @param first - the language to start from: leaving it has its price from the first probe on.
 * @param threshold - share of a probe's language probability, 0…1, that one language must exceed; a probe below it says nothing.
 * @returns the language at each probe: `first`, or one that some probe is sure of; of equal paths the one that changes first.
 */
export function languagePath(probes: readonly LanguageProbabilities[], first: string, threshold: number): string[] {
  const languages = languagesInPlay(probes, first, threshold);
  let scores = languages.map((language) => (language === first ? 0 : -SWITCH_COST));
  const sources = probes.map((probe) => {
    const best = argmax(scores);
    const from = scores.map((score, i) => (score >= scores[best]! - SWITCH_COST ? i : best));
    const evidence = evidenceOf(probe, languages, threshold);
    scores = from.map((source, i) => scores[source]! - (source === i ? 0 : SWITCH_COST) + evidence[i]!);
    return from;
  });
  let state = argmax(scores);
  const path: string[] = [];
  for (const from of sources.reverse()) {
    path.push(languages[state]!);
    state = from[state]!;
  }
  return path.reverse();
}

/** The first language, and those that some probe is sure of among all. */
function languagesInPlay(probes: readonly LanguageProbabilities[], first: string, threshold: number): string[] {
  const found = new Set([first]);
  for (const probe of probes) {
    const values = Object.values(probe);
    if (isSure(values, threshold)) found.add(Object.keys(probe)[argmax(values)]!);
  }
  return [...found];
}

/** How much a probe speaks for each language, in natural logs; 0 for all where it is sure of none among them. */
function evidenceOf(probe: LanguageProbabilities, languages: readonly string[], threshold: number): number[] {
  const values = languages.map((language) => probe[language] ?? 0);
  return isSure(values, threshold) ? values.map((value) => Math.log((value + DOUBT) / DOUBT)) : values.map(() => 0);
}

/** Whether one language is audible and has more than `threshold` of the probability of all. */
function isSure(values: readonly number[], threshold: number): boolean {
  const top = Math.max(...values);
  return top > AUDIBLE && top > threshold * values.reduce((total, value) => total + value, 0);
}
