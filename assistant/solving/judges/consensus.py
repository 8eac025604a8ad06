"""Judges by what candidates that pass the same check say about each other.

A check pins down few inputs. Candidates that pass it and behave alike on many more confirm each
other; where they differ, the check cannot tell which one is right, so none of them is verified
(differential testing). Works for Python functions that tests or the docstring call with literals,
or that tests are seen to call with such values.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from assistant.checks.commands import runs_python
from assistant.checks.results import Evidence, Status, Verdict
from assistant.probe.consensus import alike, broken, difference, raised_by
from assistant.probe.outcomes import Outcome
from assistant.solving.events import Event
from assistant.solving.observing import observed_inputs
from assistant.solving.pool import diff_size, distinct, fingerprint
from assistant.solving.questions import Question, outcomes_of, question_about
from assistant.solving.registry import Judge, judge
from assistant.solving.state import State
from assistant.solving.values import Candidate

CONFIRMED = 2
"""Candidates that behave alike and so confirm each other."""


@dataclass(frozen=True, slots=True)
class Group:
    """Candidates that behave alike wherever both return a value."""

    members: tuple[Candidate, ...]
    outcomes: tuple[Outcome, ...]
    """Of the first member."""
    breaks: str = ""
    """A call that worked before and fails with them, in words; empty when none is known."""

    @property
    def votes(self) -> int:
        return sum(member.votes for member in self.members)

    @property
    def is_mutant(self) -> bool:
        """The model wrote none of them."""
        return not any(member.by_model for member in self.members)


@judge
class Consensus(Judge):
    name = "consensus"
    order = 70

    def conclude(self, state: State) -> Iterator[Event]:
        """Adds evidence to every candidate that was compared."""
        question = _question(state)
        if question is None or not state.pool.candidates:
            return
        found = groups(state)
        before = _outcomes(state, question, None)
        weighed: list[Candidate] = []
        for each in found:
            evidence = self._evidence(question, each, found, before)
            weighed += [replace(m, evidence=(*m.evidence, evidence)) for m in each.members]
        others = [each for each in distinct(state.pool.candidates) if not _stands(state, each)]
        state.pool.candidates = [*weighed, *others]
        yield from ()

    def _evidence(
        self,
        question: Question,
        group: Group,
        all_groups: Sequence[Group],
        before: Sequence[Outcome],
    ) -> Evidence:
        # What behaves like the code before still has whatever was wrong with it.
        votes = 0 if alike(group.outcomes, before) else group.votes
        doubt = _doubt(question, group, all_groups)
        proves = any(each.proves for member in group.members for each in member.evidence)
        status = Status.DISPUTED if doubt and proves else Status.HINT
        detail = doubt or f"{group.votes} behave alike"
        return Evidence(self.name, status, detail, rank=-float(votes))


def is_open(state: State) -> bool:
    """Whether a further candidate could confirm the first group, or refute it."""
    if Consensus.name not in state.pool.judges or _question(state) is None:
        return False
    found = groups(state)
    return bool(found) and not settled(found)


def groups(state: State) -> tuple[Group, ...]:
    """The candidates that stand, by behaviour: the group with most votes first, and last those
    that fail where the code worked before."""
    question = _question(state)
    if question is None:
        return ()
    standing = [each for each in distinct(state.pool.candidates) if _stands(state, each)]
    answers = [(each, _outcomes(state, question, each)) for each in standing]
    return grouped(answers, question, _outcomes(state, question, None))


def grouped(
    answers: Sequence[tuple[Candidate, tuple[Outcome, ...]]],
    question: Question,
    before: Sequence[Outcome],
) -> tuple[Group, ...]:
    """Candidates by their outcomes, in the order of `groups`."""
    found: list[Group] = []
    for candidate, outcomes in answers:
        breaks = _breaks(question, before, outcomes, candidate)
        at = next(
            (
                number
                for number, each in enumerate(found)
                if alike(each.outcomes, outcomes) and bool(each.breaks) == bool(breaks)
            ),
            None,
        )
        if at is None:
            found.append(Group((candidate,), outcomes, breaks))
        else:
            found[at] = replace(found[at], members=(*found[at].members, candidate))
    return tuple(sorted(found, key=lambda group: (bool(group.breaks), -group.votes)))


def is_confirmed(group: Group, all_groups: Sequence[Group]) -> bool:
    """Whether enough candidates behave alike, and more than twice as many as behave otherwise.

    Two against one is no majority to rely on: candidates of one model share their mistakes. A
    dissenter that changes less of the code counts twice, because errors are mostly small and a
    larger rewrite may lose what was right. A dissenting mutant shows that the check tells too
    little; mutants alone confirm nothing.
    """
    rest = [each for each in all_groups if each is not group and not each.breaks]
    if group.breaks or group.is_mutant:
        return False
    if any(not member.by_model for each in rest for member in each.members):
        return False
    against = sum(each.votes for each in rest)
    if rest and min(map(_size, rest)) < _size(group):
        against += 1
    return group.votes >= CONFIRMED and group.votes > 2 * against


def settled(all_groups: Sequence[Group]) -> bool:
    """Whether more candidates would tell nothing: the first group is confirmed, or it cannot be
    and has more votes than any other."""
    first, *rest = all_groups
    if is_confirmed(first, all_groups):
        return True
    mutants = (m for each in rest if not each.breaks for m in each.members if not m.by_model)
    return (
        any(True for _ in mutants)
        and not first.is_mutant
        and not first.breaks
        and first.votes >= CONFIRMED
        and all(first.votes > each.votes for each in rest)
    )


def _doubt(question: Question, group: Group, all_groups: Sequence[Group]) -> str:
    """Why the members of a group should not be called verified; empty when they may be."""
    if group.breaks:
        return group.breaks
    other = next((each for each in all_groups if each is not group and not each.breaks), None)
    if other is not None and not is_confirmed(group, all_groups):
        return "another candidate passes too: " + difference(
            question.name, question.inputs, group.outcomes, other.outcomes
        )
    return "no candidate of the model behaves like this mutant" if group.is_mutant else ""


def _breaks(
    question: Question,
    before: Sequence[Outcome],
    outcomes: Sequence[Outcome],
    candidate: Candidate,
) -> str:
    """A call that works before and not with a candidate, unless it raises that error itself."""
    raised = (raised_by(change.new or b"") for change in candidate.changes)
    deliberate = frozenset[str]().union(*raised)
    return broken(question.name, question.inputs, before, outcomes, deliberate=deliberate)


def _question(state: State) -> Question | None:
    baseline = state.job.baseline
    if not state.fixing or baseline is None or not runs_python(baseline.command):
        return None
    label = state.target.label
    if label not in state.memory.questions:
        state.memory.questions[label] = question_about(
            state.job.workspace, state.target, lambda path, name: observed_inputs(state, path, name)
        )
    return state.memory.questions[label]


def _outcomes(state: State, question: Question, candidate: Candidate | None) -> tuple[Outcome, ...]:
    mark = (question.name, *(fingerprint(candidate) if candidate else ()))
    known = state.memory.outcomes
    if mark not in known:
        known[mark] = outcomes_of(state.job.workspace, question, candidate, state.job.cancel)
    return known[mark]


def _stands(state: State, candidate: Candidate) -> bool:
    if state.can_prove:
        return candidate.passes
    return candidate.verdict is not Verdict.FAILED


def _size(group: Group) -> int:
    """Lines that the smallest candidate of a group changes."""
    return min(map(diff_size, group.members))
