/**
 * The batched segmenter: windows of speech that know nothing of each other, several decoded at once. Each is a seek loop over
 * its own pieces of the input, so that fallback, words and what a window leaves undone are handled as in a whole input.
 */
import { FRAMES_PER_SECOND } from "../mel/constants.js";
import type { ResolvedOptions } from "../options.js";
import type { Segment, Task, TranscribeEvent } from "../types.js";
import { secondsOf } from "../vad/speech-spans.js";
import type { WindowEncoder } from "./encoded-window.js";
import { SeekLoop } from "./seek-loop.js";
import type { SegmenterInput } from "./segmenter.js";
import { snapToSpeech } from "./snap-to-speech.js";
import type { SpeechTap } from "./speech-tap.js";
import { MAX_LEAD, type SpeechWindow } from "./speech-windows.js";
import { unheardSpeech } from "./unheard-speech.js";
import type { WindowRoom } from "./window-room.js";
import { WindowTimeline } from "./window-timeline.js";

export interface BatchedInput extends Omit<SegmenterInput, "encoder"> {
  /** Finds the windows as the samples pass. */
  readonly speech: SpeechTap;
  /** A fresh encoder for each window, so that its memory goes with it. */
  readonly encoder: () => WindowEncoder;
  /** Windows decoded at once. */
  readonly batchSize: number;
  /** Shared with others who use the same model. */
  readonly room: WindowRoom;
}

type Segments = ReadonlyMap<Task, readonly Segment[]>;

/** A window that is being decoded, or waits for those before it. */
interface Running {
  readonly window: SpeechWindow;
  readonly segments: Promise<Segments>;
  /** Settles when the window is encoded, or needs not be. */
  readonly encoded: Promise<void>;
  isEncoded: boolean;
  isDone: boolean;
}

/** Windows encoded while as many as may be are decoded: each takes megabytes, and a second one is no gain. */
const ENCODED_AHEAD = 1;
/** Windows in line for each one that is decoded: so many may wait behind a slow one. */
const MAX_WAITING = 4;
/** Seconds of silence that are worth a word to whoever waits. */
const QUIET = 30;
/** Seconds of speech that are worth decoding for themselves. */
const MIN_SPEECH = 0.3;

/** The part of a window that has to be speech for text to be taken that is unlikely. */
const MIN_SHARE = 1 / 3;

/** @returns `segment` events in order, each as soon as everything before it is final; `progress` after each window. */
export async function* transcribeBatched(input: BatchedInput): AsyncGenerator<TranscribeEvent> {
  const { mel, speech, batchSize, room } = input;
  const line: Running[] = [];
  const counts = new Map<Task, number>();
  let coming: Promise<void> | undefined;
  let quiet = 0;
  const hear = async () => {
    await mel.hearMore();
    coming = undefined;
  };
  try {
    for (;;) {
      while (line[0]?.isDone) {
        const { window, segments } = line.shift()!;
        yield* inOrder(await segments, counts);
        yield { type: "progress", position: window.end };
      }
      mel.forget(Math.floor(((line[0]?.window.start ?? speech.quietUntil) - MAX_LEAD) * FRAMES_PER_SECOND));
      const busy = line.filter(({ isDone }) => !isDone);
      const isRoom = room.isFor(batchSize + ENCODED_AHEAD);
      if (isRoom && line.length < MAX_WAITING * batchSize && coming === undefined) {
        const window = speech.take();
        if (window !== undefined) {
          line.push(start(input, window));
          continue;
        }
        if (!speech.isOver) coming = hear();
      }
      const unheard = busy.filter(({ isEncoded }) => !isEncoded);
      if (speech.isOver && unheard.length <= 1) input.onFree();
      const waited: Promise<unknown>[] = [
        ...busy.map(({ segments }) => segments),
        ...unheard.map(({ encoded }) => encoded),
      ];
      if (coming !== undefined) waited.push(coming);
      if (!isRoom && !speech.isOver) waited.push(room.left);
      if (waited.length === 0) return;
      await Promise.race(waited);
      if (line.length === 0 && speech.quietUntil > quiet + QUIET) {
        quiet = speech.quietUntil;
        yield { type: "progress", position: quiet };
      }
    }
  } finally {
    await Promise.allSettled([coming, ...line.map(({ segments }) => segments)]);
  }
}

function start(input: BatchedInput, window: SpeechWindow): Running {
  let onEncoded = () => {};
  const encoded = new Promise<void>((resolve) => {
    onEncoded = () => {
      running.isEncoded = true;
      resolve();
    };
  });
  const segments = decode(input, window, onEncoded);
  const running: Running = { window, segments, encoded, isEncoded: false, isDone: false };
  const done = () => {
    running.isDone = true;
    onEncoded();
  };
  segments.then(done, done); // a failure is told when it is this window's turn
  input.room.take(segments);
  return running;
}

/** The same encoder, which tells when it has encoded something. */
function telling(encoder: WindowEncoder, onEncoded: () => void): WindowEncoder {
  return {
    encode: async (window, seek) => {
      const encoded = await encoder.encode(window, seek);
      onEncoded();
      return encoded;
    },
    forget: (seek) => encoder.forget(seek),
    [Symbol.dispose]: () => encoder[Symbol.dispose](),
  };
}

/** Decodes one window for every task; they share its encoding, and each other's steps. */
async function decode(input: BatchedInput, window: SpeechWindow, onEncoded: () => void): Promise<Segments> {
  using encoder = telling(input.encoder(), onEncoded);
  const own = { ...input, encoder };
  const results = input.tasks.map(async (task) => {
    const segments = await decodeTask(own, window, task, input.language);
    for (const part of unheardSpeech(window, segments)) {
      segments.push(...(await decodeTask(own, part, task, await languageOf(own, part))));
    }
    return [task, segments.sort((a, b) => a.start - b.start)] as const;
  });
  await Promise.allSettled(results); // the encoding is the other task's too
  return new Map(await Promise.all(results));
}

/** Decodes one window for one task. */
async function decodeTask(
  input: SegmenterInput,
  window: SpeechWindow,
  task: Task,
  language: string,
): Promise<Segment[]> {
  const timeline = new WindowTimeline(window.pieces);
  const clipTimestamps = [timeline.start, timeline.end].map((frame) => frame / FRAMES_PER_SECOND);
  const options = { ...input.options, clipTimestamps, conditionOnPreviousText: false };
  const speechUntil = timeline.ofInput(speechEnd(window));
  const loop = new SeekLoop({ ...input, language, mel: timeline.mel(input.mel), options, speechUntil }, task);
  const segments: Segment[] = [];
  while (loop.seek / FRAMES_PER_SECOND < speechUntil) {
    const next = await loop.next();
    if (next === undefined) break;
    const restored = next.map((segment) => timeline.restore(segment));
    segments.push(...restored.filter((segment) => isHeard(segment, window, options)));
  }
  const told = language === input.language ? segments : segments.map((segment) => ({ ...segment, language }));
  // words have their times from the audio itself
  return options.wordTimestamps ? told : snapToSpeech(told, window);
}

/** The language of a part of the input for which nothing was written in the language of the rest. */
async function languageOf(input: SegmenterInput, part: SpeechWindow): Promise<string> {
  const { options, tokenizer, encoder, language } = input;
  if (!tokenizer.multilingual || options.language.length === 1) return language;
  const timeline = new WindowTimeline(part.pieces);
  const window = await timeline.mel(input.mel).window(timeline.start);
  if (window === undefined) return language;
  const detected = await (await encoder.encode(window, timeline.start)).detect();
  return detected.probability > options.languageDetectionThreshold ? detected.language : language;
}

/** Numbers the segments of each task over the whole input. */
function* inOrder(segments: Segments, counts: Map<Task, number>): Generator<TranscribeEvent> {
  for (const [task, own] of segments) {
    for (const segment of own) {
      const id = counts.get(task) ?? 0;
      counts.set(task, id + 1);
      yield { type: "segment", task, segment: { ...segment, id } };
    }
  }
}

/** The latest time behind which there is speech worth decoding. */
function speechEnd({ speech }: SpeechWindow): number {
  let missing = MIN_SPEECH;
  for (const { start, end } of speech.toReversed()) {
    if (end - start >= missing) return end - missing;
    missing -= end - start;
  }
  return speech[0]!.start;
}

/** Whether the text may have been heard: text where nobody speaks is invented, and mostly so is what is unlikely in noise. */
function isHeard(segment: Segment, { speech, pieces }: SpeechWindow, { logprobThreshold }: ResolvedOptions): boolean {
  const isUnlikely = logprobThreshold !== null && segment.avgLogprob < logprobThreshold; // at every temperature
  if (isUnlikely && secondsOf(speech) < MIN_SHARE * secondsOf(pieces)) return false;
  return speech.some(({ start, end }) => segment.start < end && segment.end > start);
}
