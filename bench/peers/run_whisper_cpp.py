"""
whisper_cpp.py JOB: one recording after another through pywhispercpp (whisper.cpp), with its defaults but for the language,
the threads and the beam; prints a line of JSON for each.
"""
import json
import sys

from pywhispercpp.model import Model

job = json.loads(sys.argv[1])
beams = job["beamSize"]
search = {"params_sampling_strategy": 1, "beam_search": {"beam_size": beams, "patience": -1.0}} if beams > 1 else {}
model = Model(
    job["model"],
    redirect_whispercpp_logs_to=None,
    n_threads=job["threads"],
    language=job["language"],
    print_progress=False,
    **search,
)
for file in job["files"]:
    text = " ".join(segment.text for segment in model.transcribe(file))
    print(json.dumps({"file": file, "text": text}), flush=True)
