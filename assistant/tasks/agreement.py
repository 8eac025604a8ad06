"""Owns what answers that pass the same check say about each other.

A check pins down a few inputs. Where answers that pass it do the same on many more, they confirm
each other; where they differ, the check cannot tell which of them is right, and nobody should call
one of them verified. Works on Python functions that are called with literals somewhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from assistant.engine.base import Cancel
from assistant.probe.calls import probe
from assistant.probe.consensus import alike, broken, difference, raised_by
from assistant.probe.examples import Arguments, example_calls, variants
from assistant.probe.outcomes import Outcome
from assistant.proposal.changes import Candidate
from assistant.proposal.ranking import diff_size
from assistant.repo.units import UnitKind, unit_text
from assistant.tasks.candidates import overlay_of
from assistant.tasks.covering import test_files
from assistant.tasks.locate import Target
from assistant.tasks.request import Workspace

CONFIRMED = 2
"""Answers that do the same, from which on they confirm each other."""


@dataclass(frozen=True, slots=True)
class Question:
    """What answers for one function are asked: its value for each of many inputs."""

    path: str
    name: str
    inputs: tuple[Arguments, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Answers that do the same wherever both give a value."""

    members: tuple[Candidate, ...]
    outcomes: tuple[Outcome, ...]
    """Of the first member."""
    breaks: str = ""
    """What they do not do any more, in words; empty where nothing is known to be lost."""

    @property
    def votes(self) -> int:
        return sum(member.votes for member in self.members)

    @property
    def mutated(self) -> bool:
        """True where the model wrote none of them."""
        return all(member.mutant for member in self.members)


def question_about(workspace: Workspace, target: Target) -> Question | None:
    """None where answers cannot be compared: no plain Python function, or no example to go by."""
    unit = target.unit
    if unit is None or unit.kind is not UnitKind.FUNCTION or not unit.path.endswith(".py"):
        return None
    code = unit_text(workspace.repository.text(unit.path).text, unit)
    texts = (file.text for file in test_files(workspace, unit.name))
    examples = example_calls(unit.name, [code, *texts])
    return Question(unit.path, unit.name, variants(examples)) if examples else None


def ask(
    workspace: Workspace,
    question: Question,
    candidate: Candidate | None,
    cancel: Cancel,
    *,
    effects: bool = False,
) -> tuple[Outcome, ...]:
    """What a candidate, or the code as it is, does on the inputs, with `effects` to these too;
    empty when it cannot be run."""
    overlay = overlay_of(candidate) if candidate is not None else {}
    path, name, inputs = question.path, question.name, question.inputs
    return probe(workspace.runner, path, name, inputs, overlay, cancel, effects=effects)


def grouped(
    answers: Sequence[tuple[Candidate, tuple[Outcome, ...]]],
    question: Question | None = None,
    before: Sequence[Outcome] = (),
) -> tuple[Group, ...]:
    """Candidates with their outcomes by what they do, the group with most votes first, and those
    last that fail where the code gave a value `before`."""
    groups: list[Group] = []
    for candidate, outcomes in answers:
        breaks = _broken(question, before, outcomes, candidate) if question is not None else ""
        at = next(
            (
                n
                for n, each in enumerate(groups)
                if alike(each.outcomes, outcomes) and bool(each.breaks) == bool(breaks)
            ),
            None,
        )
        if at is None:
            groups.append(Group((candidate,), outcomes, breaks))
        else:
            groups[at] = replace(groups[at], members=(*groups[at].members, candidate))
    return tuple(sorted(groups, key=lambda group: (bool(group.breaks), -group.votes)))


def _broken(
    question: Question,
    before: Sequence[Outcome],
    outcomes: Sequence[Outcome],
    candidate: Candidate,
) -> str:
    """What a candidate breaks, in words. Exceptions that it raises explicitly break nothing."""
    raised = (raised_by(change.new or b"") for change in candidate.changes)
    deliberate = frozenset[str]().union(*raised)
    return broken(question.name, question.inputs, before, outcomes, deliberate=deliberate)


def confirmed(group: Group, groups: Sequence[Group]) -> bool:
    """True when enough answers do the same, and more than twice as many as do anything else.

    Two against one is no majority to rely on: answers of one model share their mistakes. Who is
    against and changes less of the code counts twice: what is wrong is mostly small, and an answer
    that rewrites more may lose what was right. A mutant that passes and does something else shows
    that the check tells too little; mutants alone confirm nothing.
    """
    rest = [each for each in groups if each is not group and not each.breaks]
    if group.breaks or group.mutated:
        return False
    if any(member.mutant for each in rest for member in each.members):
        return False
    against = sum(each.votes for each in rest)
    if rest and min(map(_change, rest)) < _change(group):
        against += 1
    return group.votes >= CONFIRMED and group.votes > 2 * against


def settled(groups: Sequence[Group]) -> bool:
    """Whether further answers would tell no more: the first are confirmed, or cannot be and have
    more votes than any others."""
    first, *rest = groups
    if confirmed(first, groups):
        return True
    refuted = any(member.mutant for each in rest if not each.breaks for member in each.members)
    return (
        refuted
        and not first.mutated
        and not first.breaks
        and first.votes >= CONFIRMED
        and all(first.votes > each.votes for each in rest)
    )


def _change(group: Group) -> int:
    """Lines that the smallest answer of a group changes."""
    return min(diff_size(member) for member in group.members)


def weighed(
    question: Question, groups: Sequence[Group], before: Sequence[Outcome]
) -> tuple[Candidate, ...]:
    """All members, each with the votes of its group; those that are in doubt prove nothing.

    Who does what the code did `before` has no votes: whatever was wrong with it still is.
    """
    found: list[Candidate] = []
    for group in groups:
        votes = 0 if alike(group.outcomes, before) else group.votes
        doubt = _doubt(question, group, groups)
        for member in group.members:
            counted = replace(member, votes=votes)
            found.append(_doubted(counted, doubt) if doubt else counted)
    return tuple(found)


def _doubt(question: Question, group: Group, groups: Sequence[Group]) -> str:
    """Why the members of a group should not be called verified; empty where they may."""
    if group.breaks:
        return group.breaks
    other = next((each for each in groups if each is not group and not each.breaks), None)
    if other is not None and not confirmed(group, groups):
        shown = difference(question.name, question.inputs, group.outcomes, other.outcomes)
        return f"so does another answer: {shown}"
    return "no answer of the model does the same" if group.mutated else ""


def _doubted(candidate: Candidate, doubt: str) -> Candidate:
    checks = tuple(
        replace(check, proves=False, detail=f"{check.detail}, but {doubt}")
        if check.proves
        else check
        for check in candidate.checks
    )
    proved = any(check.proves for check in candidate.checks)
    return replace(candidate, checks=checks, contradicted=proved)
