/** What `--dry-run` prints: what would become of each input, and how long all of it would take. */
import type { AudioTrack } from "../audio/audio-stream.js";
import { measureSpeed, type Preview, type PreviewSettings, previewBatch } from "../batch/preview-batch.js";
import type { Whisper } from "../whisper.js";
import type { JsonEvent } from "./event-schema.js";
import { type ExitCode, exitCodeOfBatch } from "./exit-codes.js";
import { formatSpan } from "./format.js";
import { plainError, VERSION } from "./json-events.js";
import { printable, printableJson } from "./printable.js";
import { type Reporter, sentence } from "./reporter.js";
import { shortPath } from "./short-path.js";
import { SKIPPED } from "./skip-reasons.js";
import { writeStdout } from "./stdout.js";

interface DryRun {
  readonly settings: PreviewSettings;
  readonly load: () => Promise<Whisper>;
  /** Print lines of JSON. */
  readonly json: boolean;
  readonly reporter: Reporter;
}

type Planned = Extract<Preview, { type: "plan" }>;

/** Seconds of audio, and of work on it. */
interface Estimate {
  readonly duration: number;
  /** Undefined where no length is known to estimate from. */
  readonly elapsed: number | undefined;
}

/** Prints the plan of a batch. @returns the exit code that the failures known by now would have. */
export async function printDryRun({ settings, load, json, reporter }: DryRun): Promise<ExitCode> {
  const previews: Preview[] = [];
  for await (const preview of previewBatch(settings)) {
    previews.push(preview);
    await writeStdout(`${json ? printableJson(toEvent(preview)) : printable(textLine(preview))}\n`);
  }
  reporter.busy("measuring the speed");
  const planned = previews.filter((preview) => preview.type === "plan");
  const estimate = await estimateTime(planned, settings, load);
  reporter.stop();
  const failures = previews.flatMap((preview) => (preview.type === "error" ? [preview.error] : []));
  const count = { planned: planned.length, skipped: previews.length - planned.length - failures.length };
  const total = { ...count, failed: failures.length, ...estimate };
  const event: JsonEvent = { type: "estimate", version: VERSION, ...total, elapsed: total.elapsed ?? null };
  await writeStdout(`${json ? printableJson(event) : sumUp(total)}\n`);
  return exitCodeOfBatch(failures, previews.length - failures.length);
}

/** By the speed of a minute of the longest input. */
async function estimateTime(
  planned: readonly Planned[],
  settings: PreviewSettings,
  load: () => Promise<Whisper>,
): Promise<Estimate> {
  const duration = planned.reduce((sum, preview) => sum + (preview.duration ?? 0), 0);
  const [longest] = [...planned].sort((a, b) => (b.duration ?? 0) - (a.duration ?? 0));
  if (longest?.duration === undefined || longest.duration === 0) return { duration, elapsed: undefined };
  const began = performance.now();
  const whisper = await load();
  const loading = (performance.now() - began) / 1000;
  const speed = await measureSpeed(whisper, longest.input, longest.duration, settings);
  return { duration, elapsed: loading + duration / speed };
}

function textLine(preview: Preview): string {
  if (preview.type === "skip") return `${preview.input}: skipped, ${SKIPPED[preview.reason]}`;
  if (preview.type === "error") return `failed: ${sentence(preview.error, preview.input)}`;
  const { input, duration, track, outputs } = preview;
  const parts = [duration === undefined ? "length unknown" : formatSpan(duration)];
  if (track !== undefined)
    parts.push(`track ${track.index} (${[track.codec, track.language].filter(Boolean).join(", ")})`);
  if (outputs.length > 0) parts.push(`writes ${outputs.map(({ path }) => shortPath(path)).join(", ")}`);
  return `${input}: ${parts.join("; ")}`;
}

function toEvent(preview: Preview): JsonEvent {
  const head = { version: VERSION, input: preview.input } as const;
  if (preview.type === "error") return { type: "error", ...head, ...plainError(preview.error) };
  if (preview.type === "skip") return { type: "skip", ...head, reason: preview.reason };
  const { duration = null, track, outputs } = preview;
  const files = outputs.map(({ path, format, task }) => ({ path, format, task }));
  return { type: "plan", ...head, duration, track: track === undefined ? null : plainTrack(track), outputs: files };
}

function plainTrack({ index, codec, language, title, channels, sampleRate }: AudioTrack) {
  return { index, codec, language, title, channels, sample_rate: sampleRate };
}

function sumUp(
  total: Estimate & { readonly planned: number; readonly skipped: number; readonly failed: number },
): string {
  const parts = [`${total.planned} to do`];
  if (total.skipped > 0) parts.push(`${total.skipped} skipped`);
  if (total.failed > 0) parts.push(`${total.failed} failed`);
  const time = total.elapsed === undefined ? "" : `, about ${formatSpan(total.elapsed)}`;
  return `${parts.join(", ")}; ${formatSpan(total.duration)} of audio${time}`;
}
