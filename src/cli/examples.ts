/** Lines to begin with, for help and the manual. */

/** Of a narrow terminal. */
const COLUMNS = 80;

type Example = readonly [line: string, meaning: string];

export const EXAMPLES: readonly Example[] = [
  ["sotto talk.mp4", "print what is said"],
  ["sotto talk.mp4 -f srt > talk.srt", "the same as subtitles"],
  ["sotto -r videos --skip-existing", "a subtitle file beside each video"],
  ["sotto *.mp3 -f txt,json -o out", "two files for each recording, in out/"],
  ["sotto -r /mnt/nas --claim", "on several machines: each file once"],
  ["sotto talk.mp4 --translate", "in English, whatever is spoken"],
  ["cat talk.mp4 | sotto -", "from another program"],
];

export const DETECT_EXAMPLES: readonly Example[] = [
  ["sotto detect *.mp3", "language, probability and name of each"],
  ["sotto detect talk.mp4 --json | jq .probabilities", "how likely every language is"],
];

export const VAD_EXAMPLES: readonly Example[] = [
  ["sotto vad talk.mp4", "start, end and name of each span, with tabs between"],
  ["sotto vad *.wav -f rttm -o out", "a file of SPEAKER lines for each recording"],
  ["sotto vad talk.mp4 --vad-min-silence-duration-ms 300", "part speech at shorter pauses"],
];

export const MODELS_EXAMPLES: readonly Example[] = [
  ["sotto models list", "names that --model takes"],
  ["sotto models convert ./faster-whisper-small -o small-int8", "a folder that runs fast here"],
];

export const CONFIG_EXAMPLES: readonly Example[] = [
  ["sotto config", "every setting"],
  ["SOTTO_BEAM_SIZE=5 sotto config --preset careful", "what would count then"],
];

export const COMPLETION_EXAMPLES: readonly Example[] = [
  ["source <(sotto completions bash)", "in ~/.bashrc"],
  ["source <(sotto completions zsh)", "in ~/.zshrc, behind compinit"],
  ["sotto completions fish > ~/.config/fish/completions/sotto.fish", "once"],
  ["sotto completions powershell | Out-String | Invoke-Expression", "in $PROFILE"],
];

/** As the end of a help text. */
export function examplesText(examples: readonly Example[]): string {
  const width = Math.max(...examples.map(([line]) => line.length)) + 3;
  const fits = examples.every(([, meaning]) => width + meaning.length <= COLUMNS - 2);
  const between = fits ? "" : "\n      ";
  const lines = examples.map(([line, meaning]) => `  ${fits ? line.padEnd(width) : line}${between}${meaning}`);
  return ["\nExamples:", ...lines].join("\n");
}
