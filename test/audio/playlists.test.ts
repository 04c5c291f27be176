/**
 * A file must not make ffmpeg open another one, or call somebody, whatever it says and is called. Seen from outside: by strace,
 * by a server that nobody calls, and by a network namespace in which nothing changes.
 */
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { openAudio } from "../../src/audio/open-audio.js";

import { fixture } from "../fixtures.js";
import { decodeAll, runFfmpeg, temporaryFolder } from "./decode.js";
import { ffmpegs } from "./ffmpegs.js";
import { playlists, withExternalSamples } from "./playlists.js";
import { hasStrace, hasUnshare, traced } from "./system-calls.js";

const folder = temporaryFolder();
const secret = join(folder, "secret.ts");
runFfmpeg("-f", "lavfi", "-i", "sine=500:d=2:r=16000", "-c:a", "mp2", secret);
copyFileSync(fixture("jfk.mp3"), join(folder, "jfk.mp3"));
writeFileSync(join(folder, "external.mov"), withExternalSamples(secret));

let calls = 0;
const server = createServer((socket) => {
  calls++;
  socket.destroy();
});
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
afterAll(() => void server.close());
const { port } = server.address() as { port: number };
const files = playlists(secret, port);
for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);

describe.each(ffmpegs)("with $name", ({ name: ffmpegName, path: ffmpeg }) => {
  it.each(Object.keys(files))("%s is no recording", async (name) => {
    await expect(openAudio(join(folder, name), { ffmpeg })).rejects.toMatchObject({
      code: "ERR_AUDIO_UNSUPPORTED",
      message: expect.stringContaining(name),
    });
    expect(calls).toBe(0);
  });

  it("a typed address that leads to a playlist, or on to a file, is not followed", async () => {
    const { createServer: createWebServer } = await import("node:http");
    const web = createWebServer((request, response) => {
      if (request.url === "/list.mp3") response.end(files["hls-file.mp3"]);
      else response.writeHead(302, { location: `file://${secret}` }).end();
    });
    await new Promise<void>((resolve) => web.listen(0, "127.0.0.1", resolve));
    const base = `http://127.0.0.1:${(web.address() as { port: number }).port}`;
    try {
      for (const address of [`${base}/list.mp3`, `${base}/moved.mp3`])
        await expect(openAudio(address, { ffmpeg })).rejects.toMatchObject({
          code: expect.stringMatching(/^ERR_AUDIO_/),
        });
    } finally {
      web.close();
    }
  });

  describe.skipIf(!hasStrace)("seen by strace", () => {
    const traces = join(folder, ffmpegName.replaceAll(" ", "-"));
    mkdirSync(traces);
    const { path: program, trace } = traced(ffmpeg, traces);

    it("each file that is named is opened, and no other, and nobody is called", async () => {
      for (const name of [...Object.keys(files), "external.mov"]) {
        const path = join(folder, name);
        await decodeAll(path, { ffmpeg: program }).catch(() => {});
        expect(trace.opened()).toContain(path);
        expect(trace.opened().filter((opened) => opened !== path && opened !== ffmpeg)).toEqual([]);
        expect(trace.called()).toEqual([]);
        rmSync(join(traces, "trace.log"));
      }
      expect(calls).toBe(0);
    });

    it("what this test looks for would be seen: ffmpeg as it comes opens the other file", async () => {
      const follow = ["-nostdin", "-v", "quiet", "-enable_drefs", "1", "-i", join(folder, "external.mov")];
      try {
        execFileSync(program, [...follow, "-f", "null", "-"], { stdio: "ignore" });
      } catch {
        // there are no such samples in it
      }
      expect(trace.opened()).toContain(secret);
      rmSync(join(traces, "trace.log"));
    });
  });

  it.skipIf(!hasUnshare)("a recording is read where there is no network at all", async () => {
    const alone = join(folder, "ffmpeg-alone");
    writeFileSync(alone, `#!/bin/sh\nexec unshare -n '${ffmpeg}' "$@"\n`, { mode: 0o755 });
    expect((await decodeAll(join(folder, "jfk.mp3"), { ffmpeg: alone })).audio.secondsDecoded).toBeCloseTo(11, 0);
    for (const name of ["hls-http.mp3", "dash-http.m4a", "concat-http.mp4"]) {
      const refused = await openAudio(join(folder, name), { ffmpeg }).catch((error: unknown) => error);
      const refusedAlone = await openAudio(join(folder, name), { ffmpeg: alone }).catch((error: unknown) => error);
      expect((refusedAlone as Error).message).toBe((refused as Error).message);
    }
  });
});
