#!/usr/bin/env python3
"""Spans of faster-whisper's own vad.py on random probabilities.

usage: make-known-answers.py VAD_PY CASES > known-answers.ndjson
VAD_PY is faster_whisper/vad.py of faster-whisper 1.2.1; needs numpy. Its get_speech_timestamps runs as it is, only the model is
replaced by the probabilities. A letter of base 64 is a frame: the n-th stands for (n + 0.5) / 64. CASES is 80 for the file here,
one case a line.
"""
import json, random, sys, types
import numpy as np

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
path, count = sys.argv[1], int(sys.argv[2])
rng = random.Random(121)
sys.modules["faster_whisper"] = types.ModuleType("faster_whisper")
utils = sys.modules["faster_whisper.utils"] = types.ModuleType("faster_whisper.utils")
utils.get_assets_path = None
vad = types.ModuleType("vad")
sys.modules["vad"] = vad
exec(open(path, encoding="utf-8").read(), vad.__dict__)


def track():
    letters, length = [], rng.choice([1, 40, 150, 250])
    while len(letters) < length:
        low, high = rng.choice([(0, 12), (0, 12), (15, 40), (45, 63), (45, 63), (0, 63)])
        letters += [LETTERS[rng.randint(low, high)] for _ in range(rng.choice([1, 2, 3, 5, 10, 20, 60]))]
    return "".join(letters)


def case():
    pad = rng.choice([0, 30, 100, 400])
    options = {
        "threshold": rng.choice([0.3, 0.5, 0.7]),
        "neg_threshold": rng.choice([None, None, 0.01, 0.25]),
        "min_speech_duration_ms": rng.choice([0, 0, 100, 250]),
        "max_speech_duration_s": rng.choice([None, None, 1.5, 2.3, 4]),
        "min_silence_duration_ms": rng.choice([0, 64, 100, 160, 500, 2000]),
        "speech_pad_ms": pad,
    }
    given = {k: v for k, v in options.items() if v is not None}
    probabilities = track()
    total = 512 * len(probabilities) - rng.choice([1, 200, 511])  # a whole last frame would get one more of silence there
    vad.get_vad_model = lambda: lambda audio: np.array([(LETTERS.index(c) + 0.5) / 64 for c in probabilities])
    spans = vad.get_speech_timestamps(np.zeros(total, dtype=np.float32), **given)
    return {**given, "total": total, "probabilities": probabilities, "spans": [[s["start"], s["end"]] for s in spans]}


for _ in range(count):
    print(json.dumps(case()))
