/** Damage to files, the same for the same seed: what disks, networks and people with bad intentions do to them. */

/** Numbers in 0…1. Source: T. Ettinger's mulberry32, public domain. */
export function randomOf(seed) {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const EDGES = [0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff];
/** Where the structure is: damage in the middle of the samples is harmless. */
const HEAD_BYTES = 600;

const pick = (next, values) => values[Math.floor(next() * values.length)];
const below = (next, n) => Math.floor(next() * n);
const place = (next, length) => below(next, next() < 0.6 ? Math.min(length, HEAD_BYTES) : length);
const without = (bytes, at, length) => Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
const insert = (bytes, at, part) => Buffer.concat([bytes.subarray(0, at), part, bytes.subarray(at)]);

const BYTE_CHANGES = [
  (bytes, next) => {
    const at = place(next, bytes.length);
    bytes[at] ^= 1 << below(next, 8);
    return bytes;
  },
  (bytes, next) => {
    for (let n = 1 + below(next, 64); n > 0; n--) bytes[place(next, bytes.length)] = below(next, 256);
    return bytes;
  },
  (bytes, next) => {
    const at = Math.min(place(next, bytes.length), bytes.length - 4);
    if (at < 0) return bytes;
    const value = pick(next, EDGES);
    if (next() < 0.5) bytes.writeUInt32LE(value, at);
    else bytes.writeUInt32BE(value, at);
    return bytes;
  },
  (bytes, next) => bytes.subarray(0, place(next, bytes.length)),
  (bytes, next) => without(bytes, place(next, bytes.length), 1 + below(next, 500)),
  (bytes, next) => {
    const from = place(next, bytes.length);
    return insert(bytes, place(next, bytes.length), bytes.subarray(from, from + below(next, 5000)));
  },
  (bytes, next) =>
    insert(bytes, place(next, bytes.length), Buffer.from(Array.from({ length: 40 }, () => below(next, 256)))),
  (bytes, next) => bytes.fill(pick(next, [0, 0xff]), place(next, bytes.length)),
  (bytes, next) => {
    const at = place(next, bytes.length);
    return bytes.fill(pick(next, [0, 0xff]), at, Math.min(bytes.length, at + 1 + below(next, 2000)));
  },
];

/** One to three changes to a file's bytes. */
export function damageBytes(bytes, next) {
  let damaged = Buffer.from(bytes);
  for (let n = 1 + below(next, 3); n > 0 && damaged.length > 0; n--) damaged = pick(next, BYTE_CHANGES)(damaged, next);
  return damaged;
}

/** What stands where something else is expected in JSON. */
const VALUES = [
  ...[
    "-1",
    "0",
    "0.5",
    "1e308",
    "-1e-320",
    "9007199254740993",
    "2147483648",
    "null",
    "true",
    "false",
    '""',
    "[]",
    "{}",
  ],
  ...[
    '"__proto__"',
    '"../../etc/passwd"',
    '"\\u0000\\u001b[2J"',
    '"\\ud800"',
    '"None"',
    "[[[[[[[[[[[[]]]]]]]]]]]]",
    '{"a":{"a":{}}}',
  ],
  ...[`"${"x".repeat(5000)}"`, "[".repeat(20_000), `[${"0,".repeat(10_000)}0]`, '{"constructor":1,"constructor":2}'],
];
const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:e[+-]?\d+)?|true|false|null|[[\]{}:,]/g;
/** Of a tokenizer, the first tokens are as good as all fifty thousand. */
const MAX_TOKENS = 4000;

/** A JSON text with one to three tokens replaced, or with its bytes changed. */
export function damageJson(bytes, next) {
  if (next() < 0.3) return damageBytes(bytes, next);
  let text = bytes.toString();
  for (let n = 1 + below(next, 3); n > 0; n--) {
    const tokens = [];
    for (const { 0: token, index } of text.matchAll(TOKEN)) {
      tokens.push([token, index]);
      if (tokens.length === MAX_TOKENS) break;
    }
    if (tokens.length === 0) break;
    const [token, index] = pick(next, tokens);
    const value = next() < 0.2 ? pick(next, tokens)[0] : pick(next, VALUES);
    text = text.slice(0, index) + value + text.slice(index + token.length);
  }
  return Buffer.from(text);
}

const LINES = [
  ...[
    "",
    " ",
    "#",
    "@",
    "@list.txt",
    "@./list.txt",
    "-",
    "--help",
    "..",
    ".",
    "/",
    "~",
    "*",
    "**/*",
    "[",
    "{a,b",
    "!(",
    "\u0000",
  ],
  ...[
    "missing.wav",
    "http:x.wav",
    "http://",
    "https://[::1",
    "file:///dev/zero",
    "/dev/zero",
    "/dev/full",
    "/proc/self/mem",
  ],
  ...[
    "a\u001b[2Jb.wav",
    "x".repeat(5000),
    `${"../".repeat(2000)}a.wav`,
    "\ud800.wav",
    "con",
    "a.wav\ta.wav",
    "concat:a.wav|b.wav",
  ],
];

/** A list of names with lines replaced, added or joined, or with its bytes changed. */
export function damageLines(bytes, next) {
  if (next() < 0.3) return damageBytes(bytes, next);
  const lines = bytes.toString().split("\n");
  for (let n = 1 + below(next, 4); n > 0; n--)
    lines.splice(below(next, lines.length + 1), below(next, 2), pick(next, LINES));
  return Buffer.from(lines.join(pick(next, ["\n", "\n", "\r\n", "\r", "\n\n"])));
}
