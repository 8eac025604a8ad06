"""A line of the list of hostile inputs and faults."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    number: int
    what: str
    tests: tuple[str, ...]
    """Node ids below `tests/`, with or without a parameter; all of them together prove the line."""


def line(number: int, what: str, *tests: str) -> Line:
    return Line(number, what, tests)
