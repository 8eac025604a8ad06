"""Writes the best candidate once more, with what is wrong with it in the prompt.

One repair round (Chen et al., "Teaching large language models to self-debug",
https://arxiv.org/abs/2304.05128): what fails in the check, else a stated example that the candidate
misses, else an edge call that ends in an error.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from assistant.checks.failures import parse_failures
from assistant.checks.results import Failure, Status
from assistant.prompt.builder import failed_notes, missed_notes, stumbled_notes
from assistant.repo.parsing import units_of
from assistant.repo.reading import text_file
from assistant.repo.units import unit_text
from assistant.solving.drawing import LEAST_ANSWER, TEMPLATE_TOKENS
from assistant.solving.events import Event, Phase
from assistant.solving.prompts import usual
from assistant.solving.registry import source
from assistant.solving.sources.rewrite import answers, notes_of
from assistant.solving.state import State
from assistant.solving.values import Candidate, Draft, Target

_MOST_SHOWN = 3
"""Examples or errors in the prompt."""


@dataclass(frozen=True, slots=True)
class _Finding:
    """What is wrong with a candidate, for the prompt."""

    target: Target
    code: str
    notes: str


@source
class Repair:
    name = "repair"
    phase = Phase.REPAIRING

    def applies(self, state: State) -> bool:
        return True

    def draw(self, state: State, limit: int) -> Iterator[Event | Draft]:
        """Sampled drafts: the greedy one is mostly the candidate itself."""
        finding = _failing(state) if state.can_prove else _unexpected(state)
        if finding is None:
            return
        state.target = finding.target
        notes = notes_of(state) + finding.notes
        job = state.job
        count = job.workspace.counter.count
        needed = job.context.tokens + count(f"{job.intent.text}{notes}{finding.code}")
        if needed + LEAST_ANSWER + 2 * TEMPLATE_TOKENS > job.workspace.settings.context_tokens:
            return  # the engine would refuse the request
        prompt = usual(
            job.context,
            finding.target,
            state.code(),
            job.intent.text,
            notes,
            fixing=state.fixing,
        )
        yield from answers(state, self.name, prompt, limit, rung=1, draft=finding.code)


def _failing(state: State) -> _Finding | None:
    """The candidate with the fewest failures, with these."""
    failed = [
        (len(failures), each, failures)
        for each in state.pool.ranked()
        if (failures := _failures(state, each))
    ]
    if not failed:
        return None
    _, best, failures = min(failed, key=lambda each: each[0])
    code = _code_in(best)
    if best.target is None or code is None:
        return None
    return _Finding(best.target, code, failed_notes(best.target.path, code, failures))


def _failures(state: State, candidate: Candidate) -> tuple[Failure, ...]:
    root = state.job.workspace.repository.root
    failed = [each for each in candidate.evidence if each.status is Status.FAILED]
    return tuple(parse_failures("".join(each.output for each in failed), root))


def _unexpected(state: State) -> _Finding | None:
    """The best candidate, with the stated examples that it misses or the edges where it fails."""
    expected, best = state.expectations, state.best()
    if expected is None or best is None or best.target is None:
        return None
    path = expected.path
    code = next((each.new or b"" for each in best.changes if each.path == path), b"")
    text = text_file(path, code).text
    if expected.misses(best):
        missed = expected.missed(best)[:_MOST_SHOWN]
        rows = [(each.call, each.got, each.expected) for each in missed]
        notes = missed_notes(path, text, rows) if rows else ""
    else:
        errors = expected.edge_errors(best)[:_MOST_SHOWN]
        notes = stumbled_notes(path, text, errors) if errors else ""
    return _Finding(replace(state.target), text, notes) if notes else None


def _code_in(candidate: Candidate) -> str | None:
    """The target's code as a candidate has it; None where it is gone."""
    target = candidate.target
    change = next((e for e in candidate.changes if target and e.path == target.path), None)
    if target is None or change is None or change.new is None:
        return None
    file = text_file(change.path, change.new)
    if target.unit is None:
        return file.text
    unit = next((each for each in units_of(file) if each.name == target.unit.name), None)
    return unit_text(file.text, unit) if unit is not None else None
