"""Finds the functions of candidates, or of the repository, that mutants and infill start from."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from assistant.repo.parsing import units_of
from assistant.repo.reading import text_file
from assistant.repo.units import unit_text
from assistant.solving.state import State
from assistant.solving.values import Candidate, Target


@dataclass(frozen=True, slots=True)
class Base:
    """One function to vary."""

    target: Target
    code: str
    candidate: Candidate | None
    """Whose file it is in; None for the repository's."""
    file_text: str = ""
    """The candidate's whole file."""


def wrong_functions(state: State, candidate: Candidate) -> Iterator[Base]:
    """The functions that missed stated examples call, as a candidate has them."""
    if state.expectations is None:
        return
    path = state.expectations.path
    change = next((each for each in candidate.changes if each.path == path), None)
    if change is None or change.new is None:
        return
    file = text_file(path, change.new)
    for unit in state.expectations.wrong_units(units_of(file), candidate):
        target = replace(state.target, unit=unit)
        yield Base(target, unit_text(file.text, unit), candidate, file.text)
