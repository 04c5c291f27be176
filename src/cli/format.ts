/** Numbers as people read them. */

/** Seconds: 4.2 s, 37 s, 3:07 min, 1:02:03 h. */
export function formatSpan(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  return `${formatClock(whole)} ${whole < 3600 ? "min" : "h"}`;
}

/** A place in audio: 0:07, 3:07, 1:02:03. */
export function formatClock(seconds: number): string {
  const whole = Math.floor(seconds);
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (n: number) => String(n).padStart(2, "0");
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** How many times faster than the audio plays: 0.8×, 12×. */
export function formatSpeed(speed: number): string {
  return `${speed < 10 ? speed.toFixed(1) : Math.round(speed)}×`;
}

/** A part of the whole, 0…1: 26 %. Only what is complete is 100 %. */
export function formatPart(part: number): string {
  return `${Math.min(100, Math.floor(100 * part + 1e-9))} %`;
}

/** Bytes as people read them, in steps of 1000. */
export function formatBytes(bytes: number): string {
  if (bytes >= 1e9) return `${(bytes / 1e9).toFixed(1)} GB`;
  return bytes >= 1e6 ? `${Math.round(bytes / 1e6)} MB` : `${Math.ceil(bytes / 1e3)} kB`;
}
