/** Which of an input's audio tracks to decode. */
import { AudioError, InvalidOptionError } from "../errors.js";
import { quoted } from "../util/quoted.js";
import type { AudioTrack } from "./audio-stream.js";

/**
 * @param tracks - at least one.
 * @param wanted - a number from 0 or a language tag; undefined takes the track that ffmpeg would take by itself: marked as
 * default before others, then the one with most channels, then the first.
 * @param name - of the input, for errors.
 * @throws {AudioError} there is no such track (`ERR_AUDIO_NO_STREAM`).
 * @throws {InvalidOptionError} `wanted` is neither.
 */
export function chooseTrack(tracks: readonly AudioTrack[], wanted: string | undefined, name: string): AudioTrack {
  const found = wanted === undefined ? preferred(tracks) : tracks.find(matcher(wanted));
  if (found !== undefined) return found;
  throw new AudioError("ERR_AUDIO_NO_STREAM", `Expected an audio track ${wanted} in ${name} but it has none.`, {
    hint: `Its audio tracks: ${tracks.map(describe).join(", ")}.`,
  });
}

function preferred(tracks: readonly AudioTrack[]): AudioTrack | undefined {
  const rank = ({ isDefault, channels = 0 }: AudioTrack) => (isDefault ? 1000 : 0) + channels;
  return tracks.reduce((best, track) => (rank(track) > rank(best) ? track : best));
}

function matcher(wanted: string): (track: AudioTrack) => boolean {
  if (/^\d+$/.test(wanted)) return ({ index }) => index === Number(wanted);
  const language = primaryLanguage(wanted);
  if (language === undefined) {
    throw new InvalidOptionError(`Expected a number from 0 or a language for track but received ${quoted(wanted)}.`);
  }
  return (track) => track.language !== undefined && primaryLanguage(track.language) === language;
}

/** `en-US`, `eng` and `EN` → `en`; `ger` and `deu` → `de`. */
function primaryLanguage(tag: string): string | undefined {
  try {
    return new Intl.Locale(tag).language;
  } catch {
    return undefined;
  }
}

function describe({ index, language, title, codec }: AudioTrack): string {
  return `${index} (${[language, title, codec].filter((part) => part !== undefined).join(", ")})`;
}
