"""Checks for free disk space before anything is written."""

import shutil
from collections.abc import Callable
from pathlib import Path

from assistant.errors import ModelError
from assistant.models.catalog import GIB, Weights

_MARGIN = 64 * 1024 * 1024
"""Bytes left free for other files."""


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
