/**
 * Advanced SubStation Alpha subtitles, with one plain style; highlighted words are karaoke: grey until they are spoken.
 * Source: Aegisub's documentation of the format (v4.00+); FFmpeg `libavcodec/ass.c:ff_ass_bprint_text_event` for escapes.
 */
import type { Cue } from "../subtitles/cue.js";
import { assTimestamp, centiseconds } from "../subtitles/timestamp.js";
import { openCues } from "./cues.js";
import { defineWriter, type WriterOptions } from "./writer.js";

/** Colours are &HAABBGGRR, of which the second is that of karaoke to come. */
const STYLE = {
  ...{ Name: "Default", Fontname: "Arial", Fontsize: 60 },
  ...{
    PrimaryColour: "&H00FFFFFF",
    SecondaryColour: "&H00A0A0A0",
    OutlineColour: "&H00000000",
    BackColour: "&H00000000",
  },
  ...{ Bold: 0, Italic: 0, Underline: 0, StrikeOut: 0, ScaleX: 100, ScaleY: 100, Spacing: 0, Angle: 0 },
  ...{ BorderStyle: 1, Outline: 3, Shadow: 0, Alignment: 2, MarginL: 60, MarginR: 60, MarginV: 50, Encoding: 1 },
};

const HEADER = `[Script Info]
ScriptType: v4.00+
PlayResX: 1920
PlayResY: 1080
WrapStyle: 0
ScaledBorderAndShadow: yes

[V4+ Styles]
Format: ${Object.keys(STYLE).join(", ")}
Style: ${Object.values(STYLE).join(",")}

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
`;

export const ass = defineWriter("ass", (options) => {
  const cues = openCues({ ...options, compat: undefined });
  const write = (cue: Cue) => dialogue(cue, options);
  return {
    header: HEADER,
    segment: (segment) => cues.segment(segment).map(write).join(""),
    footer: () => cues.end().map(write).join(""),
  };
});

function dialogue(cue: Cue, { highlightWords = false }: WriterOptions): string {
  const text = highlightWords && cue.isTimed ? karaoke(cue) : cue.words.map(({ word }) => escapeText(word)).join("");
  return `Dialogue: 0,${assTimestamp(cue.start)},${assTimestamp(cue.end)},Default,,0,0,0,,${text}\n`;
}

/** Each word counts until the next one starts, so that they last as long as the cue. */
function karaoke({ words, start, end }: Cue): string {
  const last = centiseconds(end);
  let from = centiseconds(start);
  return words
    .map(({ word }, i) => {
      const next = words[i + 1];
      const to = next === undefined ? last : Math.min(Math.max(centiseconds(next.start), from), last);
      const length = to - from;
      from = to;
      return `{\\k${length}}${escapeText(word)}`;
    })
    .join("");
}

/**
 * `{` begins an override, and has an escape that libass knows; `}` alone is text. Invisible word joiners keep a backslash from
 * being read with what follows it, for which there is no escape, and ffmpeg from finding the start of an override in `\{\`.
 */
function escapeText(text: string): string {
  return text.replaceAll("\\", "\\\u2060").replaceAll("{", "\\{\u2060").replaceAll("\n", "\\N");
}
