"""What came of one call of candidate code."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum


class Ending(Enum):
    """How a call ended."""

    VALUE = "value"
    ERROR = "error"
    TIMEOUT = "timeout"
    UNCOMPARABLE = "uncomparable"
    """The value's repr is too long."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Two calls did the same when their outcomes are equal."""

    ending: Ending
    text: str = ""
    """The repr of the value, or the name of the exception's type."""
    effects: str = ""
    """The repr of the arguments after the call, if effects were asked for."""

    @property
    def is_value(self) -> bool:
        return self.ending is Ending.VALUE

    @property
    def is_error(self) -> bool:
        return self.ending is Ending.ERROR


def decoded(results: Sequence[object]) -> tuple[Outcome, ...]:
    """The outcomes in the results of a trial; empty if any result is malformed.

    The code under test runs in the process that reports, so its report is not trusted.
    """
    try:
        return tuple(map(_outcome, results))
    except ValueError:
        return ()


def _outcome(result: object) -> Outcome:
    match result:
        case {"ending": ending, "text": str(text), "effects": str(effects)}:
            return Outcome(Ending(ending), text, effects)
        case {"ending": ending, "text": str(text)}:
            return Outcome(Ending(ending), text)
        case {"ending": ending}:
            return Outcome(Ending(ending))
    raise ValueError(result)
