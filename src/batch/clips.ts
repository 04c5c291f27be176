/** How much of an input is asked for, where only clips of it are. */

/**
 * Seconds of the clips that lie before `until`.
 *
 * @param clips - start, end, start, end … in seconds, the last end being the input's where it is left out; none stand for all of it.
 */
export function secondsOfClips(clips: readonly number[], until: number): number {
  if (clips.length === 0) return until;
  let seconds = 0;
  for (let i = 0; i < clips.length; i += 2) {
    const end = Math.min(until, clips[i + 1] ?? until);
    seconds += Math.max(0, end - clips[i]!);
  }
  return seconds;
}
