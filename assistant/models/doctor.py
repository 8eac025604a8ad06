"""Owns the diagnosis of an installation: what was found, what was chosen and why, what is wrong.

`gather` looks, `diagnose` judges and is pure. Refuses to touch the network, to load the model, and
to change anything.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from assistant.models.catalog import GIB
from assistant.models.installed import InstalledModel
from assistant.models.machine import Hardware
from assistant.models.surroundings import Findings, Surroundings

State: TypeAlias = Literal["ok", "note", "problem"]

_LITTLE_DISK = 4 * GIB


@dataclass(frozen=True, slots=True)
class Row:
    topic: str
    """computer, model, cache, programs or terminal."""
    name: str
    value: str
    state: State = "ok"
    """note: works, but less well than it could; problem: something does not work."""
    hint: str = ""
    """Why, or what to do."""


def diagnose(findings: Findings) -> tuple[Row, ...]:
    """One row per fact, in the order in which a reader needs them."""
    return (
        *_computer(findings.hardware),
        *_model(findings),
        *_cache(findings),
        *_programs(findings.surroundings),
        *_terminal(findings.surroundings),
    )


def _computer(hardware: Hardware) -> tuple[Row, ...]:
    cores = f"{hardware.cores_usable} of {hardware.cores_physical} physical usable"
    confined = hardware.cores_usable < hardware.cores_physical
    memory = (
        f"{hardware.memory_available / GIB:.1f} GiB available of "
        f"{hardware.memory_total / GIB:.1f} GiB"
    )
    little = hardware.memory_available < 2 * GIB
    return (
        Row("computer", "processor", hardware.processor or "unknown"),
        Row(
            "computer",
            "cores",
            f"{cores} ({hardware.cores_logical} logical)",
            "note" if confined else "ok",
            "Affinity or a control group holds the others back." if confined else "",
        ),
        Row("computer", "instruction sets", *_instructions(hardware)),
        Row(
            "computer",
            "memory",
            memory,
            "problem" if little else "ok",
            "Close other programs: the smallest model for code needs 2 GiB." if little else "",
        ),
        *_gpus(hardware),
    )


def _instructions(hardware: Hardware) -> tuple[str, State, str]:
    if hardware.instruction_sets:
        return ", ".join(hardware.instruction_sets), "ok", ""
    return "none that speed this up", "note", "Without AVX2 or NEON the CPU is slow."


def _gpus(hardware: Hardware) -> tuple[Row, ...]:
    if not hardware.gpus:
        return (Row("computer", "GPU", "none found", "ok", "nvidia-smi lists none."),)
    unused = "The installed PyTorch is not built for it." if not hardware.cuda else ""
    return tuple(
        Row(
            "computer",
            f"GPU {gpu.index}",
            f"{gpu.name}, {gpu.free / GIB:.1f} GiB free of {gpu.memory / GIB:.1f} GiB",
            "note" if unused else "ok",
            unused,
        )
        for gpu in hardware.gpus
    )


def _model(findings: Findings) -> tuple[Row, ...]:
    choice = findings.choice
    why = "You named it." if findings.named else choice.why
    weights = str(findings.folder) if findings.folder else findings.problem
    return (
        Row("model", "model", choice.model, "ok", why),
        Row("model", "device", f"{choice.device} ({choice.weights} weights)"),
        Row("model", "weights", weights, "ok" if findings.folder else "problem", findings.hint),
    )


def _cache(findings: Findings) -> tuple[Row, ...]:
    free = findings.hardware.disk_free
    low = free < _LITTLE_DISK
    return (
        Row("cache", "folder", str(findings.cache_dir)),
        *(_installed(model) for model in findings.installed),
        *_unfinished(findings.unfinished_bytes),
        Row("cache", "in all", _size(findings.cache_bytes)),
        Row(
            "cache",
            "free on its disk",
            _size(free),
            "note" if low else "ok",
            "`assistant models remove ID` makes room." if low else "",
        ),
        Row("cache", "state folder", str(findings.state_dir)),
    )


def _installed(model: InstalledModel) -> Row:
    value = f"{_size(model.bytes)}, {model.weights or 'unknown format'}"
    if not model.problem:
        return Row("cache", model.name, value)
    hint = f"{model.problem}; `assistant models pull {model.name}` makes it again."
    return Row("cache", model.name, f"{value}, damaged", "problem", hint)


def _unfinished(size: int) -> tuple[Row, ...]:
    if not size:
        return ()
    hint = "The next pull goes on from them; `assistant models remove ID` deletes them."
    return (Row("cache", "unfinished downloads", _size(size), "note", hint),)


def _programs(found: Surroundings) -> tuple[Row, ...]:
    return (
        Row("programs", "assistant", found.assistant or "not installed: run from its folder"),
        Row("programs", "Python", found.python),
        _needed("PyTorch", found.torch, "Install it: `python -m pip install torch`."),
        _needed(
            "transformers", found.transformers, "Install it: `python -m pip install transformers`."
        ),
        _needed("git", found.git, "Install git; without it no repository can be opened."),
        Row(
            "programs",
            "pip",
            "there" if found.pip else "not there",
            "ok" if found.pip else "note",
            ""
            if found.pip
            else "Weights then come from the hub or a file only: `python -m ensurepip` brings it.",
        ),
        _sandbox(found),
    )


def _needed(name: str, version: str, hint: str) -> Row:
    if version:
        return Row("programs", name, version)
    return Row("programs", name, "not found", "problem", hint)


def _sandbox(found: Surroundings) -> Row:
    if found.confinement == "bubblewrap":
        return Row("programs", "sandbox of checks", f"bubblewrap ({found.bubblewrap})")
    if found.confinement == "namespaces":
        return Row("programs", "sandbox of checks", "Linux namespaces, made by the assistant")
    value = found.confinement or ("bubblewrap is installed" if found.bubblewrap else "none")
    why = "bubblewrap does not work here" if found.bubblewrap else "bubblewrap is not installed"
    if found.bubblewrap and not found.confinement:
        return Row("programs", "sandbox of checks", value)
    hint = f"{why}: check commands can then read and change your files; consent is asked first."
    return Row("programs", "sandbox of checks", value, "note", hint)


def _terminal(found: Surroundings) -> tuple[Row, ...]:
    if not found.interactive:
        return (Row("terminal", "terminal", "none", "note", "Headless commands only."),)
    dumb = found.term in ("", "dumb")
    narrow = found.columns < 80 or found.lines < 24
    utf8 = "utf" in found.encoding.casefold()
    return (
        Row(
            "terminal",
            "TERM",
            found.term or "not set",
            "problem" if dumb else "ok",
            "The interface needs a terminal that moves its cursor." if dumb else "",
        ),
        Row("terminal", "colours", found.colours),
        Row(
            "terminal",
            "size",
            f"{found.columns}x{found.lines}",
            "note" if narrow else "ok",
            "The interface is made for 80x24 and more." if narrow else "",
        ),
        Row(
            "terminal",
            "encoding",
            found.encoding,
            "ok" if utf8 else "note",
            "" if utf8 else "Set LANG to a UTF-8 locale for frames and marks.",
        ),
    )


def _size(count: int) -> str:
    return f"{count / GIB:.1f} GiB" if count >= GIB // 10 else f"{count / 1024**2:.0f} MiB"
