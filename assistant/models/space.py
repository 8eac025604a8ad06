"""Owns the question whether there is room on the disk, asked before anything is written."""

import shutil
from collections.abc import Callable
from pathlib import Path

from assistant.errors import ModelError
from assistant.models.catalog import GIB, Weights

_MARGIN = 64 * 1024 * 1024
"""Left free for everything else on the disk."""


class NoSpace(ModelError):
    """The disk has no room for the weights; nothing was written for want of it."""


def free_bytes(folder: Path) -> int:
    """Bytes that may be written below a folder, which need not exist yet."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return shutil.disk_usage(folder).free


def require_space(folder: Path, needed: int, free: Callable[[Path], int]) -> None:
    """Raises NoSpace when `needed` bytes and a margin do not fit below a folder."""
    available = free(folder)
    if available < needed + _MARGIN:
        raise NoSpace(
            f"No room for the weights: {needed / GIB:.1f} GiB are needed below {folder}, "
            f"{available / GIB:.1f} GiB are free.",
            hint="Free some space, remove a model (`assistant models list` shows them), or set "
            "ASSISTANT_CACHE_DIR to another disk.",
        )


def estimate_converted(size: int, weights: Weights, *, gguf: bool) -> int:
    """Estimated bytes after conversion of `size` bytes of weights with unknown parameter count.

    GGUF is taken for 4 to 5 bits per weight, safetensors for 16; an estimate errs upwards.
    """
    if gguf:
        return round(size * (2.2 if weights == "int8" else 3.6))
    return round(size * (0.8 if weights == "int8" else 1.1))
