"""Owns what one evaluated task came to, and the file of such rows that a run can be resumed from.

Refuses to mix: one file holds rows of one model, program and way of asking.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, fields
from enum import Enum
from pathlib import Path
from typing import Any

from assistant.checks.results import Verdict
from assistant.errors import UsageError
from assistant.proposal.changes import Change
from assistant.solving.values import Candidate


class Stage(Enum):
    """Where a task that did not pass went wrong."""

    NONE = ""
    ERROR = "error"
    """The assistant ended with an error that is not the model's."""
    NO_PROPOSAL = "no proposal"
    NOT_APPLIED = "not applied"
    NOT_RANKED_FIRST = "right one not ranked first"
    """Another candidate of the same proposal passes."""
    NO_CANDIDATE_RIGHT = "no candidate right"
    NOT_LOCALIZED = "not localized"
    """Nothing was written, or planned, where something must change."""
    BESIDE = "a step beside the task"
    """A plan names what need not change as well."""
    TOO_MANY = "more steps than places"


@dataclass(frozen=True, slots=True)
class SolveResult:
    """What a solver did in the repository of a task."""

    applied: bool
    """The top proposal was written."""
    verdict: Verdict = Verdict.UNVERIFIED
    """What the assistant said of it."""
    candidates: tuple[tuple[Change, ...], ...] = ()
    """Changes of every candidate that was kept, the applied one first."""
    drawn: int = 0
    """Answers that were drawn."""
    tokens: int = 0
    """Generated, over all candidates."""
    prompt_tokens: int = 0
    problem: str = ""
    """Why there is no proposal."""
    places: tuple[str, ...] = ()
    """Labels of the places that were weighed, path::unit or path, most likely first; of a plan,
    those of its steps."""
    tried: tuple[str, ...] = ()
    """Of these, the ones that were to be written."""
    discarded: tuple[str, ...] = ()
    """Why answers were thrown away, one reason each."""
    hunks: tuple[float | None, ...] = ()
    """Confidence shown with each hunk of the top proposal."""
    replayed_seconds: float = 0.0
    """What replayed text took when it was generated; part of the row's seconds."""
    pool: tuple[Candidate, ...] = ()
    """The candidates with their evidence, the applied one first."""


@dataclass(frozen=True, slots=True)
class Label:
    """What a file of results was made with."""

    model: str
    seed: int
    strategy: str = "default"
    most: int = 0
    """Answers to draw at the most; 0 where that is not told."""
    generated_tests: bool = False
    """Tests that the model writes may rank answers."""
    program: str = ""
    """Version of the program; empty where it is not told."""
    without: tuple[str, ...] = ()
    """Sources and judges that were switched off."""

    @property
    def words(self) -> str:
        """For a person to read."""
        told = [self.model, f"seed {self.seed}", self.strategy]
        told += [f"at most {self.most} answers"] if self.most else []
        told += ["generated tests"] if self.generated_tests else []
        told += [f"without {', '.join(self.without)}"] if self.without else []
        return ", ".join([*told, f"program {self.program or 'unknown'}"])


@dataclass(frozen=True, slots=True)
class Row:
    id: str
    kind: str
    passed: bool
    """A proposal was written, and the hidden check exits with 0; or a plan is right."""
    proposal_applied: bool
    verified_claim: bool
    wrong_verified: bool
    """Called verified, and the hidden check fails."""
    tokens: int
    seconds: float
    """Of solving, the hidden check not included."""
    candidates: int
    error: str
    stage: str
    verdict: str
    prompt_tokens: int
    output: str
    """End of what the hidden check printed; empty when it passed."""
    model: str
    seed: int
    strategy: str
    shown: bool = False
    """There was a proposal, or a plan."""
    no_op: bool = False
    """It changes no byte."""
    unparsable: bool = False
    """A Python file of it does not parse."""
    places: tuple[str, ...] = ()
    """As in `SolveResult`; so are the next three."""
    tried: tuple[str, ...] = ()
    discarded: tuple[str, ...] = ()
    hunks: tuple[float | None, ...] = ()
    truth: tuple[str, ...] = ()
    """Labels of what must change; empty where that is not known."""
    truth_from: str = ""
    """How that is known."""
    most: int = 0
    """As in `Label`; so are the next three."""
    generated_tests: bool = False
    program: str = ""
    without: tuple[str, ...] = ()

    @property
    def label(self) -> Label:
        """What it was made with."""
        shared = {field.name: getattr(self, field.name) for field in fields(Label)}
        return Label(**shared)


class ResultsFile:
    """Rows as JSON lines, appended one by one and synced, so that an interrupted run loses none."""

    def __init__(self, path: Path, label: Label) -> None:
        """Raises UsageError when the file holds rows made otherwise, or cannot be read."""
        self.path = path
        self.label = label
        self.rows = list(read_rows(path)) if path.exists() else []
        for row in self.rows:
            if row.label != label:
                raise UsageError(
                    f"{path} holds results of {row.label.words}; these would be of {label.words}.",
                    hint="Write to another file, or move this one away.",
                )

    @property
    def done(self) -> frozenset[str]:
        """Ids that need not run again."""
        return frozenset(row.id for row in self.rows)

    def append(self, row: Row) -> None:
        """Adds a row. Raises UsageError when the file cannot be written."""
        line = json.dumps(asdict(row), ensure_ascii=False) + "\n"
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("ab+") as file:
                # A line that a killed run left unfinished is made to end here.
                file.seek(max(file.seek(0, os.SEEK_END) - 1, 0))
                separator = b"" if file.read(1) in (b"", b"\n") else b"\n"
                file.write(separator + line.encode("utf-8", "surrogatepass"))
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise UsageError(
                f"Results cannot be written to {self.path}: {error.strerror}.",
                hint="Give a file in a folder that you may write to.",
            ) from error
        self.rows.append(row)


def read_rows(path: Path) -> tuple[Row, ...]:
    """The rows of a results file; a last line that was cut off is left out.

    Raises UsageError with the number of a line that is no result.
    """
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        raise UsageError(
            f"The results in {path} cannot be read: {error.strerror}.",
            hint="Give a file that `assistant eval` wrote.",
        ) from error
    rows = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = _row(json.loads(line.decode("utf-8", "surrogatepass")))
        except ValueError as error:
            if not line.startswith(b"{") or _complete(line):
                raise UsageError(
                    f"{path}:{number}: this is no result: {error}.",
                    hint="Give a file that `assistant eval` wrote.",
                ) from error
            continue
        rows[row.id] = row
    return tuple(rows.values())


def _complete(line: bytes) -> bool:
    return line.rstrip().endswith(b"}")


def _row(value: Any) -> Row:
    if not isinstance(value, Mapping):
        raise ValueError("not a JSON object")
    known = {field.name: field.default is MISSING for field in fields(Row)}
    missing = [name for name, needed in known.items() if needed and name not in value]
    if missing:
        raise ValueError(f"the field {missing[0]!r} is missing")
    given: dict[str, Any] = {name: value[name] for name in known if name in value}
    lists = {name: tuple(v) for name, v in given.items() if isinstance(v, list)}
    return Row(**(given | lists))
