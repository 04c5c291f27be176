/** Where this system keeps a user's settings, caches and what a program remembers. Source: XDG base directory specification 0.8; Apple's and Microsoft's guides. */
import { homedir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";

const NAME = "sotto";

/** Absolute path of the folder for what can be made again: `SOTTO_CACHE`, or the system's place. It need not exist. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  if (env.SOTTO_CACHE) return resolve(env.SOTTO_CACHE);
  if (process.platform === "win32") return join(env.LOCALAPPDATA ?? join(homedir(), "AppData", "Local"), NAME, "Cache");
  if (process.platform === "darwin") return join(homedir(), "Library", "Caches", NAME);
  return join(xdg(env.XDG_CACHE_HOME) ?? join(homedir(), ".cache"), NAME);
}

/** Absolute path of the folder for what unfinished work has come to: `SOTTO_STATE`, or the system's place. It need not exist. */
export function stateFolder(env: NodeJS.ProcessEnv = process.env): string {
  if (env.SOTTO_STATE) return resolve(env.SOTTO_STATE);
  if (process.platform === "win32") return join(env.LOCALAPPDATA ?? join(homedir(), "AppData", "Local"), NAME, "State");
  if (process.platform === "darwin") return join(homedir(), "Library", "Application Support", NAME, "State");
  return join(xdg(env.XDG_STATE_HOME) ?? join(homedir(), ".local", "state"), NAME);
}

/** Absolute path of the folder for settings. It need not exist. */
export function settingsFolder(env: NodeJS.ProcessEnv = process.env): string {
  const wanted = xdg(env.XDG_CONFIG_HOME);
  if (wanted !== undefined) return join(wanted, NAME);
  if (process.platform === "win32") return join(env.APPDATA ?? join(homedir(), "AppData", "Roaming"), NAME);
  if (process.platform === "darwin") return join(homedir(), "Library", "Application Support", NAME);
  return join(homedir(), ".config", NAME);
}

/** The specification has relative paths ignored. */
function xdg(path: string | undefined): string | undefined {
  return path !== undefined && isAbsolute(path) ? path : undefined;
}
