"""The window of a model that runs here: how many tokens prompt and answer may take together."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from assistant.errors import ModelError
from assistant.models.machine import Gpu, Hardware
from assistant.models.memory.known import shape_of_file
from assistant.models.memory.plan import Way, largest_window
from assistant.models.record import CONFIG, MANIFEST
from assistant.settings import CPU_WINDOW, Settings


def local_window(folder: Path, settings: Settings, detect: Callable[[], Hardware]) -> int:
    """Tokens that prompt and answer may take with the converted weights in a folder.

    Never more than the model was trained for. A number in the settings is the limit; without one,
    a CPU gets CPU_WINDOW, and a GPU what fits its free memory, but not less. `detect` is called
    only if that matters.
    """
    facts = _manifest(folder)
    told = facts.get("context_tokens")
    trained = told if isinstance(told, int) and told > 0 else CPU_WINDOW
    if settings.context_tokens:
        return min(settings.context_tokens, trained)
    usual = min(CPU_WINDOW, trained)
    if facts.get("weights") != "bf16" or settings.device == "cpu":
        return usual
    hardware = detect()
    if not hardware.cuda:
        return usual
    return max(usual, min(_fitting(folder, settings, hardware.gpus[0]), trained))


def _fitting(folder: Path, settings: Settings, gpu: Gpu) -> int:
    """The largest window that fits a GPU; 0 if that is not known."""
    try:
        shape = shape_of_file(folder / CONFIG)
    except ModelError:
        return 0
    way = Way("cuda", "4bit" if settings.gpu_weights == "4bit" else "bf16", shape.decodable)
    return largest_window(shape, way, gpu.free, settings.candidates)


def _manifest(folder: Path) -> dict[str, Any]:
    try:
        facts = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}  # the worker says what is wrong with it
    return facts if isinstance(facts, dict) else {}
