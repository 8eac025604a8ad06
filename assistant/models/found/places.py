"""Where other programs keep their models: Ollama, LM Studio, llama.cpp and the hub's cache.

Sources: docs.ollama.com/faq, lmstudio.ai/docs, the README of llama.cpp, and
huggingface.co/docs/huggingface_hub/package_reference/environment_variables.
"""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_OLLAMA_SERVICE = Path("/usr/share/ollama/.ollama/models")
"""Of the user `ollama`, under which the service runs on Linux."""


@dataclass(frozen=True, slots=True)
class Places:
    """Folders that may contain models; they need not exist. Earlier ones win."""

    ollama: tuple[Path, ...] = ()
    lm_studio: tuple[Path, ...] = ()
    llama_cpp: tuple[Path, ...] = ()
    hub: tuple[Path, ...] = ()


def usual_places(
    environ: Mapping[str, str] = os.environ, home: Path | None = None, system: str = sys.platform
) -> Places:
    """The folders that the programs use by default, and those that the environment names."""
    home = home or Path("~").expanduser()
    cache = _path(environ.get("XDG_CACHE_HOME")) or home / ".cache"
    shared = home / "Library" / "Caches" if system == "darwin" else cache
    hub = _path(environ.get("HF_HOME")) or cache / "huggingface"
    named_hub = environ.get("HF_HUB_CACHE") or environ.get("HUGGINGFACE_HUB_CACHE")
    return Places(
        ollama=_unique(
            _path(environ.get("OLLAMA_MODELS")), home / ".ollama" / "models", _OLLAMA_SERVICE
        ),
        lm_studio=_unique(
            _lm_studio_home(home), home / ".lmstudio" / "models", cache / "lm-studio" / "models"
        ),
        llama_cpp=_unique(_path(environ.get("LLAMA_CACHE")) or shared / "llama.cpp"),
        hub=_unique(_path(named_hub) or hub / "hub"),
    )


def _lm_studio_home(home: Path) -> Path | None:
    """The folder that LM Studio was moved to, if it was."""
    try:
        text = (home / ".lmstudio-home-pointer").read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        return None
    moved = _path(text.splitlines()[0] if text else "")
    return moved / "models" if moved is not None else None


def _path(text: str | None) -> Path | None:
    """An absolute path; None for an empty or a relative one, which would depend on where we run."""
    path = Path(os.path.expanduser(text.strip())) if text else None  # noqa: PTH111 - never raises
    return path if path is not None and path.is_absolute() else None


def _unique(*paths: Path | None) -> tuple[Path, ...]:
    return tuple(dict.fromkeys(path for path in paths if path is not None))
