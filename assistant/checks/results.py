"""Values that describe the results of checks."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum


class Status(Enum):
    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"
    """The check could not or should not run; the detail says why."""
    HINT = "hint"
    """Ranks candidates; neither for nor against one."""
    DISPUTED = "disputed"
    """The candidate must not be called verified, even if a check proves it."""


class Verdict(Enum):
    """How far a candidate is tested: a promise to the user."""

    VERIFIED = "verified"
    """A test that failed before passes now, and nothing contradicts it."""
    TESTS_PASS = "tests pass"  # noqa: S105  # no password
    """Tests that cover the change pass, but none of them shows that it is right."""
    NOT_TESTED = "not tested"
    """No test ran: it was parsed and linted at most."""
    FAILED = "failed"
    """A check failed."""

    @staticmethod
    def of(evidence: Sequence["Evidence"]) -> "Verdict":
        if any(check.status is Status.FAILED for check in evidence):
            return Verdict.FAILED
        tests = [check for check in evidence if check.status is Status.PASSED and check.covers]
        disputed = any(check.status is Status.DISPUTED for check in evidence)
        if any(check.proves for check in tests) and not disputed:
            return Verdict.VERIFIED
        return Verdict.TESTS_PASS if tests else Verdict.NOT_TESTED


@dataclass(frozen=True, slots=True)
class Evidence:
    """The finding of one judge about a candidate."""

    judge: str
    """Name of the judge, as in the registry."""
    status: Status
    detail: str
    """One line for the user."""
    output: str = ""
    """Output of the tool, truncated."""
    proves: bool = False
    """True for a check command that failed before and passes now."""
    covers: bool = False
    """True if tests that cover the change ran. What passes them has at least *tests pass*, and with
    `proves` it is verified; linters and parsers cover nothing."""
    rank: float = 0.0
    """Orders candidates with the same verdict, lowest first. 0 is neutral."""
    seconds: float = 0.0
    about: tuple[str, ...] = ()
    """Labels of the definitions or calls that the detail refers to."""


@dataclass(frozen=True, slots=True)
class CommandResult:
    """A check command that ended or was killed."""

    argv: tuple[str, ...]
    exit_code: int
    """Negative: killed by that signal."""
    output: str
    """Standard output and error interleaved, truncated; undecodable bytes are replaced."""
    seconds: float
    timed_out: bool = False
    truncated: bool = False
    sandbox: str = ""
    """The confinement, see `sandbox.Confinement`."""

    @property
    def passed(self) -> bool:
        return self.exit_code == 0 and not self.timed_out


@dataclass(frozen=True, slots=True)
class Frame:
    """A stack frame inside the repository."""

    path: str
    line: int
    """1-based."""
    function: str = ""


@dataclass(frozen=True, slots=True)
class Failure:
    """One failure that the check command reported."""

    name: str
    """Test id or kind of error."""
    message: str
    """The assertion or error, at most a few lines."""
    frames: tuple[Frame, ...] = ()
    """Frames inside the repository, outermost first."""
