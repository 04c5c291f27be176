import { describe, expect, it } from "vitest";
import { N_FRAMES } from "../../src/mel/constants.js";
import type { MelWindow } from "../../src/mel/mel-stream.js";
import { type LanguageProbabilities, languagePath } from "../../src/transcribe/language-path.js";
import { type LanguageProbe, LanguageTrack, type Probed, trackLanguages } from "../../src/transcribe/language-track.js";

const BANDS = 4;
const THRESHOLD = 0.5;

const EN = { en: 0.95, de: 0.01, zh: 0.01 };
const DE = { en: 0.01, de: 0.95, zh: 0.01 };
const ZH = { en: 0.01, de: 0.01, zh: 0.95 };
/** The model prefers English, as ever, but leaves next to nothing to languages at all. */
const SILENCE = { en: 0.05, de: 0.01, zh: 0.005 };
/** Nor does it over half words, with any language on top. */
const HALF_WORD = { en: 0.0001, de: 0.0001, zh: 0.01 };

const times = (count: number, probe: LanguageProbabilities) => Array.from({ length: count }, () => probe);
/** The path as runs: "en×3 de×2". */
const runs = (probes: readonly LanguageProbabilities[], first = "en", threshold = THRESHOLD) =>
  languagePath(probes, first, threshold)
    .join(" ")
    .replace(/(\w+)( \1\b)*/g, (run, language) => `${language}×${run.split(" ").length}`);

describe("languagePath", () => {
  it("does not follow a single probe, however sure, there and back", () => {
    expect(runs([...times(4, EN), DE, ...times(4, EN)])).toBe("en×9");
  });

  it("follows two sure probes there and back", () => {
    expect(runs([...times(4, EN), DE, DE, ...times(4, EN)])).toBe("en×4 de×2 en×4");
  });

  it("lets one sure probe change the language at the end, but not a doubtful one", () => {
    expect(runs([...times(4, EN), DE])).toBe("en×4 de×1");
    expect(runs([...times(4, EN), { en: 0.01, de: 0.3, zh: 0.01 }])).toBe("en×5");
  });

  it("keeps the language that it starts from where the evidence is doubtful", () => {
    const doubtful = [{ en: 0.02, de: 0.3, zh: 0.02 }];
    expect(runs(doubtful, "en")).toBe("en×1");
    expect(runs(doubtful, "de")).toBe("de×1");
  });

  it("hears nothing in silence, however long", () => {
    expect(runs([...times(3, DE), ...times(40, SILENCE), DE], "de")).toBe("de×44");
    expect(runs([...times(3, DE), ...times(3, EN), ...times(3, DE), ...times(40, SILENCE)], "de")).toBe(
      "de×3 en×3 de×43",
    );
  });

  it("hears nothing in spans that the model has no answer for, however sure their share", () => {
    expect(runs([EN, ...times(40, HALF_WORD), EN])).toBe("en×42");
  });

  it("hears nothing in a probe whose first language is not above the threshold", () => {
    const probes = [DE, ...times(3, EN), ...times(20, { en: 0.2, de: 0.28 })]; // German's share is 0.58
    expect(runs(probes, "en", 0.6)).toBe("en×24");
    expect(runs(probes, "en", 0.5)).toBe("en×4 de×20");
  });

  it("never takes a language that no probe is sure of, as faster-whisper does at a probability of 0.29", () => {
    expect(runs(times(60, { en: 0.28, de: 0.29, zh: 0.2 }))).toBe("en×60");
  });

  it("shares a probe out among the languages heard in the window", () => {
    // English is not sure among three, but it is among the two that are spoken
    const accented = { en: 0.44, de: 0.05, zh: 0.4 };
    expect(runs([...times(4, accented), ...times(4, DE)], "de")).toBe("de×8");
    expect(runs([...times(4, accented), ...times(4, DE), ...times(3, EN)], "de")).toBe("en×4 de×4 en×3");
  });

  it("changes as early as the probes allow", () => {
    expect(runs([...times(3, EN), ...times(5, SILENCE), ...times(3, DE)])).toBe("en×3 de×8");
  });

  it("chooses among what the probes answer with alone", () => {
    const onlyTwo = ({ en, de }: typeof ZH) => ({ en, de });
    expect(runs([...times(3, EN), ...times(20, onlyTwo(ZH)), ...times(3, DE)])).toBe("en×3 de×23");
  });
});

/** A window with this loudness everywhere, and pauses [from, to] in mel frames. */
function windowOf(frames: number, pauses: readonly (readonly [number, number])[] = []): MelWindow {
  const mel = new Float32Array(BANDS * N_FRAMES);
  for (let band = 0; band < BANDS; band++) {
    mel.fill(0.5, band * N_FRAMES, band * N_FRAMES + frames);
    for (const [from, to] of pauses) mel.fill(-0.8, band * N_FRAMES + from, band * N_FRAMES + to);
  }
  return { mel: () => mel, frames, silent: false };
}

/** Who speaks from which mel frame on. */
type Script = readonly (readonly [number, LanguageProbabilities])[];

/** A probe hears what fills most of its span: what is spoken in the middle. */
const probeOf =
  (script: Script): LanguageProbe =>
  async (from, to) =>
    script.findLast(([start]) => start <= (from + to) / 2)![1];

const outline = (stretches: readonly { language: string; from: number; to: number }[]) =>
  stretches.map(({ language, from, to }) => `${language} ${from}-${to}`);

async function track(script: Script, window: MelWindow, first = "en"): Promise<string[]> {
  return outline(await trackLanguages(probeOf(script), window, first, THRESHOLD));
}

describe("trackLanguages", () => {
  it("changes in the pause nearby, not where the probes change their mind", async () => {
    const script: Script = [
      [0, EN],
      [1030, DE],
    ];
    expect(await track(script, windowOf(N_FRAMES, [[950, 990]]))).toEqual(["en 0-980", "de 980-3000"]);
    expect(await track(script, windowOf(N_FRAMES, [[1080, 1120]]))).toEqual(["en 0-1090", "de 1090-3000"]);
  });

  it("looks no further than a second for a pause", async () => {
    const script: Script = [
      [0, EN],
      [1030, DE],
    ];
    expect(await track(script, windowOf(N_FRAMES, [[500, 900]]))).toEqual(["en 0-1025", "de 1025-3000"]);
  });

  it("takes the middle of a long pause", async () => {
    const script: Script = [
      [0, EN],
      [1030, DE],
    ];
    expect(await track(script, windowOf(N_FRAMES, [[900, 1200]]))).toEqual(["en 0-1025", "de 1025-3000"]);
  });

  it("finds several languages in one window", async () => {
    const script: Script = [
      [0, DE],
      [580, EN],
      [1730, ZH],
    ];
    const window = windowOf(2500, [
      [540, 620],
      [1700, 1760],
    ]);
    expect(await track(script, window, "de")).toEqual(["de 0-575", "en 575-1725", "zh 1725-2500"]);
  });

  it("leaves one language whole", async () => {
    expect(await track([[0, EN]], windowOf(N_FRAMES, [[1000, 1100]]))).toEqual(["en 0-3000"]);
    expect(await track([[0, DE]], windowOf(37))).toEqual(["de 0-37"]);
  });

  it("makes no stretch shorter than a second", async () => {
    const atStart: Script = [
      [0, DE],
      [95, EN],
    ];
    expect(await track(atStart, windowOf(N_FRAMES, [[80, 95]]), "de")).toEqual(["en 0-3000"]);
    const atEnd: Script = [
      [0, EN],
      [2890, DE], // as the last probe hears
    ];
    expect(await track(atEnd, windowOf(N_FRAMES))).toEqual(["en 0-3000"]);
  });

  it("asks for spans of up to 3 s, all inside the audio, one every half second", async () => {
    const spans: (readonly [number, number])[] = [];
    const probe: LanguageProbe = async (from, to) => {
      spans.push([from, to]);
      return EN;
    };
    await trackLanguages(probe, windowOf(410), "en", THRESHOLD);
    expect(spans).toEqual([
      [0, 150],
      [0, 200],
      [0, 250],
      [0, 300],
      [50, 350],
      [100, 400],
      [150, 410],
      [200, 410],
      [250, 410],
    ]);
  });
});

/**
 * An input of `total` mel frames, opened stretch by stretch as the seek loop does.
 *
 * @param script - what probes of the tracked windows hear.
 * @param alone - what a stretch says of itself when it is encoded from `seek` on for `frames`; the script's middle if undefined.
 */
async function openAll(
  script: Script,
  total: number,
  options: {
    readonly language?: string;
    readonly alone?: (seek: number, frames: number) => LanguageProbabilities | undefined;
    /** Where the decoding of the first stretch ends. */
    readonly firstEnd?: number;
  } = {},
) {
  const { language = "en", alone = () => undefined, firstEnd } = options;
  const track = new LanguageTrack(language, THRESHOLD);
  const opened: string[] = [];
  const encodings: string[] = [];
  let probes = 0;
  for (let seek = 0; seek < total; ) {
    const window = windowOf(Math.min(N_FRAMES, total - seek));
    const encode = async (frames: number): Promise<Probed> => {
      encodings.push(`${seek}+${frames}`);
      return {
        probe: async (from, to) => {
          probes++;
          const whole = to - from === N_FRAMES ? alone(seek, frames) : undefined;
          return whole ?? probeOf(script)(seek + from, seek + Math.min(to, frames));
        },
      };
    };
    const { frames } = await track.open(seek, window, encode);
    opened.push(`${track.language} ${seek}-${seek + frames}`);
    seek = opened.length === 1 && firstEnd !== undefined ? firstEnd : seek + frames;
  }
  return { opened, encodings, probes };
}

describe("LanguageTrack", () => {
  it("decodes each stretch in its own language", async () => {
    const script: Script = [
      [0, EN],
      [1030, DE],
      [1530, EN],
    ];
    const { opened, encodings } = await openAll(script, 2500);
    expect(opened).toEqual(["en 0-1025", "de 1025-1525", "en 1525-2500"]);
    expect(encodings).toEqual(["0+2500", "0+1025", "1025+500", "1525+975"]);
  });

  it("opens a window in one language without another encoding", async () => {
    const { opened, encodings, probes } = await openAll([[0, EN]], 2500);
    expect(opened).toEqual(["en 0-2500"]);
    expect(encodings).toEqual(["0+2500"]);
    expect(probes).toBe(50);
  });

  it("follows a language on into the next window, which hears more of it", async () => {
    const script: Script = [
      [0, EN],
      [1030, DE],
    ];
    const { opened } = await openAll(script, 5000);
    expect(opened).toEqual(["en 0-1025", "de 1025-4025", "de 4025-5000"]);
  });

  it("starts the next window with the language tracked there, though little more is heard of it", async () => {
    const script: Script = [
      [0, EN],
      [1030, DE],
      [1100, SILENCE],
    ];
    const alone = (seek: number) => (seek === 1025 ? { en: 0.05, de: 0.05, zh: 0 } : undefined);
    expect((await openAll(script, 4000, { alone })).opened).toEqual(["en 0-1025", "de 1025-4000"]);
  });

  it("gives a stretch back to the language behind it when it sounds so by itself", async () => {
    const script: Script = [
      [0, ZH], // "For although the Chinese …"
      [230, EN],
    ];
    const alone = (seek: number, frames: number) => (seek + frames < 500 ? { en: 0.8, de: 0, zh: 0.2 } : undefined);
    expect((await openAll(script, 1000, { language: "zh", alone })).opened).toEqual(["en 0-1000"]);
    expect((await openAll(script, 1000, { language: "zh" })).opened).toEqual(["zh 0-225", "en 225-1000"]);
  });

  it("gives a stretch between two others back to the language before it when it sounds so by itself", async () => {
    const script: Script = [
      [0, EN],
      [800, ZH],
      [1200, DE],
    ];
    const alone = (seek: number) => (seek === 775 ? { en: 0.4, de: 0.01, zh: 0.2 } : undefined);
    expect((await openAll(script, 2000, { alone })).opened).toEqual(["en 0-775", "en 775-1175", "de 1175-2000"]);
  });

  it("gives the last stretch back to the language before it when it sounds so by itself", async () => {
    const script: Script = [
      [0, EN],
      [800, DE],
    ];
    const alone = (seek: number) => (seek > 0 ? { en: 0.4, de: 0.2, zh: 0.01 } : undefined);
    expect((await openAll(script, 1000, { alone })).opened).toEqual(["en 0-775", "en 775-1000"]);
  });

  it("believes what the whole window told of a stretch that tells too little by itself", async () => {
    const script: Script = [
      [0, EN],
      [260, DE],
    ];
    const alone = (seek: number) => (seek > 0 ? { en: 0.042, de: 0.04, zh: 0.56 } : undefined);
    expect((await openAll(script, 515, { alone })).opened).toEqual(["en 0-275", "de 275-515"]);
  });

  it("goes on with the language of a stretch where decoding stopped short of its end", async () => {
    const script: Script = [
      [0, EN],
      [1030, DE],
    ];
    const early = await openAll(script, 2000, { firstEnd: 700 });
    expect(early.opened).toEqual(["en 0-1025", "en 700-1025", "de 1025-2000"]);
    const nearly = await openAll(script, 2000, { firstEnd: 980 });
    expect(nearly.opened).toEqual(["en 0-1025", "de 980-2000"]);
  });

  it("never chooses a language that the probes do not answer with", async () => {
    const two = ({ en, de }: typeof ZH) => ({ en, de });
    const script: Script = [
      [0, two(EN)],
      [600, two(ZH)],
      [1500, two(DE)],
    ];
    const { opened } = await openAll(script, 2500);
    expect(opened.map((stretch) => stretch.slice(0, 2))).toEqual(["en", "de"]);
  });
});
