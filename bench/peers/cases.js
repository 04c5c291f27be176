/** What is transcribed: recordings of ../shared with their references. */
import { copyFileSync, mkdirSync } from "node:fs";
import { extname, join } from "node:path";
import { manifest, ROOT, referenceText, SHARED } from "../shared.js";

const LONG = "b_long_en/philipperemy__deep-speaker__concat_libri_19-198.flac";
const JFK = "a_short_en/openai__whisper__jfk.flac";
const CLIPS = 30;

/**
 * The cases: [{ name, files, folder, references, seconds, beamSize }].
 *
 * @param scratch - folder to put the folder of clips into.
 */
export function cases(scratch) {
  const rows = new Map(manifest().map((row) => [row.path, row]));
  const long = oneFile(rows.get(LONG), join(SHARED, "audio", LONG));
  return [
    { name: "long", ...long, beamSize: 1 },
    { name: "short", ...oneFile(rows.get(JFK), join(ROOT, "fixtures/jfk.wav")), beamSize: 1 },
    { name: "folder", ...clips([...rows.values()], scratch), beamSize: 1 },
    { name: "beam", ...long, beamSize: 5 },
  ];
}

function oneFile(row, file) {
  return { files: [file], references: [referenceText(row)], seconds: Number(row.duration_s) };
}

/** Every third short clip with a reference by a person, until there are 30: of all the collections that it comes from. */
function clips(rows, scratch) {
  const chosen = rows
    .filter(({ group, expect, reference }) => group === "short-english" && expect === "text" && reference !== "")
    .filter((_, i) => i % 3 === 0)
    .slice(0, CLIPS);
  const folder = join(scratch, "clips");
  mkdirSync(folder);
  const files = chosen.map((row, i) => {
    const file = join(folder, `${String(i).padStart(2, "0")}${extname(row.path)}`);
    copyFileSync(join(SHARED, "audio", row.path), file);
    return file;
  });
  const seconds = chosen.reduce((sum, row) => sum + Number(row.duration_s), 0);
  return { files, folder, references: chosen.map(referenceText), seconds };
}
