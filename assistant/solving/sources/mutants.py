"""Tries mutants of a function: small changes made without the model (Debroy and Wong 2010).

They cost next to nothing and share no mistakes with the model. All of them run in one process of
the sandbox on what tests or the task state in literals, and the few that satisfy it become drafts.
A mutant that satisfies a check and behaves differently from a candidate shows that the check cannot
tell them apart.
"""

from collections.abc import Iterator

from assistant.checks.commands import runs_python
from assistant.errors import ProposalError
from assistant.probe.calls import satisfying
from assistant.probe.consensus import alike
from assistant.probe.examples import Expectation, expectations
from assistant.probe.outcomes import Outcome
from assistant.proposal.mutants import mutants
from assistant.solving.bases import Base, wrong_functions
from assistant.solving.covering import test_files
from assistant.solving.events import Event, Phase
from assistant.solving.questions import Question, outcomes_of, question_about
from assistant.solving.registry import source
from assistant.solving.splicing import candidate_of, overlay_of, spliced
from assistant.solving.state import State
from assistant.solving.values import Draft, Earlier

MOST_BASES = 3
"""Candidates that are mutated, where none satisfies the stated examples."""

_MOST_COMPARED = 24


@source
class Mutants:
    name = "mutants"
    phase = Phase.MUTATING

    def applies(self, state: State) -> bool:
        """In a sandbox only, as a mutant may do what no one meant to run; and only where a call and
        its result are stated, by which a right one can be told."""
        baseline = state.job.baseline
        consented = runs_python(baseline.command) if baseline else state.expectations is not None
        once = state.memory.drawn[state.target.label, self.name] == 0
        isolates = state.job.workspace.runner.isolates
        return consented and once and isolates and next(_bases(state), None) is not None

    def draw(self, state: State, limit: int) -> Iterator[Event | Draft]:
        """Up to `limit` for each function, no two of which behave alike."""
        state.memory.drawn[state.target.label, self.name] += 1
        for base, expected in _bases(state):
            name = base.target.unit.name if base.target.unit else ""
            overlay = overlay_of(base.candidate) if base.candidate else {}
            found = satisfying(
                state.job.workspace.runner,
                base.target.path,
                name,
                mutants(base.code),
                expected,
                overlay,
                state.drawing,
            )
            drafts = (
                Draft(base.target, text, base=base.candidate) for text in found[:_MOST_COMPARED]
            )
            yield from _different(state, drafts, limit)


def _bases(state: State) -> Iterator[tuple[Base, tuple[Expectation, ...]]]:
    """The functions to mutate, each with what calls of it must give."""
    if state.can_prove:
        question = question_about(state.job.workspace, state.target)
        if question is not None:
            texts = [file.text for file in test_files(state.job.workspace, question.name)]
            if expected := expectations(question.name, texts):
                yield Base(state.target, state.code(), None), expected
        return
    if state.expectations is None:
        return
    stated = state.expectations.assertions[: state.expectations.examples]
    for candidate in state.pool.ranked()[:MOST_BASES]:
        for base in wrong_functions(state, candidate):
            name = base.target.unit.name if base.target.unit else ""
            if expected := expectations(name, stated):
                yield base, expected


def _different(state: State, drafts: Iterator[Draft], limit: int) -> Iterator[Draft]:
    """Up to `limit` of the drafts that behave differently, as far as that can be found out."""
    question = question_about(state.job.workspace, state.target) if state.can_prove else None
    seen: list[tuple[Outcome, ...]] = []
    count = 0
    for draft in drafts:
        if count == limit:
            return
        if question is not None:
            outcomes = _outcomes(state, question, draft)
            if not outcomes or any(alike(each, outcomes) for each in seen):
                continue
            seen.append(outcomes)
        count += 1
        yield draft


def _outcomes(state: State, question: Question, draft: Draft) -> tuple[Outcome, ...]:
    nothing = Earlier()
    try:
        change = spliced(state.job.workspace, draft, nothing, state.job.intent, tidy=False)
    except ProposalError:
        return ()
    candidate = candidate_of(draft, change, nothing, source=Mutants.name, number=0)
    return outcomes_of(state.job.workspace, question, candidate, state.drawing)
