import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { cacheFolder, settingsFolder, stateFolder } from "../../src/util/user-folders.js";

describe.runIf(process.platform === "linux")("a user's folders on Linux", () => {
  it("are XDG's, where those are absolute", () => {
    expect(cacheFolder({ XDG_CACHE_HOME: "/var/me" })).toBe("/var/me/sotto");
    expect(settingsFolder({ XDG_CONFIG_HOME: "/var/me" })).toBe("/var/me/sotto");
    expect(cacheFolder({ XDG_CACHE_HOME: "me" })).toBe(join(homedir(), ".cache/sotto"));
    expect(settingsFolder({})).toBe(join(homedir(), ".config/sotto"));
    expect(stateFolder({ XDG_STATE_HOME: "/var/me" })).toBe("/var/me/sotto");
    expect(stateFolder({})).toBe(join(homedir(), ".local/state/sotto"));
  });

  it("are elsewhere where SOTTO_CACHE and SOTTO_STATE say so", () => {
    expect(cacheFolder({ SOTTO_CACHE: "mine", XDG_CACHE_HOME: "/var/me" })).toBe(resolve("mine"));
    expect(stateFolder({ SOTTO_STATE: "mine", XDG_STATE_HOME: "/var/me" })).toBe(resolve("mine"));
  });
});
