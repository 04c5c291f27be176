"""
export_onnx.py SOURCE TARGET: a Whisper model folder (Hugging Face's layout, float32) -> the files that transformers.js
loads with dtype "q8", made as its own conversion script makes them: optimum's export, then weights quantized dynamically to
8 bits with one scale a tensor, unsigned in the graph that has convolutions.
"""
import json
import shutil
import sys
import tempfile
from pathlib import Path

from onnxruntime.quantization import QuantType, quantize_dynamic
from optimum.exporters.onnx import main_export
from transformers import (
    GenerationConfig,
    WhisperConfig,
    WhisperFeatureExtractor,
    WhisperForConditionalGeneration,
    WhisperTokenizerFast,
)

SPECIAL_TOKENS = {"bos_token_id": 50257, "eos_token_id": 50257, "pad_token_id": 50257, "decoder_start_token_id": 50258}
TASKS = {"translate": 50358, "transcribe": 50359}
DESCRIBED = ("alignment_heads", "lang_to_id", "suppress_tokens", "begin_suppress_tokens")
GRAPHS = {"encoder_model": QuantType.QUInt8, "decoder_model_merged": QuantType.QInt8}


def write_pytorch_folder(source: Path, target: Path) -> None:
    """Adds what Hugging Face's libraries want to know beside the weights, and Sotto does not."""
    described = json.loads((source / "config.json").read_text())
    sizes = {key: value for key, value in described.items() if isinstance(value, int)}
    model = WhisperForConditionalGeneration.from_pretrained(source, config=WhisperConfig(**sizes, **SPECIAL_TOKENS))
    model.generation_config = GenerationConfig(
        **SPECIAL_TOKENS,
        **{key: described[key] for key in DESCRIBED},
        task_to_id=TASKS,
        is_multilingual=True,
        no_timestamps_token_id=50363,
        prev_sot_token_id=50361,
        max_initial_timestamp_index=50,
        max_length=448,
        return_timestamps=False,
    )
    model.save_pretrained(target)
    WhisperFeatureExtractor().save_pretrained(target)
    WhisperTokenizerFast(tokenizer_file=str(source / "tokenizer.json")).save_pretrained(target)


def main(source: Path, target: Path) -> None:
    with tempfile.TemporaryDirectory(dir=target) as scratch:
        pytorch, exported = Path(scratch, "pytorch"), Path(scratch, "exported")
        write_pytorch_folder(source, pytorch)
        main_export(str(pytorch), exported, task="automatic-speech-recognition-with-past", do_validation=False)
        for description in exported.glob("*.json"):
            shutil.copy(description, target)
        (target / "onnx").mkdir()
        for name, weight_type in GRAPHS.items():
            quantize_dynamic(
                exported / f"{name}.onnx",
                target / "onnx" / f"{name}_quantized.onnx",
                weight_type=weight_type,
                extra_options={"EnableSubgraph": True, "MatMulConstBOnly": True},
            )


main(Path(sys.argv[1]), Path(sys.argv[2]))
