"""Helpers that run Python code as a check command and inspect the effects."""

from pathlib import Path

import psutil

from assistant.checks.commands import CheckCommand
from assistant.checks.results import CommandResult, Failure
from assistant.checks.runner import CheckRunner


class Flag:
    """A cancellation flag for the runner."""

    def __init__(self, is_set: bool = False) -> None:
        self.is_set = is_set


def run(
    runner: CheckRunner,
    code: str,
    overlay: dict[str, bytes | None] | None = None,
    timeout: float = 30,
) -> CommandResult:
    """Runs Python code as the check command."""
    command = CheckCommand(("python", "-I", "-S", "-c", code), "given")
    return runner.run(command, overlay or {}, Flag(), timeout=timeout)


def contents(root: Path) -> dict[str, bytes]:
    return {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file()}


def alive_with(word: str) -> list[int]:
    found = []
    for process in psutil.process_iter(["cmdline"]):
        if word in (process.info["cmdline"] or []):
            found.append(process.pid)
    return found


def places(failure: Failure) -> list[tuple[str, int, str]]:
    return [(frame.path, frame.line, frame.function) for frame in failure.frames]
