"""Owns the second look at answers that are not right.

In a repair round the model sees the best answer and what is wrong with it, in a prompt of its own
(Chen and others, "Teaching large language models to self-debug",
https://arxiv.org/abs/2304.05128). Where answers miss an example of the task's words, small changes
of the best ones come first, without the model, then single lines that it fills anew. What comes of
it is ranked with all the others and proves nothing, as the example may have been misread.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePosixPath

from assistant.checks.examples import expectations
from assistant.checks.probing import meeting
from assistant.context.bundle import Context
from assistant.engine.base import Cancel, Completion, SourceFile
from assistant.errors import ProposalError
from assistant.prompt.builder import missed_notes
from assistant.proposal.assemble import assemble
from assistant.proposal.changes import Candidate, Change
from assistant.proposal.mutants import mutants
from assistant.proposal.ranking import distinct, ranked
from assistant.repo.files import TextFile
from assistant.repo.parsing import units_of
from assistant.repo.reading import text_file
from assistant.repo.units import unit_text
from assistant.tasks.attempts import Tally, attempt, judge, without_pauses
from assistant.tasks.candidates import Earlier, make_candidate, overlay_of
from assistant.tasks.events import Event, Phase, PhaseStarted
from assistant.tasks.gaps import MOST_GAPS
from assistant.tasks.own_tests import OwnTests
from assistant.tasks.request import Workspace
from assistant.tasks.rewrite import LEAST_ANSWER, Writing, Written, filled
from assistant.tasks.streams import TEMPLATE_TOKENS

REPAIRS = 2
"""Answers of the repair round."""

_MOST_BASES = 3
"""Answers that are changed in small ways."""
_MOST_MENDED = 3
"""Small changes that do what the examples say, of each answer."""
_MOST_MISSED = 3
"""Examples that the model is told of."""


def mend(
    workspace: Workspace, context: Context, writing: Writing, tally: Tally, cancel: Cancel
) -> Iterator[Event]:
    """Adds answers to the tally where none does what the task's examples say."""
    own = tally.own
    if own is None or not tally.candidates or tally.over:
        return
    bases = ranked(distinct(tally.candidates))[:_MOST_BASES]
    if not own.misses(bases[0]):
        return
    yield PhaseStarted(Phase.MUTATING, writing.target.label)
    for base in bases:
        for candidate in _changed(workspace, own, base, _following(tally), cancel):
            yield from judge(workspace, candidate, None, tally, cancel)
    for way in (_filled, _repaired):
        best, *_ = ranked(distinct(tally.candidates))
        if tally.over or not own.misses(best):
            return
        yield PhaseStarted(Phase.REPAIRING, writing.target.label)
        yield from way(workspace, context, writing, tally, own, best, cancel)


def _repaired(
    workspace: Workspace,
    context: Context,
    writing: Writing,
    tally: Tally,
    own: OwnTests,
    best: Candidate,
    cancel: Cancel,
) -> Iterator[Event]:
    """Written once more by the model, which sees what the answer gives and must give."""
    missed = own.missed(workspace, best, cancel)
    if not missed:
        return
    code = _file_of(best, own.path)[1].text
    notes = missed_notes(
        own.path,
        code,
        [(each.call, each.got, each.expected) for each in missed[:_MOST_MISSED]],
    )
    again = second_try(workspace, context, writing, code, f"{writing.notes}{notes}", tally)
    if again is None:
        return
    attempts = attempt(workspace, context, again, Earlier(), None, tally, cancel)
    yield from without_pauses(attempts)


def second_try(
    workspace: Workspace, context: Context, writing: Writing, code: str, notes: str, tally: Tally
) -> Writing | None:
    """A place to be written once more, behind all answers so far, with one of them in view.

    None where that does not fit in what the model can read: the engine would refuse it, and with
    it all that there is.
    """
    count = workspace.counter.count
    needed = context.tokens + count(f"{writing.task}{notes}{code}")
    if needed + LEAST_ANSWER + 2 * TEMPLATE_TOKENS > workspace.settings.context_tokens:
        return None
    following = _following(tally)
    return replace(
        writing,
        notes=notes,
        candidates=REPAIRS,
        offset=following,
        total=0,
        continued=False,
        rephrase=False,
        depart=False,
        persist=False,
        fills=0,
        draft=code,
        rung=1,  # the likeliest answer is mostly the one in view
    )


def _filled(
    workspace: Workspace,
    context: Context,
    writing: Writing,
    tally: Tally,
    own: OwnTests,
    best: Candidate,
    cancel: Cancel,
) -> Iterator[Event]:
    """The answer with one line each filled anew, the examples in view as a test file."""
    if not workspace.engine.info().fills_gaps:
        return
    change, file = _file_of(best, own.path)
    shown = replace(
        context,
        files=tuple(
            replace(each, text=file.text) if each.path == own.path else each
            for each in context.files
        ),
    )
    others = [SourceFile(each.path, each.text) for each in context.files if each.path != own.path]
    module = PurePosixPath(own.path).stem
    tests = "\n".join([f"from {module} import *", "", *own.assertions[: own.examples], ""])
    for unit in own.wrong_units(units_of(file), best):
        text = unit_text(file.text, unit)
        around = replace(
            writing,
            target=replace(writing.target, unit=unit),
            tests=(*others, SourceFile(f"test_{module}.py", tests)),
            offset=_following(tally),
            candidates=0,
            fills=MOST_GAPS,
        )
        for event in filled(workspace, shown, around, text, None, cancel):
            if not isinstance(event, Written):
                yield event
                continue
            try:
                new = assemble(file, unit, event.text)
                written = replace(event, from_text=True)
                candidate = make_candidate(written, own.path, change.old, new)
            except ProposalError:
                continue
            yield from judge(workspace, candidate, None, tally, cancel)
            if tally.over or not own.misses(tally.candidates[-1]):
                return


def _changed(
    workspace: Workspace, own: OwnTests, base: Candidate, first: int, cancel: Cancel
) -> Iterator[Candidate]:
    """An answer with one small change each, such that all examples of a function hold."""
    change, file = _file_of(base, own.path)
    number = first
    for unit in own.wrong_units(units_of(file), base):
        expected = expectations(unit.name, own.assertions[: own.examples])
        sources = mutants(unit_text(file.text, unit)) if expected else ()
        overlay = overlay_of(base)
        found = meeting(workspace.runner, own.path, unit.name, sources, expected, overlay, cancel)
        for text in found[:_MOST_MENDED]:
            written = Written(number, text, Completion(), from_text=True)
            try:
                new = assemble(file, unit, text)
                candidate = make_candidate(written, own.path, change.old, new)
            except ProposalError:
                continue
            number += 1
            yield replace(candidate, mutant=True)


def _file_of(candidate: Candidate, path: str) -> tuple[Change, TextFile]:
    change = next(each for each in candidate.changes if each.path == path)
    return change, text_file(path, change.new or b"")


def _following(tally: Tally) -> int:
    """An index behind those of all answers so far."""
    return 1 + max(each.index for each in tally.candidates)
