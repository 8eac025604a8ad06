"""Looks whether what the task adds by name exists afterwards, and whether the rest stayed."""

import re
from collections.abc import Iterator, Sequence

from assistant.checks.results import Evidence, Status
from assistant.intent.reading import read_intent
from assistant.intent.values import Addition, Intent
from assistant.proposal.changes import Change
from assistant.repo.bodies import body_in
from assistant.repo.files import TextFile, decode_text
from assistant.repo.parsing import units_of
from assistant.repo.reading import text_file
from assistant.repo.units import Unit, UnitKind, unit_text
from assistant.solving.registry import Judge, judge
from assistant.solving.state import State
from assistant.solving.values import Candidate

_FUNCTIONS = (UnitKind.FUNCTION, UnitKind.METHOD)


@judge
class Requested(Judge):
    name = "requested"
    order = 15

    def judge(self, state: State, candidate: Candidate) -> Evidence | None:
        """Against a candidate that lacks a definition or a parameter, or changes others.

        The absence fails a candidate only where the name cannot be prose. Otherwise it is a hint,
        and so is a change of something that an insertion should have left alone.
        """
        intent = read_intent(state.job.request.wanted)
        absent = [each for each in intent.parameters if not _is_written(candidate.changes, each)]
        if absent:
            detail = f"does not add the parameter {', '.join(absent)}, which the task asks for"
            sure = len(state.targets) == 1 and intent.code_names.issuperset(absent)
            status = Status.FAILED if sure else Status.HINT
            about = tuple(absent)
            return Evidence(self.name, status, detail, rank=float(len(about)), about=about)
        lacking = [each for each in intent.additions if not _is_there(candidate.changes, each)]
        if lacking and not len(lacking) == len(intent.additions) > 1:
            # Several names, none of which is there, were more likely misread.
            names = tuple(each.name for each in lacking)
            detail = f"does not add {', '.join(names)}, which the task asks for"
            sure = state.target.adds and intent.code_names.issuperset(names)
            status = Status.FAILED if sure else Status.HINT
            return Evidence(self.name, status, detail, rank=float(len(names)), about=names)
        touched = tuple(_touched(candidate.changes, intent)) if state.target.adds else ()
        if not touched:
            return None
        detail = f"changes {', '.join(touched)}, which the task does not mention"
        return Evidence(self.name, Status.HINT, detail, rank=0.5, about=touched)


def _is_there(changes: Sequence[Change], addition: Addition) -> bool:
    """Whether a definition of the name is there after the changes, or a line that has it is new."""
    name = addition.name
    for change in changes:
        new = _file(change.path, change.new)
        if any(unit.name.rpartition(".")[2] == name for unit in units_of(new)):
            return True
        if any(name in _members(new, unit) for unit in units_of(new)):
            return True
    return _is_written(changes, name)


def _is_written(changes: Sequence[Change], name: str) -> bool:
    """Whether a line that is new has the name."""
    word = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")
    for change in changes:
        old = set(decode_text(change.old or b"").splitlines())
        lines = decode_text(change.new or b"").splitlines()
        if any(word.search(line) for line in lines if line not in old):
            return True
    return False


def _members(file: TextFile, unit: Unit) -> frozenset[str]:
    if unit.kind is not UnitKind.CLASS:
        return frozenset()
    body = body_in(file.path, file.data, unit.start, unit.end)
    return frozenset(each.name for each in body.members) if body else frozenset()


def _touched(changes: Sequence[Change], intent: Intent) -> Iterator[str]:
    """Functions and methods that were changed or removed without being mentioned."""
    for change in changes:
        if change.old is None or change.new is None:
            continue
        old, new = _file(change.path, change.old), _file(change.path, change.new)
        after = {unit.name: unit_text(new.text, unit) for unit in units_of(new)}
        for unit in units_of(old):
            mentioned = intent.mentions(unit.name.rpartition(".")[2])
            same = after.get(unit.name) == unit_text(old.text, unit)
            if unit.kind in _FUNCTIONS and not mentioned and not same:
                yield unit.name


def _file(path: str, data: bytes | None) -> TextFile:
    return text_file(path, data or b"")
