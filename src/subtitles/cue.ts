/** What is on the screen at one time. */

/** A piece of a cue's text, and when it is spoken. */
export interface CueWord {
  /** With the white space before it: none at the start of the cue, a line break where a line begins. */
  readonly word: string;
  readonly start: number;
  readonly end: number;
}

/** Times are seconds; its words joined are its text. */
export interface Cue {
  readonly start: number;
  readonly end: number;
  readonly words: readonly CueWord[];
  /** Whether each word has its own times; else the text is one piece. */
  readonly isTimed: boolean;
}
