"""How many tokens prompt and answer may take with a model that runs here."""

import json
from pathlib import Path
from typing import Any

import pytest

from assistant.models.machine import Gpu, Hardware
from assistant.models.memory.from_config import shape_of_config
from assistant.models.memory.plan import Way, largest_window, load_of
from assistant.models.memory.window import local_window
from assistant.settings import CPU_WINDOW, Settings

GIB = 1024**3
CONFIG = {
    "model_type": "qwen3",
    "num_hidden_layers": 36,
    "hidden_size": 4096,
    "intermediate_size": 12288,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "head_dim": 128,
    "vocab_size": 151936,
    "max_position_embeddings": 131072,
    "tie_word_embeddings": False,
}


def folder_of(path: Path, weights: str = "bf16", trained: Any = 131072) -> Path:
    path.mkdir(exist_ok=True)
    manifest = {"format_version": 1, "weights": weights, "context_tokens": trained}
    (path / "manifest.json").write_text(json.dumps(manifest))
    (path / "config.json").write_text(json.dumps(CONFIG))
    return path


def window(folder: Path, gpu: float = 0, torch: str = "2.13.0", **settings: Any) -> int:
    gpus = (Gpu(0, "A", round(gpu * GIB), round(gpu * GIB)),) if gpu else ()
    machine = Hardware("P", 4, 8, 4, 64 * GIB, 60 * GIB, (), gpus, torch, GIB)
    return local_window(folder, Settings(**settings), lambda: machine)


def test_a_cpu_gets_the_default_however_much_memory_there_is(tmp_path: Path) -> None:
    assert window(folder_of(tmp_path, "int8")) == CPU_WINDOW
    assert window(folder_of(tmp_path, "int8"), gpu=80) == CPU_WINDOW
    assert window(folder_of(tmp_path), gpu=80, device="cpu") == CPU_WINDOW
    assert window(folder_of(tmp_path), gpu=80, torch="2.13.0+cpu") == CPU_WINDOW
    assert window(folder_of(tmp_path)) == CPU_WINDOW


def test_a_gpu_gets_what_fits(tmp_path: Path) -> None:
    folder, shape = folder_of(tmp_path), shape_of_config(CONFIG)
    small, large = window(folder, gpu=32), window(folder, gpu=64)
    assert CPU_WINDOW < small < large < 131072
    assert small == largest_window(shape, Way("cuda", "bf16", True), 32 * GIB)
    assert load_of(shape, Way("cuda", "bf16", True), small).total <= 32 * GIB
    assert window(folder, gpu=32, gpu_weights="4bit") > small
    assert window(folder, gpu=32, candidates=1) > small


def test_a_gpu_never_gets_more_than_the_model_knows(tmp_path: Path) -> None:
    assert window(folder_of(tmp_path), gpu=400) == 131072
    assert window(folder_of(tmp_path, trained=40_000), gpu=400) == 40_000
    assert window(folder_of(tmp_path, trained=2048), gpu=400) == 2048
    assert window(folder_of(tmp_path, "int8", trained=2048)) == 2048


def test_a_gpu_that_is_too_small_gets_the_default_and_the_worker_decides(tmp_path: Path) -> None:
    assert window(folder_of(tmp_path), gpu=4) == CPU_WINDOW


@pytest.mark.parametrize("gpu", [0, 400])
def test_a_number_in_the_settings_is_the_limit(tmp_path: Path, gpu: int) -> None:
    folder = folder_of(tmp_path)
    assert window(folder, gpu, context_tokens=3000) == 3000
    assert window(folder, gpu, context_tokens=50_000) == 50_000
    assert window(folder, gpu, context_tokens=500_000) == 131072


def test_the_machine_is_asked_only_if_that_matters(tmp_path: Path) -> None:
    def detect() -> Hardware:
        pytest.fail("asked for nothing")

    assert local_window(folder_of(tmp_path, "int8"), Settings(), detect) == CPU_WINDOW
    named = Settings(context_tokens=100)
    assert local_window(folder_of(tmp_path), named, detect) == 100


@pytest.mark.parametrize("manifest", ["", "[]", '{"context_tokens": "many", "weights": "int8"}'])
def test_a_damaged_manifest_is_left_to_the_worker(tmp_path: Path, manifest: str) -> None:
    (tmp_path / "manifest.json").write_text(manifest)
    assert window(tmp_path) == CPU_WINDOW
    assert window(tmp_path / "missing") == CPU_WINDOW


def test_a_model_of_unknown_shape_gets_the_default(tmp_path: Path) -> None:
    folder = folder_of(tmp_path)
    (folder / "config.json").write_text("{}")
    assert window(folder, gpu=400) == CPU_WINDOW
