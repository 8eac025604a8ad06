"""Owns the search for a fix: the ways in which a place is written, their order, and the end of it.

A place is written from the code as it is, then changed in small ways without the model, then line
by line with the others in view, then leaving the code where the model was least sure, then as if it
had yet to be written. Where there are several places they take turns, so that none waits until all
of this was in vain elsewhere. When all was in vain, the answer that fails least is repaired once.
The first answer that the check proves ends it; small changes that pass as well, or a second answer,
written without sight of the code, are asked whether they do the same.
"""

from collections import deque
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field, replace

from assistant.checks.commands import runs_python
from assistant.checks.failures import parse_failures
from assistant.checks.results import Failure, Status, Verdict
from assistant.context.bundle import Context
from assistant.engine.base import Cancel, SourceFile
from assistant.probe.outcomes import Outcome
from assistant.prompt.builder import expected_notes, failed_notes
from assistant.proposal.changes import Candidate
from assistant.proposal.ranking import distinct, fingerprint, ranked
from assistant.repo.parsing import units_of
from assistant.repo.reading import text_file
from assistant.repo.units import unit_text
from assistant.tasks.agreement import (
    Group,
    Question,
    ask,
    grouped,
    question_about,
    settled,
    weighed,
)
from assistant.tasks.attempts import Tally, attempt, without_pauses
from assistant.tasks.branching import MOST_BRANCHES
from assistant.tasks.candidates import Baseline, Earlier, check_candidate
from assistant.tasks.covering import test_source
from assistant.tasks.events import CandidateReady, Event, Phase, PhaseStarted
from assistant.tasks.gaps import MOST_GAPS, MOST_GAPS_EACH
from assistant.tasks.locate import Target
from assistant.tasks.mending import second_try
from assistant.tasks.mutation import MOST_MUTATIONS, mutations
from assistant.tasks.request import TaskRequest, Workspace
from assistant.tasks.rewrite import Pause, Writing

MOST_OPINIONS = 3
"""Answers that are drawn after a proved one, until one of them does the same."""


@dataclass(frozen=True, slots=True)
class Told:
    """What the model is told of the failures."""

    notes: str
    """With the code in view: messages, frames, and the failing test."""
    expected: str
    """Without it: the failing test only; empty when none was told."""
    tests: tuple[SourceFile, ...] = ()
    """The failing test as a file that the model reads before the code."""


@dataclass(slots=True)
class Search:
    """One request's search: what does not change from place to place."""

    workspace: Workspace
    request: TaskRequest
    context: Context
    told: Told
    baseline: Baseline | None
    tally: Tally
    cancel: Cancel
    _known: dict[tuple[str, ...], tuple[Outcome, ...]] = field(default_factory=dict)
    _mutated: set[str] = field(default_factory=set)
    """Labels of the places that were changed in small ways."""

    @property
    def judged(self) -> bool:
        """True when a check that fails can tell a right answer."""
        return self.baseline is not None and not self.baseline.result.passed

    def run(self, targets: Sequence[Target]) -> Generator[Event, None, tuple[Target, ...]]:
        """Tries the places by turns while the check stays red; returns the one that was right, or
        all that were tried.

        Without a check that fails there is nothing to tell a wrong place: only the best is tried.
        """
        places = tuple(targets if self.judged else targets[:1])
        waiting = deque(
            (number, self._written(target, number, len(places)))
            for number, target in enumerate(places)
        )
        tried: dict[int, Target] = {}
        number = 0
        while waiting and not self.tally.over and not (tried and self._mended()):
            number, answers = waiting.popleft()
            tried[number] = places[number]
            yield PhaseStarted(Phase.WRITING, places[number].label)
            for event in answers:
                if not isinstance(event, Pause):
                    yield event
                elif waiting and not self._mended():
                    waiting.append((number, answers))
                    break
        for _, answers in waiting:
            answers.close()
        if not (self.tally.over or self._mended()):
            number = yield from self._repair(places, number)
        proved = self.tally.proved or self._mended()
        found = (places[number],) if proved else tuple(tried.values())
        yield from self._compare(places[number], number, len(places))
        return found

    def _repair(self, places: Sequence[Target], last: int) -> Generator[Event, None, int]:
        """One more round for the answer with the fewest failures, which the model sees.

        Returns the number of the place that it was written for, or the last one where there was no
        such round.
        """
        failed = [
            (len(failures), each, failures)
            for each in ranked(distinct(self.tally.candidates))
            if (failures := self._failures(each))
        ]
        if not self.judged or not failed:
            return last
        _, best, failures = min(failed, key=lambda each: each[0])
        number = self._place_of(best.index, places)
        if (code := _written_by(best, places[number])) is None:
            return last
        writing, _ = self._ways(places[number], number, len(places))
        notes = writing.notes + failed_notes(places[number].file.path, code, failures)
        again = second_try(self.workspace, self.context, writing, code, notes, self.tally)
        if again is None:
            return last
        yield PhaseStarted(Phase.REPAIRING, places[number].label)
        yield from without_pauses(self._attempt(again))
        return number

    def _failures(self, candidate: Candidate) -> tuple[Failure, ...]:
        root = self.workspace.repository.root
        output = "".join(each.output for each in candidate.checks if each.status is Status.FAILED)
        return tuple(parse_failures(output, root))

    def _place_of(self, index: int, places: Sequence[Target]) -> int:
        """The place that an answer was written for."""
        offsets = [
            self._ways(target, number, len(places))[0].offset
            for number, target in enumerate(places)
        ]
        return max(number for number, offset in enumerate(offsets) if offset <= index)

    def _mended(self) -> bool:
        """True when a small change passes the check."""
        return any(
            each.mutant and each.verdict is Verdict.VERIFIED for each in self.tally.candidates
        )

    def _written(
        self, target: Target, number: int, places: int
    ) -> Generator[Event | Pause, None, None]:
        """All ways in which a place is written, with pauses between them.

        Where a small change passes, only the model's likeliest answers follow, to compare them.
        """
        for way in self._ways(target, number, places):
            # With nothing to compare them by, more answers are more to read.
            alone = self.baseline is None and bool(self.tally.candidates)
            if way.anew and (alone or self._mended()):
                return
            for event in self._attempt(way):
                if isinstance(event, Pause):
                    if self._mended():
                        return
                    yield from self._mutate(target, number, places)
                    if self._mended() and not way.fills:
                        return
                yield event
            if self.tally.over:
                return
            if not way.anew:
                yield from self._mutate(target, number, places)
                yield Pause()

    def _ways(self, target: Target, number: int, places: int) -> tuple[Writing, Writing]:
        count = self.request.candidates
        fills = self.judged and self.workspace.engine.info().can_infill
        each = 2 * count + (MOST_GAPS if fills else 0)
        each += MOST_BRANCHES + MOST_MUTATIONS if self.judged else 0
        first = Writing(
            target,
            self.request.task,
            self.told.notes,
            keep_signature=True,
            candidates=count,
            seed=self.request.seed,
            offset=number * each,
            total=0 if self.judged else count if self.baseline is None else 2 * count,
            depart=self.judged,
            persist=self.judged and places == 1,
            expected=self.told.expected or self._covered(target),
            fills=(MOST_GAPS if places == 1 else MOST_GAPS_EACH) if fills else 0,
            tests=self.told.tests,
        )
        offset = first.offset + each - count
        anew = replace(first, offset=offset, depart=False, persist=False, fills=0, anew=True)
        return first, anew

    def _mutate(self, target: Target, number: int, places: int) -> Iterator[Event]:
        """Adds the small changes of a place that pass; does so once."""
        if not self.judged or self.baseline is None or not runs_python(self.baseline.command):
            return
        if not self.workspace.runner.isolates:
            return  # code that nobody meant may do what nobody meant
        question = question_about(self.workspace, target)
        if question is None or target.label in self._mutated:
            return
        self._mutated.add(target.label)
        yield PhaseStarted(Phase.MUTATING, target.label)
        first = self._ways(target, number, places)[1].offset - MOST_MUTATIONS
        for candidate in mutations(self.workspace, question, target, first, self.cancel):
            # Whatever fails is no answer that anybody would want to see.
            for event in check_candidate(self.workspace, candidate, self.baseline, self.cancel):
                if isinstance(event, Candidate) and event.verdict is Verdict.VERIFIED:
                    yield CandidateReady(event)
                    self.tally.candidates.append(event)
        if places == 1 and not self.tally.proved:
            yield PhaseStarted(Phase.WRITING, target.label)

    def _covered(self, target: Target) -> str:
        """Where no test is known to fail, one that calls the unit."""
        name = target.unit.name.rpartition(".")[2] if target.unit is not None else ""
        source = test_source(self.workspace, name) if name else ""
        return expected_notes((source,) if source else ())

    def _attempt(self, writing: Writing) -> Iterator[Event | Pause]:
        return attempt(
            self.workspace, self.context, writing, Earlier(), self.baseline, self.tally, self.cancel
        )

    def _compare(self, target: Target, number: int, places: int) -> Iterator[Event]:
        """Draws further answers until some that pass agree; then doubts what is contradicted."""
        if self.baseline is None or not self.tally.candidates:
            return
        if not runs_python(self.baseline.command):
            return
        question = question_about(self.workspace, target)
        if question is None:
            return
        if self.tally.proved:
            yield from self._mutate(target, number, places)
        anew = self._ways(target, number, places)[1]
        before = ask(self.workspace, question, None, self.cancel)
        groups = self._groups(question, before)
        indices = [each.index for each in self.tally.candidates]
        own = [index for index in indices if index < anew.offset + anew.candidates]
        drawn = max(0, 1 + max(own, default=-1) - anew.offset)
        following = max(anew.offset + drawn, 1 + max(indices))
        proved = self.tally.proved or self._mended()
        for rung in range(drawn, drawn + MOST_OPINIONS if proved else 0):
            if self.tally.budget.spent or settled(groups):
                break
            yield PhaseStarted(Phase.COMPARING, target.label)
            offset = following + rung - drawn
            one = replace(anew, candidates=1, rung=rung, offset=offset, total=0)
            yield from without_pauses(self._attempt(one))
            groups = self._groups(question, before)
        others = [each for each in distinct(self.tally.candidates) if not self._stands(each)]
        self.tally.candidates = [*weighed(question, groups, before), *others]

    def _groups(self, question: Question, before: tuple[Outcome, ...]) -> tuple[Group, ...]:
        standing = [each for each in distinct(self.tally.candidates) if self._stands(each)]
        answers = [(each, self._outcomes(question, each)) for each in standing]
        return grouped(answers, question, before)

    def _outcomes(self, question: Question, candidate: Candidate) -> tuple[Outcome, ...]:
        mark = fingerprint(candidate)
        if mark not in self._known:
            self._known[mark] = ask(self.workspace, question, candidate, self.cancel)
        return self._known[mark]

    def _stands(self, candidate: Candidate) -> bool:
        if self.judged:
            return candidate.verdict is Verdict.VERIFIED
        return candidate.verdict is not Verdict.FAILED


def _written_by(candidate: Candidate, target: Target) -> str | None:
    """The code of a place as a candidate has it; None where it is gone."""
    change = next((each for each in candidate.changes if each.path == target.file.path), None)
    if change is None or change.new is None:
        return None
    file = text_file(change.path, change.new)
    if target.unit is None:
        return file.text
    unit = next((each for each in units_of(file) if each.name == target.unit.name), None)
    return unit_text(file.text, unit) if unit is not None else None
