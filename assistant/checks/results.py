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
    """Ran, and tells which candidate is likelier; neither for nor against one."""


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
    def of(checks: Sequence["Check"]) -> "Verdict":
        if any(check.status is Status.FAILED for check in checks):
            return Verdict.FAILED
        passed = [check for check in checks if check.status is Status.PASSED]
        if any(check.proves for check in passed):
            return Verdict.VERIFIED
        return Verdict.PARTLY if passed else Verdict.UNVERIFIED


@dataclass(frozen=True, slots=True)
class Check:
    """Evidence about a candidate."""

    name: str
    """syntax, names, lint, tests."""
    status: Status
    detail: str
    """One line."""
    output: str = ""
    """What the tool printed, capped."""
    proves: bool = False
    """True for a test command: passing it makes the candidate verified."""
    seconds: float = 0.0


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
