/** Releases of ffmpeg with faults that matter to who reads strangers' files. */

interface Fault {
  /** The release that is free of it. */
  readonly mendedIn: readonly [major: number, minor: number];
  /** Distributions mend it in older releases too, without a new number. */
  readonly isMendedByDistributions: boolean;
  readonly sentence: string;
}

/** The worst first. */
const FAULTS: readonly Fault[] = [
  {
    mendedIn: [5, 1], // the oldest that tests run with, but for a build of 2018
    isMendedByDistributions: false,
    sentence: "Older than 5.1, and without the repairs since.",
  },
  {
    mendedIn: [8, 1],
    isMendedByDistributions: true,
    sentence: "Before 8.1 a crafted MP4 file makes it write outside its memory (CVE-2026-40962).",
  },
];

/** `5.1.9-0+deb12u1`: a release, and which of a distribution's packages of it. */
const DISTRIBUTED = /^\d+(\.\d+)+-\d/;

/**
 * What is wrong with a release, as a sentence; undefined where nothing is known.
 *
 * @param version - as ffmpeg prints it. Builds between releases are called by other names than numbers, and taken for new.
 */
export function faultOf(version: string): string | undefined {
  const [, major, minor = "0"] = /^n?(\d+)(?:\.(\d+))?/.exec(version) ?? [];
  if (major === undefined) return undefined;
  const isBefore = ([mendedMajor, mendedMinor]: Fault["mendedIn"]) =>
    Number(major) < mendedMajor || (Number(major) === mendedMajor && Number(minor) < mendedMinor);
  return FAULTS.find(
    ({ mendedIn, isMendedByDistributions }) =>
      isBefore(mendedIn) && !(isMendedByDistributions && DISTRIBUTED.test(version)),
  )?.sentence;
}
