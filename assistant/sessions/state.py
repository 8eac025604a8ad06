"""What a session came to: its records, folded into what is to be shown again."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from assistant.checks.results import Evidence, Failure
from assistant.context.bundle import Selected
from assistant.errors import UsageError
from assistant.review.comments import Comment
from assistant.review.decisions import Decision, Review
from assistant.review.lines import LineDecisions, lines_in
from assistant.sessions.records import (
    Answered,
    Checked,
    Commented,
    Decided,
    Failing,
    Logged,
    Planned,
    Proposed,
    Record,
    ReviewClosed,
    Selection,
    TaskBegan,
    TaskEnded,
    Wrote,
)
from assistant.solving.events import Step, StepState


@dataclass(frozen=True, slots=True)
class OpenReview:
    """A proposal that was neither written nor rejected, and the decisions on it."""

    proposed: Proposed
    decided: tuple[Decided, ...] = ()
    """The last decisions on each candidate; those on the candidate on screen come last."""

    @property
    def shown(self) -> int:
        """Index of the candidate that was on screen."""
        return self.decided[-1].candidate if self.decided else 0

    def reviews(self) -> tuple[Review, ...]:
        """One review for each candidate, with its decisions."""
        decided = {each.candidate: each for each in self.decided}
        return tuple(
            _decide(review, decided.get(at)) for at, review in enumerate(self._undecided())
        )

    def _undecided(self) -> Iterator[Review]:
        proposal, laid_out = self.proposed.proposal, self.proposed.laid_out
        for each in laid_out:
            decisions = {hunk.id: Decision.UNDECIDED for hunk in each.hunks}
            yield Review(
                proposal.title,
                each.changes,
                each.hunks,
                MappingProxyType(decisions),
                MappingProxyType({}),
            )
        for candidate in proposal.candidates[len(laid_out) :]:
            yield Review.of(proposal.title, candidate.changes, candidate.tokens.lines)


@dataclass(frozen=True, slots=True)
class SessionState:
    """Everything of a session that a front end shows."""

    log: tuple[tuple[str, str], ...] = ()
    """Kind and text of the entries of the log; the kind of an answer is `answer`."""
    plan: Planned | None = None
    review: OpenReview | None = None
    selection: tuple[Selected, ...] = ()
    comments: tuple[Comment, ...] = ()
    """Those that no prompt has had yet."""
    answers: tuple[Answered, ...] = ()
    """Oldest first."""
    checked: Evidence | None = None
    """The last check that ran before any change."""
    failures: tuple[Failure, ...] = ()
    written: dict[str, int] = field(default_factory=dict)
    """Ids of steps that were written, by the title of the write."""
    interrupted: str = ""
    """The task that was running when the program ended."""


def state_of(records: Iterable[Record]) -> SessionState:
    """Folds the records of a session, oldest first."""
    state = SessionState()
    for record in records:
        state = _after(state, record)
    return replace(state, plan=_at_rest(state.plan, state.review is not None))


def _after(state: SessionState, record: Record) -> SessionState:
    match record:
        case TaskBegan(task):
            return replace(state, interrupted=task)
        case TaskEnded():
            return replace(state, interrupted="")
        case Logged(kind, text):
            return replace(state, log=(*state.log, (kind, text)))
        case Answered(_, answer):
            log = (*state.log, ("answer", answer))
            return replace(state, log=log, answers=(*state.answers, record))
        case Selection(items):
            return replace(state, selection=items)
        case Checked(check):
            return replace(state, checked=check, failures=())
        case Failing(failures):
            return replace(state, failures=failures)
        case _:
            return _after_work(state, record)


def _after_work(state: SessionState, record: Record) -> SessionState:
    match record:
        case Planned():
            return replace(state, plan=record)
        case Commented(comments):
            return replace(state, comments=comments)
        case Proposed():
            return replace(state, review=OpenReview(record))
        case Decided() if state.review is not None:
            others = (d for d in state.review.decided if d.candidate != record.candidate)
            return replace(state, review=replace(state.review, decided=(*others, record)))
        case ReviewClosed():
            return replace(state, review=None)
        case Wrote("applied", title):
            step = _in_review(state.plan)
            written = {**state.written, title: step.id} if step else state.written
            return replace(state, review=None, written=written)
        case _:
            return state


def _in_review(plan: Planned | None) -> Step | None:
    steps = plan.steps if plan else ()
    return next((step for step in steps if step.state is StepState.REVIEW), None)


def _at_rest(plan: Planned | None, reviewed: bool) -> Planned | None:
    """The plan without states that only a running program has."""
    if plan is None:
        return None
    gone = (StepState.RUNNING,) if reviewed else (StepState.RUNNING, StepState.REVIEW)
    steps = (replace(s, state=StepState.ACCEPTED) if s.state in gone else s for s in plan.steps)
    return replace(plan, steps=tuple(steps))


def _decide(review: Review, decided: Decided | None) -> Review:
    """Takes over decisions on hunks that the review has."""
    if decided is None:
        return review
    edits, lines = dict(decided.edits), dict(decided.lines)
    for hunk, decision in decided.decisions:
        try:
            if hunk in edits:
                review = review.edit(hunk, edits[hunk])
            if decision is Decision.PARTLY:
                review = _decide_lines(review, hunk, lines.get(hunk, LineDecisions()))
            elif decision is not Decision.EDITED:
                review = review.decide(hunk, decision)
        except UsageError:
            continue
    return review


def _decide_lines(review: Review, hunk: str, lines: LineDecisions) -> Review:
    """Takes over decisions on the lines of a hunk, as far as it has them. All others are open."""
    there = lines_in(review.hunk(hunk))
    review = review.decide_lines(hunk, there, Decision.UNDECIDED)
    review = review.decide_lines(hunk, lines.accepted & there, Decision.ACCEPTED)
    return review.decide_lines(hunk, lines.rejected & there, Decision.REJECTED)
