/** Files with the names of recordings that make a careless reader open other files, or call somebody. */
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { fixture } from "../fixtures.js";

/** An HLS playlist of one address. */
const hls = (address: string) => `#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n${address}\n#EXT-X-ENDLIST\n`;

const dash = (address: string) =>
  `<?xml version="1.0"?>\n<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT2S">` +
  `<Period><AdaptationSet mimeType="audio/mp4"><Representation id="0" bandwidth="9"><BaseURL>${address}</BaseURL>` +
  `<SegmentBase indexRange="0-9"><Initialization range="0-9"/></SegmentBase></Representation></AdaptationSet></Period></MPD>\n`;

/**
 * The playlists, by name.
 *
 * @param secret - absolute path of the file that nobody may read; it lies in the same folder.
 * @param port - of a server on this machine that nobody may call.
 */
export function playlists(secret: string, port: number): Record<string, string | Buffer> {
  const url = pathToFileURL(secret).href;
  const sibling = secret.replace(/^.*\//, "");
  const server = `http://127.0.0.1:${port}/a.ts`;
  return {
    "hls-file.mp3": hls(url),
    "hls-path.wav": hls(secret),
    "hls-sibling.wav": hls(sibling),
    "hls-http.mp3": hls(server),
    "hls-key.mp4": hls(sibling).replace("#EXTINF", `#EXT-X-KEY:METHOD=AES-128,URI="${server}"\n#EXTINF`),
    "hls-map.m4a": hls(sibling).replace("#EXTINF", `#EXT-X-MAP:URI="${url}"\n#EXTINF`),
    "hls-master.mkv": `#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n${server}\n`,
    "hls-concat.ogg": hls(`concat:${secret}|${secret}`),
    "hls-subfile.opus": hls(`subfile,,start,0,end,999,,:${secret}`),
    "hls.m3u8": hls(url),
    "concat-sibling.mp3": `ffconcat version 1.0\nfile ${sibling}\n`,
    "concat-path.wav": `ffconcat version 1.0\nfile '${secret}'\n`,
    "concat-http.mp4": `ffconcat version 1.0\nfile ${server}\n`,
    "dash-file.mp4": dash(url),
    "dash-http.m4a": dash(server),
    "session.mp3": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 9 RTP/AVP 14\n",
    "smooth.mp4": `<SmoothStreamingMedia><StreamIndex Type="audio" Url="${server}"><c d="1"/></StreamIndex></SmoothStreamingMedia>\n`,
    "windows.wma": `<ASX version="3.0"><Entry><Ref href="${server}"/></Entry></ASX>\n`,
    "winamp.mp3": `[playlist]\nFile1=${url}\nNumberOfEntries=1\nVersion=2\n`,
    "picture.mp4": `<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"><image href="${url}"/></svg>\n`,
  };
}

/** Bytes of a box's size and type, with the version and flags that some boxes have behind them. */
const FULL_BOX_BYTES = 12;

/**
 * A QuickTime file whose samples lie in another one: the recording's own, with an alias in its data reference. It takes
 * ffmpeg's option `enable_drefs` to follow it.
 *
 * @param secret - absolute path of a file in the same folder.
 */
export function withExternalSamples(secret: string): Buffer {
  const movie = readFileSync(fixture("jfk.m4a"));
  const starts: number[] = [];
  for (const name of ["moov", "trak", "mdia", "minf", "dinf", "dref"])
    starts.push(movie.indexOf(name, starts.at(-1) ?? 0) - 4);
  const entry = starts.at(-1)! + FULL_BOX_BYTES + 4; // after the number of entries, which is 1
  const replaced = movie.readUInt32BE(entry);
  const alias = aliasOf(secret);
  const patched = Buffer.concat([movie.subarray(0, entry), alias, movie.subarray(entry + replaced)]);
  for (const start of starts) patched.writeUInt32BE(movie.readUInt32BE(start) + alias.length - replaced, start);
  return patched;
}

/**
 * Source: Apple "QuickTime File Format", data reference atoms. Of the record's 150 bytes only the levels to climb and to
 * descend are told; then come fields, of which 2 is the path.
 */
function aliasOf(path: string): Buffer {
  const record = Buffer.alloc(150);
  record.writeUInt16BE(1, 130);
  record.writeUInt16BE(1, 132);
  const field = Buffer.alloc(4 + path.length + (path.length % 2));
  field.writeUInt16BE(2, 0);
  field.writeUInt16BE(path.length, 2);
  field.write(path, 4);
  const head = Buffer.alloc(FULL_BOX_BYTES);
  head.writeUInt32BE(head.length + record.length + field.length + 4, 0);
  head.write("alis", 4);
  return Buffer.concat([head, record, field, Buffer.from([0xff, 0xff, 0, 0])]);
}
