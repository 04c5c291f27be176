"""
run_faster_whisper.py JOB: one recording after another through faster-whisper in int8, with its defaults but for the
language, the threads, the beam and the batch; prints a line of JSON for each.
"""
import json
import sys

from faster_whisper import BatchedInferencePipeline, WhisperModel

job = json.loads(sys.argv[1])
model = WhisperModel(
    job["model"], device="cpu", compute_type="int8", cpu_threads=job["threads"], num_workers=1, local_files_only=True
)
options = {"language": job["language"], "beam_size": job["beamSize"]}
if job["batchSize"] > 1:
    model = BatchedInferencePipeline(model)
    options["batch_size"] = job["batchSize"]
for file in job["files"]:
    segments, _ = model.transcribe(file, **options)
    text = "".join(segment.text for segment in segments)
    print(json.dumps({"file": file, "text": text}), flush=True)
