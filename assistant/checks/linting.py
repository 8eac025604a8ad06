"""Runs a type checker or a linter in the sandbox and reads what it complains of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from assistant.checks.complaints import Complaint
from assistant.checks.failures import without_escapes
from assistant.checks.results import CommandResult
from assistant.checks.runner import CheckRunner
from assistant.checks.scratch import Stop
from assistant.checks.tools import CACHES, ConfiguredTool
from assistant.errors import CheckError


@dataclass(frozen=True, slots=True)
class Findings:
    """What a tool says about files."""

    complaints: tuple[Complaint, ...] = ()
    seconds: float = 0.0
    problem: str = ""
    """Why it says nothing that can be relied on; empty when it checked everything."""


def run_tool(
    runner: CheckRunner,
    tool: ConfiguredTool,
    paths: Sequence[str],
    overlay: Mapping[str, bytes | None],
    cancel: Stop,
    *,
    timeout: float,
) -> Findings:
    """Checks files of the working tree with the overlay.

    `timeout` is in seconds of wall-clock time. Raises Cancelled.
    """
    try:
        result = runner.run(tool.on(paths), overlay, cancel, timeout=timeout, kept=CACHES)
    except CheckError as error:
        return Findings(problem=error.message.rstrip("."))
    output = without_escapes(result.output)
    found = [_relative(each, runner.root) for each in tool.tool.read(output)]
    problem = _problem(result, tool, output, found)
    if problem:
        return Findings(seconds=result.seconds, problem=problem)
    texts = {path: _lines(runner.root, path, overlay) for path in {each.path for each in found}}
    complaints = tuple(_with_text(each, texts[each.path]) for each in found)
    return Findings(complaints, result.seconds)


def _problem(
    result: CommandResult, tool: ConfiguredTool, output: str, found: Sequence[Complaint]
) -> str:
    if result.timed_out:
        return f"it takes longer than {result.seconds:.0f} s"
    if result.truncated:
        return "it says more than is read"
    if result.exit_code in tool.tool.exits and (found or result.exit_code == 0):
        return ""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    last = f": {lines[-1][:120]}" if lines else ""
    return f"it ends with exit code {result.exit_code}{last}"


def _relative(complaint: Complaint, root: Path) -> Complaint:
    path = complaint.path.removeprefix(f"{root}/").removeprefix("./")
    return replace(complaint, path=path)


def _lines(root: Path, path: str, overlay: Mapping[str, bytes | None]) -> list[str]:
    """The lines of a file with the overlay; empty where it cannot be read."""
    data = overlay.get(path)
    file = (root / path).resolve()
    if path not in overlay and file.is_relative_to(root):
        try:
            data = file.read_bytes()
        except OSError:
            return []
    return (data or b"").decode("utf-8", "replace").splitlines()


def _with_text(complaint: Complaint, lines: Sequence[str]) -> Complaint:
    at = complaint.line - 1
    return replace(complaint, text=lines[at].strip() if 0 <= at < len(lines) else "")
