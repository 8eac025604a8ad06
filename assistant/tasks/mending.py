"""Owns the second look at answers that are not right.

In a repair round the model sees the best answer and what is wrong with it, in a prompt of its own
(Chen and others, "Teaching large language models to self-debug",
https://arxiv.org/abs/2304.05128): an example that it misses, or else an edge over which it
stumbles. Where answers miss an example of the task's words, small changes of the best ones come
first, without the model, then single lines that it fills anew. What comes of it is ranked with all
the others and proves nothing, as the example may have been misread.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from assistant.context.bundle import Context
from assistant.engine.base import Cancel, Completion, SourceFile
from assistant.errors import ProposalError
from assistant.probe.calls import satisfying
from assistant.probe.examples import expectations
from assistant.prompt.builder import missed_notes, stumbled_notes
from assistant.proposal.assemble import assemble
from assistant.proposal.changes import Candidate, Change
from assistant.proposal.mutants import mutants
from assistant.proposal.ranking import distinct, ranked
from assistant.repo.files import TextFile
from assistant.repo.parsing import units_of
from assistant.repo.reading import text_file
from assistant.repo.units import Unit, unit_text
from assistant.tasks.attempts import Tally, attempt, judge, without_pauses
from assistant.tasks.candidates import Earlier, make_candidate, overlay_of
from assistant.tasks.events import Event, Phase, PhaseStarted
from assistant.tasks.gaps import MOST_GAPS
from assistant.tasks.generated_tests import GeneratedTests
from assistant.tasks.request import Workspace
from assistant.tasks.rewrite import LEAST_ANSWER, Writing, Written, filled
from assistant.tasks.streams import TEMPLATE_TOKENS

REPAIRS = 2
"""Answers of the repair round."""

_MOST_BASES = 3
"""Answers that are changed in small ways."""
_MOST_MENDED = 3
"""Small changes that do what the examples say, of each answer."""
_MOST_TOLD = 3
"""Examples or errors that the model is told of."""


def mend(
    workspace: Workspace, context: Context, writing: Writing, tally: Tally, cancel: Cancel
) -> Iterator[Event]:
    """Adds answers to the tally where none does what the task's examples say."""
    if tally.own is not None and tally.own.are_credible(tally.candidates):
        yield from _Mending(workspace, context, writing, tally, tally.own, cancel).run()


@dataclass(frozen=True, slots=True)
class _Mending:
    """The second look at one place's answers: what does not change from way to way."""

    workspace: Workspace
    context: Context
    writing: Writing
    tally: Tally
    own: GeneratedTests
    cancel: Cancel

    def run(self) -> Iterator[Event]:
        for phase, way in (
            (Phase.MUTATING, self._changed),
            (Phase.REPAIRING, self._filled),
            (Phase.REPAIRING, self._repaired),
        ):
            best = self._best()
            if not self.own.misses(best[0]):
                break
            if self.tally.over:
                return
            yield PhaseStarted(phase, self.writing.target.label)
            yield from way(best)
        best = self._best()
        if best[0].stumbles and not self.own.misses(best[0]) and not self.tally.over:
            yield PhaseStarted(Phase.REPAIRING, self.writing.target.label)
            yield from self._steadied(best[0])

    def _best(self) -> Sequence[Candidate]:
        return ranked(distinct(self.tally.candidates))

    def _changed(self, best: Sequence[Candidate]) -> Iterator[Event]:
        """The best answers with one small change each, where all examples of a function hold."""
        told = self.own.assertions[: self.own.examples]
        for base in best[:_MOST_BASES]:
            for change, file, unit in self._wrong(base):
                expected = expectations(unit.name, told)
                sources = mutants(unit_text(file.text, unit)) if expected else ()
                found = satisfying(
                    self.workspace.runner,
                    self.own.path,
                    unit.name,
                    sources,
                    expected,
                    overlay_of(base),
                    self.cancel,
                )
                for text in found[:_MOST_MENDED]:
                    written = Written(self.tally.following, text, Completion(), from_text=True)
                    yield from self._judge(written, change, file, unit, mutant=True)

    def _filled(self, best: Sequence[Candidate]) -> Iterator[Event]:
        """The best answer with one line each filled anew, the examples in view as a test file."""
        if not self.workspace.engine.info().can_infill:
            return
        path, files = self.own.path, self.context.files
        module = PurePosixPath(path).stem
        told = self.own.assertions[: self.own.examples]
        tests = "\n".join([f"from {module} import *", "", *told, ""])
        others = [SourceFile(each.path, each.text) for each in files if each.path != path]
        for change, file, unit in self._wrong(best[0]):
            shown = tuple(
                replace(each, text=file.text) if each.path == path else each for each in files
            )
            around = replace(
                self.writing,
                target=replace(self.writing.target, unit=unit),
                tests=(*others, SourceFile(f"test_{module}.py", tests)),
                offset=self.tally.following,
                candidates=0,
                fills=MOST_GAPS,
            )
            seen = replace(self.context, files=shown)
            text = unit_text(file.text, unit)
            for event in filled(self.workspace, seen, around, text, None, self.cancel):
                if not isinstance(event, Written):
                    yield event
                    continue
                yield from self._judge(replace(event, from_text=True), change, file, unit)
                if self.tally.over or not self.own.misses(self.tally.candidates[-1]):
                    return

    def _repaired(self, best: Sequence[Candidate]) -> Iterator[Event]:
        """Written once more by the model, which sees what the answer gives and must give."""
        missed = self.own.missed(self.workspace, best[0], self.cancel)
        if not missed:
            return
        code = _file_of(best[0], self.own.path)[1].text
        told = [(each.call, each.got, each.expected) for each in missed[:_MOST_TOLD]]
        yield from self._again(code, missed_notes(self.own.path, code, told))

    def _steadied(self, best: Candidate) -> Iterator[Event]:
        """Written once more by the model, which sees where the answer ends with an error."""
        stumbled = self.own.stumbled(self.workspace, best, self.cancel)
        code = _file_of(best, self.own.path)[1].text
        yield from self._again(code, stumbled_notes(self.own.path, code, stumbled[:_MOST_TOLD]))

    def _again(self, code: str, notes: str) -> Iterator[Event]:
        notes = self.writing.notes + notes
        again = second_try(self.workspace, self.context, self.writing, code, notes, self.tally)
        if again is not None:
            attempts = attempt(
                self.workspace, self.context, again, Earlier(), None, self.tally, self.cancel
            )
            yield from without_pauses(attempts)

    def _wrong(self, candidate: Candidate) -> Iterator[tuple[Change, TextFile, Unit]]:
        """The functions that missed examples call, as an answer has them."""
        change, file = _file_of(candidate, self.own.path)
        for unit in self.own.wrong_units(units_of(file), candidate):
            yield change, file, unit

    def _judge(
        self, written: Written, change: Change, file: TextFile, unit: Unit, *, mutant: bool = False
    ) -> Iterator[Event]:
        """Tries an answer's file with another text of one function."""
        try:
            new = assemble(file, unit, written.text)
            task = self.writing.task
            candidate = make_candidate(written, self.own.path, change.old, new, task=task)
        except ProposalError:
            return
        candidate = replace(candidate, mutant=mutant)
        yield from judge(self.workspace, candidate, None, self.tally, self.cancel)


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
    return replace(
        writing,
        notes=notes,
        candidates=REPAIRS,
        offset=tally.following,
        total=0,
        continued=False,
        rephrase=False,
        depart=False,
        persist=False,
        fills=0,
        draft=code,
        rung=1,  # the likeliest answer is mostly the one in view
    )


def _file_of(candidate: Candidate, path: str) -> tuple[Change, TextFile]:
    change = next(each for each in candidate.changes if each.path == path)
    return change, text_file(path, change.new or b"")
