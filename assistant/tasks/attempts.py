"""Owns the attempts at one place: answers are drawn, spliced, and judged until one is proved."""

from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, field, replace

from assistant.checks.results import Verdict
from assistant.context.bundle import Context
from assistant.engine.base import Cancel
from assistant.errors import ProposalError
from assistant.intent.reading import read_intent
from assistant.intent.values import Topic
from assistant.proposal.blanks import without_blank_hunks
from assistant.proposal.changes import Candidate, Change, Proposal
from assistant.proposal.ranking import distinct, fingerprint, ranked, settled
from assistant.repo.files import TextFile
from assistant.repo.parsing import units_of
from assistant.repo.reading import text_file
from assistant.tasks.behaviour import Behaviour
from assistant.tasks.candidates import (
    Baseline,
    Budget,
    Earlier,
    check_candidate,
    make_candidate,
)
from assistant.tasks.events import (
    CandidateDiscarded,
    CandidateReady,
    CheckFinished,
    Event,
    UnitsChosen,
)
from assistant.tasks.generated_tests import GeneratedTests
from assistant.tasks.locate import Target
from assistant.tasks.request import TaskRequest, Workspace
from assistant.tasks.rewrite import Pause, Writing, Written, splice, write


@dataclass(slots=True)
class Tally:
    """Candidates so far, and why others were discarded."""

    budget: Budget
    candidates: list[Candidate] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    own: GeneratedTests | None = None
    """What ranks the answers where there is no check."""
    behaviour: Behaviour | None = None
    """What the code did, where answers should do something else."""
    missing: str = ""
    """Label of a place that should have changed too, when only a part could be written."""

    @property
    def why(self) -> str:
        """Why answers were discarded, each reason once."""
        return "; ".join(dict.fromkeys(self.reasons)) or "the model wrote nothing"

    @property
    def proved(self) -> bool:
        """True when the tests prove an answer of the model right."""
        return any(each.verdict is Verdict.VERIFIED and not each.mutant for each in self.candidates)

    @property
    def over(self) -> bool:
        """True when no further answer should be drawn."""
        return self.proved or self.budget.spent

    @property
    def following(self) -> int:
        """An index behind those of all answers so far."""
        return 1 + max((each.index for each in self.candidates), default=-1)

    def settled(self, baseline: Baseline | None, left: int) -> bool:
        """True when `left` more answers could not change which is best, and none can be proved."""
        if self.own is not None:
            return self.own.settled(self.candidates)
        provable = baseline is not None and baseline.can_prove
        return not provable and settled(self.candidates, left)

    def proposal(self, title: str, evidence: str) -> Proposal:
        """The ranked proposal. Raises ProposalError when there is no candidate."""
        if not self.candidates:
            raise ProposalError(
                f"No usable answer: {self.why}.",
                hint="Say the task in other words, select less, or try another seed or model.",
            )
        return Proposal(title, ranked(distinct(self.candidates)), evidence)


def attempt(
    workspace: Workspace,
    context: Context,
    writing: Writing,
    earlier: Earlier,
    baseline: Baseline | None,
    tally: Tally,
    cancel: Cancel,
) -> Iterator[Event | Pause]:
    """Draws answers for one place and judges each; stops at a proved one or when time is up.

    At a Pause no answer is being drawn, so that those of other places can be.

    Where the check could prove none, it also stops when no answer to come can be ranked before the
    best so far.
    """
    drawing = Cancel(cancel)
    try:
        for event in write(workspace, context, writing, drawing):
            if isinstance(event, Written):
                yield from _judge(workspace, writing, event, earlier, baseline, tally, cancel)
                left = max(0, writing.offset + writing.candidates - 1 - event.index)
                if tally.over or tally.settled(baseline, left):
                    return
            else:
                if isinstance(event, CandidateDiscarded):
                    tally.reasons.append(event.reason)
                yield event
                if tally.candidates and tally.budget.spent:
                    return  # also in the middle of an answer
    finally:
        drawing.set()


def without_pauses(attempts: Iterable[Event | Pause]) -> Iterator[Event]:
    """The events alone, where there is no other place to turn to."""
    return (event for event in attempts if not isinstance(event, Pause))


def write_once(
    workspace: Workspace,
    context: Context,
    writing: Writing,
    earlier: Earlier,
    cancel: Cancel,
) -> Generator[Event, None, Earlier]:
    """One answer for one place, spliced but not judged; returns what was earlier with it, or as it
    was when no answer can be used."""
    drawing = Cancel(cancel)
    try:
        for event in write(workspace, context, writing, drawing):
            if isinstance(event, Pause):
                continue
            if not isinstance(event, Written):
                yield event
                continue
            try:
                old, new = spliced(workspace, writing, event, earlier)
            except ProposalError as error:
                yield CandidateDiscarded(event.index, error.message)
            else:
                return earlier.then(Change(writing.target.file.path, old, new), event.completion)
    finally:
        drawing.set()
    return earlier


def _judge(
    workspace: Workspace,
    writing: Writing,
    written: Written,
    earlier: Earlier,
    baseline: Baseline | None,
    tally: Tally,
    cancel: Cancel,
) -> Iterator[Event]:
    try:
        old, new = spliced(workspace, writing, written, earlier)
        path = writing.target.file.path
        python = path.endswith((".py", ".pyi"))
        # A check may be about blank lines, as those of linters are.
        if python and baseline is None and not read_intent(writing.task).asks(Topic.LAYOUT):
            new = without_blank_hunks(path, old, new)
        candidate = make_candidate(written, path, old, new, earlier, writing.task)
    except ProposalError as error:
        tally.reasons.append(error.message.rstrip("."))
        yield CandidateDiscarded(written.index, error.message)
        return
    yield from judge(workspace, candidate, baseline, tally, cancel)


def judge(
    workspace: Workspace,
    candidate: Candidate,
    baseline: Baseline | None,
    tally: Tally,
    cancel: Cancel,
) -> Iterator[Event]:
    """Checks a candidate and adds it to the tally; an answer judged before is not run again."""
    yield CandidateReady(candidate)
    mark = fingerprint(candidate)
    twin = next((each for each in tally.candidates if fingerprint(each) == mark), None)
    if twin is not None:
        tally.candidates.append(
            replace(
                candidate,
                checks=twin.checks,
                tried=twin.tried,
                examples=twin.examples,
                stumbles=twin.stumbles,
                unchanged=twin.unchanged,
            )
        )
        return
    for event in check_candidate(workspace, candidate, baseline, cancel):
        if not isinstance(event, Candidate):
            yield event
            continue
        if tally.own is not None:
            known = len(event.checks)
            event = tally.own.tried(workspace, event, cancel)
            for check in event.checks[known:]:
                yield CheckFinished(event.index, check)
        if tally.behaviour is not None:
            event = tally.behaviour.seen(workspace, event, cancel)
            if event.unchanged:
                yield CheckFinished(event.index, event.checks[-1])
        tally.candidates.append(event)


def spliced(
    workspace: Workspace, writing: Writing, written: Written, earlier: Earlier
) -> tuple[bytes, bytes]:
    """Bytes of the target's file: as it is on disk; after the earlier changes and this answer."""
    target, task = writing.target, writing.task
    path = target.file.path
    file = workspace.repository.text(path)
    before = earlier.changes.get(path)
    if before is None or before.new is None:
        return file.data, splice(file, target, written, task)
    changed = text_file(path, before.new)
    return file.data, splice(changed, _moved(target, changed), written, task)


def _moved(target: Target, file: TextFile) -> Target:
    """The target where it stands in a file that an earlier answer changed."""
    if target.unit is None:
        return target
    unit = next((each for each in units_of(file) if each.name == target.unit.name), None)
    if unit is None:
        raise ProposalError(f"{target.label} is gone after the answer before.")
    return replace(target, unit=unit)


def units_chosen(targets: tuple[Target, ...], considered: tuple[Target, ...]) -> UnitsChosen:
    """The event for located targets, out of all that were weighed."""
    return UnitsChosen(
        tuple(target.label for target in targets),
        tuple(target.reason for target in targets),
        tuple(target.label for target in considered),
    )


def task_of(request: TaskRequest) -> str:
    """The task in the words for the model: a step's sentence, with the task that it belongs to."""
    if request.wanted == request.task:
        return request.task
    return f"{request.wanted}\n\nThis is one step of: {request.task}"


def title_of(request: TaskRequest) -> str:
    """One line that names the proposal."""
    text = request.wanted
    first = text.strip().splitlines()[0] if text.strip() else "Fix what the check complains about"
    return first if len(first) <= 72 else first[:71].rstrip() + "…"


def evidence_of(targets: tuple[Target, ...]) -> str:
    """Why these places, in a sentence."""
    return "; ".join(f"{target.label}: {target.reason}" for target in targets)
