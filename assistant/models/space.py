"""Free disk space, and what converted weights take, before anything is written."""

import shutil
from collections.abc import Callable
from pathlib import Path

from assistant.errors import ModelError
from assistant.models.catalog import GIB, Weights
from assistant.models.formats import find_source

_MARGIN = 64 * 1024 * 1024
"""Bytes left free for other files."""
TOKENIZER_BYTES = 16 * 1024 * 1024
"""Most that tokenizer and configuration take; that of Qwen2.5 takes 5 MB."""


class NoSpace(ModelError):
    """There is not enough disk space for the weights."""


def free_bytes(folder: Path) -> int:
    """Free disk space at a folder, which need not exist yet."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return shutil.disk_usage(folder).free


def require_space(folder: Path, needed: int, free: Callable[[Path], int]) -> None:
    """Raises NoSpace if a folder has no room for `needed` bytes and a margin."""
    available = free(folder)
    if available < needed + _MARGIN:
        raise NoSpace(
            f"Not enough disk space in {folder}: the weights need {needed / GIB:.1f} GiB, "
            f"{available / GIB:.1f} GiB is free.",
            hint="Free some space, remove a model (`assistant models list` shows them), or set "
            "ASSISTANT_CACHE_DIR to another disk.",
        )


def estimate_converted(size: int, weights: Weights, *, gguf: bool) -> int:
    """Estimated size after converting `size` bytes of weights of unknown parameter count.

    Assumes 4 to 5 bits per weight for GGUF and 16 for safetensors; errs on the high side.
    """
    if gguf:
        return round(size * (2.2 if weights == "int8" else 3.6))
    return round(size * (0.8 if weights == "int8" else 1.1))


def needed_bytes(path: Path, weights: Weights) -> int:
    """Disk space that the converted weights of a file or folder take: exact for GGUF.

    Raises ModelError if it cannot be converted.
    """
    source = find_source(path)
    if not source.gguf:
        return estimate_converted(source.bytes, weights, gguf=False)
    from assistant.models.gguf_facts import read_facts  # imports numpy, which only a pull needs

    facts = read_facts(source.path, weights)
    if reason := facts.other or facts.problem:
        raise ModelError(
            f"{source.path} cannot be used: {reason}",
            hint="Choose another file, or a folder with safetensors; `assistant models list` shows "
            "the models on this machine that can be used.",
        )
    return facts.converted_bytes + TOKENIZER_BYTES
