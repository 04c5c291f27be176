/** Events of a run over inputs → how far it is, input by input and in all. Several inputs may be under way at once. */
import { stat } from "node:fs/promises";
import { secondsOfClips } from "../batch/clips.js";
import type { Input } from "../batch/collect-inputs.js";
import type { Word } from "../types.js";

/** How far one input is. */
export interface InputProgress {
  readonly input: string;
  /** 0-based place among all inputs. */
  readonly index: number;
  /** Seconds of audio that are done, of those that are asked for. */
  readonly position: number;
  /** Seconds of audio that are asked for, where the file declares its length. */
  readonly duration: number | undefined;
  /** Seconds of audio that one second takes; undefined until something is done. */
  readonly speed: number | undefined;
}

/** What was understood last. */
export interface HeardText {
  readonly text: string;
  readonly words?: readonly Pick<Word, "word" | "probability">[] | undefined;
}

/** How far everything is. */
export interface Progress {
  /** The input that was heard of last, of those under way. */
  readonly current: InputProgress | undefined;
  /** How many more are under way. */
  readonly beside: number;
  readonly count: number;
  readonly done: number;
  readonly skipped: number;
  readonly failed: number;
  /** 0…1; what is to come is judged by the sizes of files. */
  readonly part: number;
  /** Seconds of audio that one second takes, of all inputs together; undefined until something is done. */
  readonly speed: number | undefined;
  /** Seconds that the rest may take; undefined until something is done. */
  readonly left: number | undefined;
  /** Undefined where it is not to be shown. */
  readonly heard: HeardText | undefined;
}

/** What moves a run on; other events may be told too. */
export type ProgressEvent = { readonly input: string; readonly type: string } & (
  | {
      readonly type: "start";
      readonly index: number;
      readonly duration: number | undefined;
      /** By the clock, where that may be before it is told. */
      readonly began?: number;
    }
  | { readonly type: "progress"; readonly position: number }
  | { readonly type: "segment"; readonly segment: HeardText }
  | { readonly type: "done" | "skip" | "error" }
  | { readonly type: "language" | "speech" | "warning" | "output" | "resume" | "resumable" | "wait" }
);

/** Speed is that of so many milliseconds: what a run before has done is passed over in no time. */
const SPEED_WINDOW_MS = 60_000;

interface UnderWay {
  readonly index: number;
  readonly duration: number | undefined;
  readonly position: number;
  /** Positions and when they were reached, the newest last. */
  readonly reached: readonly (readonly [at: number, position: number])[];
}

/** An input, and how much of a file it is. */
export interface SizedInput {
  readonly input: string;
  /** In bytes; undefined where it is no file. */
  readonly size: number | undefined;
}

/** Looks up how large the inputs are. */
export function measureInputs(inputs: readonly Input[]): Promise<SizedInput[]> {
  const sizeOf = (path: string) =>
    stat(path).then(
      ({ size }) => size,
      () => undefined,
    );
  return Promise.all(inputs.map(async ({ input }) => ({ input, size: await sizeOf(input) })));
}

export class ProgressCount {
  readonly #inputs: SizedInput[] = [];
  #weights: ReadonlyMap<string, number> = new Map();
  /** Of all inputs. */
  #weight = 0;
  /** Those under way, the one heard of last at the end. */
  readonly #underWay = new Map<string, UnderWay>();
  #done = 0;
  #skipped = 0;
  #failed = 0;
  /** Weight of what was worked on and is finished. */
  #worked = 0;
  /** Weight of what took no work. */
  #passed = 0;
  /** Seconds of audio in what is done. */
  #audio = 0;
  #began: number | undefined;
  #heard: HeardText | undefined;

  /**
   * @param showsText - nobody else shows what is understood.
   * @param clips - of each input: start, end, start, end … in seconds; none stand for all of it.
   * @param clock - milliseconds.
   */
  constructor(
    private readonly showsText: boolean,
    private readonly clips: readonly number[] = [],
    private readonly clock = () => performance.now(),
  ) {}

  /** More inputs will come; one of unknown size counts as much as the others do on average. */
  expect(inputs: readonly SizedInput[]): void {
    this.#inputs.push(...inputs);
    const known = this.#inputs.flatMap(({ size }) => size || []);
    const mean = known.length === 0 ? 1 : sum(known) / known.length;
    this.#weights = new Map(this.#inputs.map(({ input, size }) => [input, size || mean]));
    this.#weight = sum(this.#weights.values());
  }

  /** Takes an event; true where it changed what there is to show. */
  take(event: ProgressEvent): boolean {
    const { input } = event;
    const underWay = this.#underWay.get(input);
    switch (event.type) {
      case "start": {
        const { index, began = this.clock() } = event;
        this.#began ??= began;
        const duration = event.duration && this.secondsUntil(event.duration);
        this.#underWay.set(input, { index, duration, position: 0, reached: [[began, 0]] });
        return true;
      }
      case "progress":
        if (underWay === undefined) return false;
        this.#underWay.delete(input); // to the end
        this.#underWay.set(input, this.#moved(underWay, this.secondsUntil(event.position)));
        return true;
      case "segment":
        this.#heard = event.segment;
        return this.showsText;
      case "done":
        this.#done++;
        this.#audio += underWay?.duration ?? underWay?.position ?? 0;
        this.#worked += this.#weightOf(input);
        return this.#underWay.delete(input);
      case "skip":
      case "error":
        if (event.type === "skip") this.#skipped++;
        else this.#failed++;
        this.#passed += this.#weightOf(input);
        this.#underWay.delete(input);
        return true;
      default:
        return false;
    }
  }

  /** How far everything is now. */
  get progress(): Progress {
    const parts = [...this.#underWay].map(([input, each]) => this.#weightOf(input) * partOf(each));
    const worked = this.#worked + sum(parts);
    const finished = worked + this.#passed;
    const elapsed = this.#began === undefined ? 0 : (this.clock() - this.#began) / 1000;
    const audio = this.#audio + sum([...this.#underWay.values()].map(({ position }) => position));
    return {
      current: this.#current(),
      beside: Math.max(0, this.#underWay.size - 1),
      ...{ count: this.#weights.size, done: this.#done, skipped: this.#skipped, failed: this.#failed },
      part: this.#weight > 0 ? Math.min(1, finished / this.#weight) : 0,
      speed: audio > 0 && elapsed > 0 ? audio / elapsed : undefined,
      left: worked > 0 && elapsed > 0 ? (Math.max(0, this.#weight - finished) / worked) * elapsed : undefined,
      heard: this.showsText ? this.#heard : undefined,
    };
  }

  /** Seconds of an input before `place` that are asked for. */
  secondsUntil(place: number): number {
    return secondsOfClips(this.clips, place);
  }

  #moved({ reached, ...underWay }: UnderWay, position: number): UnderWay {
    const now = this.clock();
    const oldest = reached.findLastIndex(([at]) => now - at >= SPEED_WINDOW_MS);
    return { ...underWay, position, reached: [...reached.slice(Math.max(0, oldest)), [now, position]] };
  }

  #current(): InputProgress | undefined {
    const last = [...this.#underWay].at(-1);
    if (last === undefined) return undefined;
    const [input, { index, duration, position, reached }] = last;
    const [at, from] = reached[0]!;
    const [gone, done] = [(this.clock() - at) / 1000, position - from];
    return { input, index, duration, position, speed: done > 0 && gone > 0 ? done / gone : undefined };
  }

  #weightOf(input: string): number {
    return this.#weights.get(input) ?? 0;
  }
}

/** 0…1 of one input; an undeclared length leaves it at 0. */
function partOf({ position, duration }: UnderWay): number {
  return duration !== undefined && duration > 0 ? Math.min(1, position / duration) : 0;
}

function sum(numbers: Iterable<number>): number {
  let total = 0;
  for (const each of numbers) total += each;
  return total;
}
