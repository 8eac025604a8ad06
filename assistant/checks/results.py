"""Owns what a check says: values only."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum


class Status(Enum):
    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"
    """Could not or should not run; the detail says why."""
    HINT = "hint"
    """Tells which candidate is likelier; neither for nor against one."""
    DISPUTED = "disputed"
    """Speaks against calling the candidate verified, though a check proves it."""


class Verdict(Enum):
    """What the user may believe of a candidate."""

    VERIFIED = "verified"
    """A test command failed before, or covers the change, and passes now."""
    PARTLY = "partly verified"
    """It parses and defines its names, but no test spoke for it, or for another answer as well."""
    UNVERIFIED = "unverified"
    """Nothing could be checked."""
    FAILED = "failed"
    """A check speaks against it."""

    @staticmethod
    def of(evidence: Sequence["Evidence"]) -> "Verdict":
        if any(check.status is Status.FAILED for check in evidence):
            return Verdict.FAILED
        passed = [check for check in evidence if check.status is Status.PASSED]
        disputed = any(check.status is Status.DISPUTED for check in evidence)
        if any(check.proves for check in passed) and not disputed:
            return Verdict.VERIFIED
        return Verdict.PARTLY if passed else Verdict.UNVERIFIED


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one judge found about a candidate."""

    judge: str
    """Name of the judge, as in the registry."""
    status: Status
    detail: str
    """One line for people."""
    output: str = ""
    """What a tool printed, capped."""
    proves: bool = False
    """True for a check command that failed before: passing it makes the candidate verified."""
    rank: float = 0.0
    """Orders candidates with the same verdict, lowest first; 0 is neutral."""
    seconds: float = 0.0
    about: tuple[str, ...] = ()
    """Labels of definitions, or calls, that the detail is about."""


@dataclass(frozen=True, slots=True)
class CommandResult:
    """A check command that ran to its end, or was ended."""

    argv: tuple[str, ...]
    exit_code: int
    """Negative: ended by that signal."""
    output: str
    """Both streams as they came, capped; undecodable bytes replaced."""
    seconds: float
    timed_out: bool = False
    truncated: bool = False
    sandbox: str = ""
    """How it was confined: as `sandbox.Confinement` has it."""

    @property
    def passed(self) -> bool:
        return self.exit_code == 0 and not self.timed_out


@dataclass(frozen=True, slots=True)
class Frame:
    """A place in the repository that a failure went through."""

    path: str
    line: int
    """1-based."""
    function: str = ""


@dataclass(frozen=True, slots=True)
class Failure:
    """One thing that the check command complained about."""

    name: str
    """Test id, or the kind of error."""
    message: str
    """The assertion or error, a few lines at the most."""
    frames: tuple[Frame, ...] = ()
    """Inside the repository only, outermost first."""
