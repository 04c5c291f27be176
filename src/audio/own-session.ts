/**
 * How ffmpeg is started. Signals of the terminal go to all processes in front, and one that stops a child between its fork and
 * its exec (Ctrl-Z at the wrong moment) stops Node with it for good, which waits for the exec. A child in a session of its own
 * gets none: Ctrl-C ends it through us, and while we are stopped it waits at its full pipe.
 */
export const OWN_SESSION = {
  detached: process.platform !== "win32", // there it would be a new console
  windowsHide: true,
} as const;
