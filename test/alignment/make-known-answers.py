#!/usr/bin/env python3
"""Known answers of openai-whisper's own timing.py, tokenizer.py and transcribe.py on random inputs, without torch.

usage: make-known-answers.py WHISPER_SOURCES TOKENIZER_JSON ENCODINGS_JSON CASES > known-answers.ndjson
WHISPER_SOURCES is the folder whisper/ of openai/whisper at v20250625. Needs numpy. Its functions run as they are; only what
torch and tiktoken do (softmax, deviation, median; decoding) is done here with numpy and bytes. CASES is 40 for the file here:
one case a line, each [kind, case].
"""
import json, random, sys, textwrap, types
import numpy as np

sources, tokenizer_json, encodings_json, count = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
rng = random.Random(20250625)
PREPEND, APPEND = "\"'“¿([{-", "\"'.。,，!！?？:：”)]}、"


def load(name):
    lines = open(f"{sources}/{name}.py", encoding="utf-8").read().split("\n")
    return "\n".join(l for l in lines if not l.startswith(("import torch", "import numba", "import tiktoken", "from .", "@numba")))


torch = types.SimpleNamespace(Tensor=object)
timing = {"torch": torch, "HOP_LENGTH": 160, "SAMPLE_RATE": 16000, "TOKENS_PER_SECOND": 50, "Tokenizer": object, "__name__": "timing"}
sys.modules["timing"] = types.ModuleType("timing")
exec(load("timing").replace("import torch.nn.functional as F", ""), timing)
tokenizing = {"tiktoken": types.SimpleNamespace(Encoding=object), "__name__": "tokenizing"}
sys.modules["tokenizing"] = types.ModuleType("tokenizing")
exec(load("tokenizer"), tokenizing)


def plain(x):
    if isinstance(x, dict): return {k: plain(v) for k, v in x.items()}
    if isinstance(x, (list, tuple, np.ndarray)): return [plain(v) for v in x]
    if isinstance(x, np.integer): return int(x)
    if isinstance(x, np.floating): return float(x)
    return x


def dtw_case():
    rows, columns = rng.randint(1, 7), rng.randint(7, 20)
    cost = np.array([[rng.choice([-2, -1, -0.5, 0, 0.5, 1, 3]) for _ in range(columns)] for _ in range(rows)])
    text, time = timing["dtw_cpu"](cost)
    entered = time[np.pad(np.diff(text), (1, 0), constant_values=1).astype(bool)]
    return dict(rows=rows, columns=columns, cost=cost.ravel(), entered=entered)


def cost_case():
    heads, rows, positions = 2, rng.randint(4, 7), rng.randint(2, 14)
    wanted = rng.randint(1, positions)
    scores = np.array([round(rng.uniform(-6, 6), 2) for _ in range(heads * rows * positions)], np.float32)
    weights = scores.reshape(heads, rows, positions)[:, :, :wanted].astype(np.float64)
    weights = np.exp(weights - weights.max(-1, keepdims=True))
    weights /= weights.sum(-1, keepdims=True)
    std = weights.std(-2, keepdims=True)
    weights = np.where(std > 0, (weights - weights.mean(-2, keepdims=True)) / np.where(std > 0, std, 1), 0)
    if wanted > 3:
        padded = np.pad(weights, ((0, 0), (0, 0), (3, 3)), mode="reflect")
        weights = np.median(np.lib.stride_tricks.sliding_window_view(padded, 7, axis=-1), axis=-1)
    cost = -weights.mean(0)[1:-1]
    return dict(heads=heads, rows=rows, positions=positions, wanted=wanted, scores=[round(float(s), 2) for s in scores],
                cost=[round(float(c), 6) for c in cost.ravel()])


WORDS = [*[" we", " speak", "ing", " of", " a", " long", " time"] * 3, ",", ".", ".", "?", "!?", " \"", "\"", " (", ")", " -", " '", "。", "、", " ", "...", " (\""]


def words_case():
    n = rng.randint(0, 14)
    at, alignment = rng.randint(0, 40), []
    for _ in range(n):
        length = rng.choice([0, 1, 4, 8, 10, 15, 20, 30, 45, 60, 90, 200])
        tokens = [rng.randint(0, 50000) for _ in range(rng.choice([1, 1, 1, 2, 3]))]
        probability = round(rng.random(), 3)
        alignment.append(dict(word=rng.choice(WORDS), tokens=tokens, start=at / 50, end=(at + length) / 50, probability=probability))
        at += length
    tokens = [t for w in alignment for t in w["tokens"]]
    seek = rng.choice([0, 0, rng.randint(1, 400000)])
    offset = seek * 160 / 16000
    segments, begin = [], 0
    while True:
        end = rng.randint(begin, len(tokens)) if len(segments) < 3 else len(tokens)
        start = offset + rng.randint(0, at + 20) * 0.02
        segments.append(dict(seek=seek, start=start, end=start + rng.choice([0, 0.4, 1.5, 6]), tokens=[50364, *tokens[begin:end], 50400]))
        begin = end
        if end == len(tokens): break
    for segment in segments:  # the first word's time, or nearly: so that every branch is met
        if alignment and rng.random() < 0.6:
            word, last = rng.choice(alignment), rng.choice(alignment)
            segment["start"] = offset + word["start"] + rng.choice([0, 0.3, 0.52, 1, -0.7])
            segment["end"] = offset + last["end"] + rng.choice([0, -0.3, -0.52, -1, 0.8])
    last_speech = max(0.0, offset - rng.choice([0, 0.5, 2, 30]))
    case = dict(seek=seek, lastSpeech=last_speech, alignment=alignment, before=[dict(s) for s in segments])
    timing["find_alignment"] = lambda *_: [timing["WordTiming"](**{**w, "tokens": list(w["tokens"])}) for w in alignment]
    timing["add_word_timestamps"](
        segments=segments, model=None, tokenizer=types.SimpleNamespace(eot=50257), mel=None, num_frames=3000,
        prepend_punctuations=PREPEND, append_punctuations=APPEND, last_speech_timestamp=last_speech)
    case["after"] = [{k: s[k] for k in ("start", "end", "words")} for s in segments]
    case["alignment"] = [{**w, "tokens": len(w["tokens"])} for w in alignment]
    case["before"] = [dict(start=s["start"], end=s["end"], tokens=s["tokens"]) for s in case["before"]]
    return case


def block(first, last):
    lines = open(f"{sources}/transcribe.py", encoding="utf-8").read().split("\n")
    begin = next(i for i, l in enumerate(lines) if l.strip().startswith(first))
    end = next(i for i, l in enumerate(lines) if i > begin and l.strip().startswith(last))
    return textwrap.dedent("\n".join(lines[begin:end]))


ANOMALY = block("# anomalous words are", "timestamp_tokens: torch.Tensor")


def seek_blocks():
    lines = open(f"{sources}/transcribe.py", encoding="utf-8").read().split("\n")
    skip = next(i for i, l in enumerate(lines) if "# skip silence before possible hallucinations" in l)
    past = max(i for i, l in enumerate(lines[:skip]) if l.strip() == "if not single_timestamp_ending:")
    end = next(i for i, l in enumerate(lines) if "last_speech_timestamp = last_word_end" in l)
    return textwrap.dedent("\n".join(lines[past:skip])), textwrap.dedent("\n".join(lines[skip : end + 1]))


PAST, SKIP = seek_blocks()
utils = {"__name__": "utils"}
exec(open(f"{sources}/utils.py", encoding="utf-8").read(), utils)


def hallucination_case():
    seek = rng.choice([0, rng.randint(1, 100000)])
    frames = rng.choice([3000, 3000, rng.randint(100, 3000)])
    content = seek + frames + (rng.choice([0, 100, 5000]) if frames == 3000 else 0)
    offset = seek * 160 / 16000
    at, segments = offset + rng.choice([0, 0, 1, 3]), []
    for _ in range(rng.randint(1, 4)):
        at = round(at + rng.choice([0, 0, 0.3, 1.9, 2.5]), 2)
        odd, words = rng.random() < 0.5, []
        for _ in range(rng.choice([0, 1, 2, 3, 10])):
            length = rng.choice([0.04, 0.1, 0.13, 2.4, 4] if odd else [0.2, 0.3, 0.5])
            word = dict(word=rng.choice(WORDS), start=at, end=round(at + length, 2), probability=rng.choice([0.05, 0.2] if odd else [0.14, 0.5, 0.9]))
            words.append(word)
            at = word["end"]
        start = words[0]["start"] if words else at
        segments.append(dict(start=start, end=words[-1]["end"] if words else at, words=words))
    last_speech = max(0.0, offset - rng.choice([0, 0.5, 2, 5]))
    g = dict(get_end=utils["get_end"], Optional=__import__("typing").Optional, List=list, FRAMES_PER_SECOND=100, punctuation=PREPEND + APPEND)
    g.update(seek=seek + rng.choice([frames, 500]), previous_seek=seek, segment_size=frames, time_offset=offset,
             window_end_time=float((seek + 3000) * 160 / 16000), segment_duration=frames * 160 / 16000,
             content_frames=content, content_duration=float(content * 160 / 16000), last_speech_timestamp=last_speech,
             single_timestamp_ending=rng.random() < 0.3, hallucination_silence_threshold=rng.choice([0.2, 1.0, 2.0, 2.0]),
             current_segments=[dict(s) for s in segments], skipped=True)
    exec(ANOMALY, g)
    exec(PAST, g)
    case = dict(segments=segments, seek=seek, frames=frames, nextSeek=g["seek"], contentFrames=content, lastSpeech=last_speech,
                endsWithSingleTimestamp=g["single_timestamp_ending"], threshold=g["hallucination_silence_threshold"])
    exec("for _ in [0]:\n" + textwrap.indent(SKIP, "  ") + "\n  skipped = False", g)
    case.update(kept=0 if g["skipped"] else len(g["current_segments"]), then=g["seek"], heard=g["last_speech_timestamp"], skipped=g["skipped"])
    return case


def split_cases():
    model = json.load(open(tokenizer_json, encoding="utf-8"))
    printable = [b for b in range(256) if 0x21 <= b <= 0x7E or 0xA1 <= b and b != 0xAD]
    spelled = {chr(b): b for b in printable}
    spelled.update({chr(256 + i): b for i, b in enumerate(b for b in range(256) if b not in printable)})
    texts = {i: bytes(spelled[c] for c in s) for s, i in model["model"]["vocab"].items() if i < 50257}
    texts[50257] = b"<|endoftext|>"
    encoding = types.SimpleNamespace(eot_token=50257, decode=lambda ids: b"".join(texts[i] for i in ids).decode("utf-8", "replace"))
    for case in json.load(open(encodings_json, encoding="utf-8"))["cases"]:
        for language in ("en", "ja"):
            tokenizer = object.__new__(tokenizing["Tokenizer"])
            tokenizer.encoding, tokenizer.language = encoding, language
            words, tokens = tokenizer.split_to_word_tokens(case["multilingual"] + [50257])
            yield dict(language=language, tokens=case["multilingual"], words=words[:-1], lengths=[len(t) for t in tokens[:-1]])


def rounding_case():
    x = rng.choice([rng.randint(0, 4000000) / 1000 + 0.005, rng.randint(0, 80000) / 8, rng.uniform(0, 30000), rng.randint(0, 5000) * 0.02])
    return [x, round(x, 2)]


def many(make, n=count):
    return [make() for _ in range(n)]


kinds = dict(dtw=many(dtw_case), cost=many(cost_case, count // 4), words=many(words_case), hallucination=many(hallucination_case),
             split=list(split_cases()), rounding=many(rounding_case))
for kind, cases in kinds.items():
    for case in cases:
        print(json.dumps([kind, plain(case)], ensure_ascii=False, separators=(",", ":")))
