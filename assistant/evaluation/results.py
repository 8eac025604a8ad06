"""Results of evaluated tasks, and the file of rows from which a run can be resumed.

A file contains only rows with the same label: one model, program version and set of options.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, field, fields
from enum import Enum
from pathlib import Path
from typing import Any

from assistant.checks.results import Verdict
from assistant.errors import UsageError
from assistant.proposal.changes import Change
from assistant.solving.values import Candidate

_EARLIER_VERDICTS = {"partly verified": Verdict.NOT_TESTED, "unverified": Verdict.NOT_TESTED}
"""Words of results files that were written before, in the weakest sense that they had."""


class Stage(Enum):
    """The stage at which a task failed."""

    NONE = ""
    ERROR = "error"
    """The assistant failed with an error that the model did not cause."""
    NO_PROPOSAL = "no proposal"
    NOT_APPLIED = "not applied"
    NOT_RANKED_FIRST = "right one not ranked first"
    """Another candidate of the same proposal passes."""
    NO_CANDIDATE_RIGHT = "no candidate right"
    NOT_LOCALIZED = "not localized"
    """None of the targets that must change was written or planned."""
    BESIDE = "a step beside the task"
    """A plan also names a target that need not change."""
    TOO_MANY = "more steps than places"


@dataclass(frozen=True, slots=True)
class SolveResult:
    """The result of a solver in the repository of a task."""

    applied: bool
    """The top proposal was written."""
    verdict: Verdict = Verdict.NOT_TESTED
    """Verdict of the top proposal."""
    candidates: tuple[tuple[Change, ...], ...] = ()
    """Changes of every candidate that was kept, applied one first."""
    drawn: int = 0
    """Candidates that were generated."""
    tokens: int = 0
    """Generated tokens over all candidates."""
    prompt_tokens: int = 0
    problem: str = ""
    """Why there is no proposal."""
    places: tuple[str, ...] = ()
    """Labels of the targets that were considered, path::unit or path, most likely first; for a
    plan, the targets of its steps."""
    tried: tuple[str, ...] = ()
    """Those of them that were chosen to be written."""
    discarded: tuple[str, ...] = ()
    """Reasons for discarded candidates, one each."""
    hunks: tuple[float | None, ...] = ()
    """Token probability of each hunk of the top proposal."""
    replayed_seconds: float = 0.0
    """Original generation time of replayed text; added to the seconds of the row."""
    pool: tuple[Candidate, ...] = ()
    """The candidates with their evidence, applied one first."""
    times: Mapping[str, float] = field(default_factory=dict)
    """Seconds by what they went into, as in `Timer`."""


@dataclass(frozen=True, slots=True)
class Label:
    """The model, program and options of a results file."""

    model: str
    seed: int
    strategy: str = "default"
    most: int = 0
    """Maximum number of candidates; 0 if unknown."""
    generated_tests: bool = False
    """Generated tests may rank candidates."""
    program: str = ""
    """Version of the program; empty if unknown."""
    without: tuple[str, ...] = ()
    """Sources and judges that were disabled."""

    @property
    def words(self) -> str:
        """A human-readable description."""
        parts = [self.model, f"seed {self.seed}", self.strategy]
        parts += [f"at most {self.most} candidates"] if self.most else []
        parts += ["generated tests"] if self.generated_tests else []
        parts += [f"without {', '.join(self.without)}"] if self.without else []
        return ", ".join([*parts, f"program {self.program or 'unknown'}"])


@dataclass(frozen=True, slots=True)
class Row:
    id: str
    kind: str
    passed: bool
    """A proposal was written and the hidden check exits with 0, or a plan is correct."""
    proposal_applied: bool
    verified_claim: bool
    wrong_verified: bool
    """The verdict is verified, but the hidden check fails."""
    tokens: int
    seconds: float
    """Time to solve the task, without the hidden check."""
    candidates: int
    error: str
    stage: str
    verdict: str
    prompt_tokens: int
    output: str
    """End of the output of the hidden check; empty if it passed."""
    model: str
    seed: int
    strategy: str
    shown: bool = False
    """There was a proposal or a plan."""
    no_op: bool = False
    """The proposal changes no byte."""
    unparsable: bool = False
    """A Python file of the proposal does not parse."""
    places: tuple[str, ...] = ()
    """As in `SolveResult`, like the next three."""
    tried: tuple[str, ...] = ()
    discarded: tuple[str, ...] = ()
    hunks: tuple[float | None, ...] = ()
    truth: tuple[str, ...] = ()
    """Labels of the targets that must change; empty if unknown."""
    truth_from: str = ""
    """How the truth is known."""
    may: tuple[str, ...] = ()
    """Files that a plan may also name."""
    most: int = 0
    """As in `Label`, like the next three."""
    generated_tests: bool = False
    program: str = ""
    without: tuple[str, ...] = ()
    times: Mapping[str, float] = field(default_factory=dict)
    """As in `SolveResult`; empty if unknown."""

    @property
    def label(self) -> Label:
        """The model, program and options of this row."""
        shared = {each.name: getattr(self, each.name) for each in fields(Label)}
        return Label(**shared)


class ResultsFile:
    """A JSON Lines file of rows. Each append is synced, so an interrupted run loses none."""

    def __init__(self, path: Path, label: Label) -> None:
        """Raises UsageError if the file cannot be read or has rows with another label."""
        self.path = path
        self.label = label
        self.rows = list(read_rows(path)) if path.exists() else []
        for row in self.rows:
            if row.label != label:
                raise UsageError(
                    f"{path} contains results of {row.label.words}, but this run is {label.words}.",
                    hint="Write to another file, or move this one.",
                )

    @property
    def done(self) -> frozenset[str]:
        """Ids of the tasks with a result."""
        return frozenset(row.id for row in self.rows)

    def append(self, row: Row) -> None:
        """Appends a row. Raises UsageError if the file cannot be written."""
        line = json.dumps(asdict(row), ensure_ascii=False) + "\n"
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("ab+") as file:
                # Terminate a partial line that a killed run may have left.
                file.seek(max(file.seek(0, os.SEEK_END) - 1, 0))
                separator = b"" if file.read(1) in (b"", b"\n") else b"\n"
                file.write(separator + line.encode("utf-8", "surrogatepass"))
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise UsageError(
                f"Results cannot be written to {self.path}: {error.strerror}.",
                hint="Choose a file in a folder with write permission.",
            ) from error
        self.rows.append(row)


def read_rows(path: Path) -> tuple[Row, ...]:
    """Reads the rows of a results file, and ignores truncated lines.

    Raises UsageError with the number of an invalid line.
    """
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        raise UsageError(
            f"The results in {path} cannot be read: {error.strerror}.",
            hint="Pass a file written by `assistant eval`.",
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
                    f"{path}:{number}: not a result: {error}.",
                    hint="Pass a file written by `assistant eval`.",
                ) from error
            continue
        rows[row.id] = row
    return tuple(rows.values())


def _complete(line: bytes) -> bool:
    return line.rstrip().endswith(b"}")


def _row(value: Any) -> Row:
    if not isinstance(value, Mapping):
        raise ValueError("not a JSON object")
    known = {
        each.name: each.default is MISSING and each.default_factory is MISSING
        for each in fields(Row)
    }
    missing = [name for name, needed in known.items() if needed and name not in value]
    if missing:
        raise ValueError(f"the field {missing[0]!r} is missing")
    given: dict[str, Any] = {name: value[name] for name in known if name in value}
    if (verdict := _EARLIER_VERDICTS.get(given["verdict"])) is not None:
        given["verdict"] = verdict.value
    lists = {name: tuple(v) for name, v in given.items() if isinstance(v, list)}
    return Row(**(given | lists))
