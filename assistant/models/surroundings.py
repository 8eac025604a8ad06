"""Gathers the findings for a diagnosis: machine, model store, programs and terminal.

Changes nothing, takes bounded time, and never runs a program from the working directory.
"""

import importlib.metadata
import importlib.util
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from assistant.errors import ModelError
from assistant.models.hardware import Choice, Hardware, choose, detect, device_for, weights_for
from assistant.models.installed import InstalledModel, tree_bytes
from assistant.models.memory.window import local_window
from assistant.models.store import ModelStore
from assistant.settings import Settings

_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Programs and terminal of this process; strings are empty for what is missing."""

    assistant: str
    python: str
    torch: str
    transformers: str
    git: str
    pip: bool
    """True if this Python has pip."""
    bubblewrap: str
    """Path of the program."""
    confinement: str
    """How check commands are confined, from `checks.sandbox`; empty if unknown."""
    interactive: bool
    term: str
    colours: str
    columns: int
    lines: int
    encoding: str


@dataclass(frozen=True, slots=True)
class Findings:
    hardware: Hardware
    choice: Choice
    named: bool
    """True if the user set the model, so none was chosen automatically."""
    folder: Path | None
    """Folder of the weights; None if they cannot be loaded, for the reason in `problem`."""
    problem: str
    hint: str
    installed: tuple[InstalledModel, ...]
    cache_dir: Path
    cache_bytes: int
    unfinished_bytes: int
    """Size of interrupted downloads."""
    state_dir: Path
    surroundings: Surroundings
    window: int = 0
    """Tokens that prompt and answer may take together; 0 if the weights cannot be loaded."""


def gather(
    settings: Settings,
    *,
    confinement: str = "",
    environ: Mapping[str, str] = os.environ,
    hardware: Hardware | None = None,
    surroundings: Surroundings | None = None,
) -> Findings:
    """Inspect this machine with these settings; errors become findings."""
    found = hardware or detect(settings.cache_dir)
    weights = weights_for(settings.device, found)
    store = ModelStore(settings.cache_dir, weights=weights)
    installed = store.installed()
    intact = [m.name for m in installed if m.weights == weights and not m.problem]
    choice = choose(found, device=settings.device, installed=intact)
    if settings.model:
        choice = Choice(settings.model, device_for(settings.device, found), weights, "")
    folder, problem, hint = _resolve(store, choice.model)
    return Findings(
        hardware=found,
        choice=choice,
        named=bool(settings.model),
        folder=folder,
        problem=problem,
        hint=hint,
        installed=installed,
        cache_dir=settings.cache_dir,
        cache_bytes=tree_bytes(settings.cache_dir),
        unfinished_bytes=tree_bytes(store.layout.root / ".downloads"),
        state_dir=settings.state_dir,
        surroundings=surroundings or look_around(confinement, environ),
        window=local_window(folder, settings, lambda: found) if folder else 0,
    )


def look_around(confinement: str, environ: Mapping[str, str]) -> Surroundings:
    """The programs and the terminal of this process."""
    size = shutil.get_terminal_size()
    return Surroundings(
        assistant=_version("assistant-ide"),
        python=f"{platform.python_version()} ({sys.executable})",
        torch=_version("torch"),
        transformers=_version("transformers"),
        git=_git_version(),
        pip=importlib.util.find_spec("pip") is not None,
        bubblewrap=_program("bwrap"),
        confinement=confinement,
        interactive=sys.stdin.isatty() and sys.stdout.isatty(),
        term=environ.get("TERM", ""),
        colours=_colours(environ),
        columns=size.columns,
        lines=size.lines,
        encoding=_encoding(),
    )


def _encoding() -> str:
    """The encoding of the terminal, also while a screen has replaced the standard output."""
    streams = (sys.stdout, sys.__stdout__)
    return next((found for s in streams if (found := getattr(s, "encoding", None))), "unknown")


def _resolve(store: ModelStore, model: str) -> tuple[Path | None, str, str]:
    try:
        return store.resolve(model), "", ""
    except ModelError as error:
        return None, error.message, error.hint


def _colours(environ: Mapping[str, str]) -> str:
    if environ.get("NO_COLOR"):
        return "off (NO_COLOR)"
    if environ.get("COLORTERM", "") in ("truecolor", "24bit"):
        return "16 million"
    return "256" if "256color" in environ.get("TERM", "") else "16 or fewer"


def _version(distribution: str) -> str:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return ""


def _git_version() -> str:
    program = _program("git")
    if not program:
        return ""
    try:
        done = subprocess.run([program, "version"], capture_output=True, timeout=_SECONDS)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.decode("utf-8", "replace").strip().removeprefix("git version ")


def _program(name: str) -> str:
    """Absolute path of a program; relative entries of PATH are ignored."""
    path = shutil.which(name)
    return path if path is not None and Path(path).is_absolute() else ""
