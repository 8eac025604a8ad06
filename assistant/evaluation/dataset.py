"""Reads files of evaluation tasks: one JSON object per line.

An invalid line is an error that names the line; skipping it silently would distort the rates.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Literal, TypeAlias

from assistant.errors import UsageError

TaskKind: TypeAlias = Literal["fix", "edit", "implement", "plan"]
_KINDS = ("fix", "edit", "implement", "plan")


@dataclass(frozen=True, slots=True)
class EvalCheck:
    """Files to write into the repository, and the command to run."""

    files: Mapping[str, str]
    command: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Expected:
    """The files that a plan names."""

    must: tuple[str, ...]
    """All of these."""
    may: tuple[str, ...]
    """Any of these: tests, documents and change logs. Every other file is beside the task."""


NO_CHECK = EvalCheck({}, ())
"""The hidden check of a plan, which is judged by what is expected of it."""


@dataclass(frozen=True, slots=True)
class EvalTask:
    id: str
    kind: TaskKind
    files: Mapping[str, str]
    """The initial repository: text by relative path."""
    selected: tuple[str, ...]
    """Files in context."""
    task: str
    """The request of the user."""
    visible: EvalCheck | None
    """Check that the assistant may see and run."""
    hidden: EvalCheck
    """Check that decides the result; never shown to the model or the solver."""
    timeout: float
    """Timeout of one command in seconds."""
    expected: Expected | None = None
    """For a plan only, which has it instead of checks."""
    source: str = ""
    licence: str = ""


@dataclass(frozen=True, slots=True)
class Chosen:
    """Selects the tasks of a file to run; all by default."""

    ids: tuple[str, ...] = ()
    """Run only these, if any are given."""
    limit: int | None = None
    """Run only this many, from the start of the file."""
    sample: int | None = None
    """Run only this many, spread evenly and always the same. A sample twice as large contains them,
    so it can reuse their results."""


ALL = Chosen()


def read_tasks(path: Path) -> tuple[EvalTask, ...]:
    """Reads the tasks of a file. Raises UsageError with the number of an invalid line."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"The tasks in {path} cannot be read: {error}",
            hint="Pass a file with one JSON object per line.",
        ) from error
    tasks: dict[str, EvalTask] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            task = _task(line)
        except ValueError as error:
            raise _invalid_line(path, number, str(error)) from error
        if task.id in tasks:
            raise _invalid_line(path, number, f"duplicate id {task.id!r}")
        tasks[task.id] = task
    if not tasks:
        raise UsageError(f"There are no tasks in {path}.", hint="Pass a file that contains some.")
    return tuple(tasks.values())


def choose_tasks(tasks: Sequence[EvalTask], chosen: Chosen) -> tuple[EvalTask, ...]:
    """The tasks to run, in file order.

    Raises UsageError for an unknown id, for a limit or sample below 1, and if both are given.
    """
    ids, limit, sample = chosen.ids, chosen.limit, chosen.sample
    for name, number in (("limit", limit), ("sample", sample)):
        if number is not None and number < 1:
            raise UsageError(f"A {name} of {number} selects no tasks.", hint="Pass 1 or more.")
    if limit is not None and sample is not None:
        raise UsageError("A limit and a sample cannot be combined.", hint="Pass only one of them.")
    known = {task.id for task in tasks}
    unknown = [each for each in ids if each not in known]
    if unknown:
        raise UsageError(
            f"No task has the id {unknown[0]!r}.",
            hint=f"Ids look like {tasks[0].id!r}." if tasks else "The file is empty.",
        )
    wanted = [task for task in tasks if not ids or task.id in ids]
    if sample is not None and sample < len(wanted):
        return tuple(wanted[index * len(wanted) // sample] for index in range(sample))
    return tuple(wanted[:limit])


def _invalid_line(path: Path, number: int, reason: str) -> UsageError:
    return UsageError(
        f"{path}:{number}: {reason}.",
        hint="Each line must be one task; see assistant/evaluation/README.md.",
    )


def _task(line: str) -> EvalTask:
    row = json.loads(line)
    if not isinstance(row, dict):
        raise ValueError("not a JSON object")
    kind = _field(row, "kind", str)
    if kind not in _KINDS:
        raise ValueError(f"the kind {kind!r} is not one of {', '.join(_KINDS)}")
    visible = row.get("visible")
    task = EvalTask(
        id=_text(row, "id"),
        kind=kind,
        files=_files(row),
        selected=tuple(_texts(row, "selected")),
        task=_text(row, "task"),
        visible=None if visible is None else _check(visible, "visible"),
        hidden=NO_CHECK if kind == "plan" else _check(row.get("hidden"), "hidden"),
        timeout=_seconds(row),
        expected=_expected(row) if kind == "plan" else None,
        source=str(row.get("source", "")),
        licence=str(row.get("licence", "")),
    )
    shown = {*task.files, *(task.visible.files if task.visible else ())}
    missing = [path for path in task.selected if path not in shown]
    if missing:
        raise ValueError(f"the selected file {missing[0]!r} is not among the files")
    return task


def _field(row: Mapping[str, Any], name: str, kind: type) -> Any:
    if name not in row:
        raise ValueError(f"the field {name!r} is missing")
    if not isinstance(row[name], kind):
        raise ValueError(f"the field {name!r} has the wrong type")
    return row[name]


def _text(row: Mapping[str, Any], name: str) -> str:
    text: str = _field(row, name, str)
    if not text.strip():
        raise ValueError(f"the field {name!r} is empty")
    return text


def _texts(row: Mapping[str, Any], name: str) -> list[str]:
    values: list[str] = _field(row, name, list)
    if not all(isinstance(value, str) for value in values):
        raise ValueError(f"the field {name!r} contains a value that is not text")
    return values


def _files(row: Mapping[str, Any]) -> Mapping[str, str]:
    files: dict[str, str] = _field(row, "files", dict)
    for path, text in files.items():
        pure = PurePosixPath(path)
        unsafe = pure.is_absolute() or ".." in pure.parts or not pure.parts or "\0" in path
        if unsafe or pure.parts[0].casefold() == ".git":
            raise ValueError(f"the path {path!r} is outside the repository")
        if not isinstance(text, str):
            raise ValueError(f"the file {path!r} is not text")
    return files


def _check(value: Any, name: str) -> EvalCheck:
    if not isinstance(value, dict):
        raise ValueError(f"the field {name!r} is missing or has the wrong type")
    command = _texts(value, "command")
    if not command or not command[0]:
        raise ValueError(f"the command of {name!r} is empty")
    return EvalCheck(_files(value), tuple(command))


def _expected(row: Mapping[str, Any]) -> Expected:
    value: Mapping[str, Any] = _field(row, "expected", dict)
    must, may = _texts(value, "must"), _texts(value, "may")
    if not must:
        raise ValueError("the field 'must' is empty")
    return Expected(tuple(must), tuple(may))


def _seconds(row: Mapping[str, Any]) -> float:
    seconds = row.get("timeout_s", 60)
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not seconds > 0:
        raise ValueError("the field 'timeout_s' is not a positive number")
    return float(seconds)
