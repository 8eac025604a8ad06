"""Retells a session: what was asked and what came of it, as blocks to print or to export.

A block is what a page has: a heading, words, output, a diff. Whoever renders blocks sanitizes their
text; here only the items of lists are, so that each is one line.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from assistant.credentials.redacting import redacted
from assistant.proposal.changes import Change
from assistant.proposal.secret_values import redacted_diff
from assistant.review.comments import Comment
from assistant.review.decisions import Decision
from assistant.sanitize import sanitize_line
from assistant.sessions.file import Entry
from assistant.sessions.records import (
    Answered,
    Checked,
    Commented,
    Decided,
    Failing,
    Planned,
    Proposed,
    Record,
    ReviewClosed,
    TaskBegan,
    TaskEnded,
    Wrote,
)
from assistant.sessions.state import OpenReview
from assistant.solving.events import StepState
from assistant.solving.values import Candidate, Proposal


@dataclass(frozen=True, slots=True)
class Block:
    kind: Literal["task", "note", "text", "list", "output", "diff"]
    """`text` is Markdown that the model wrote; `list` has one item in each line."""
    text: str
    time: float = 0.0
    """For a task: when it began, in seconds since the epoch."""


def story(entries: Iterable[Entry]) -> Iterator[Block]:
    """The blocks of a session, in order, without keys and passwords.

    Of plans and decisions, only the last one before a task is included.
    """
    teller = _Teller()
    for entry in entries:
        yield from map(_without_secrets, teller.told(entry))
    yield from map(_without_secrets, teller.settled())


def _without_secrets(block: Block) -> Block:
    return replace(block, text=redacted(block.text))


class _Teller:
    """Holds back what a later record replaces."""

    def __init__(self) -> None:
        self._plan: Planned | None = None
        self._review: OpenReview | None = None
        self._comments: tuple[Comment, ...] = ()
        """Those told last that no prompt has had."""

    def told(self, entry: Entry) -> Iterator[Block]:
        match entry.record:
            case TaskBegan(task, kind, step):
                yield from self.settled()
                what = f"{step.verb.value} {step.target}: {step.sentence}" if step else task.strip()
                yield Block("task", f"/{kind} {what}".strip(), entry.time)
            case Planned() as plan:
                self._plan = plan
            case Proposed() as proposed:
                yield from self._decisions()
                self._review = OpenReview(proposed)
                yield from _proposal(proposed.proposal)
            case Decided() as decided if self._review is not None:
                self._review = OpenReview(self._review.proposed, (decided,))
            case Commented(comments):
                for each in comments:
                    if each not in self._comments:
                        where = f"{each.path}, line {each.line}"
                        yield Block("note", f"Comment on {where}: {each.text}")
                self._comments = comments
            case ReviewClosed(reason):
                yield from self._decisions()
                yield Block("note", f"Nothing was written{f': {reason}' if reason else ''}.")
            case Wrote("applied"):
                yield from self._decisions()
                yield from _simple(entry.record)
            case record:
                yield from _simple(record)

    def settled(self) -> Iterator[Block]:
        """What the last plan and the last decisions were."""
        yield from self._decisions()
        if self._plan is not None and self._plan.steps:
            yield Block("list", "\n".join(_steps(self._plan)))
        self._plan = None

    def _decisions(self) -> Iterator[Block]:
        review, self._review = self._review, None
        if review is None or not review.decided:
            return
        decisions = [decision for _, decision in review.decided[-1].decisions]
        taken = sum(each in (Decision.ACCEPTED, Decision.EDITED) for each in decisions)
        parts = decisions.count(Decision.PARTLY)
        rejected = decisions.count(Decision.REJECTED)
        if not taken and not rejected and not parts:
            return
        yield Block(
            "note",
            f"Candidate {review.shown + 1}: {taken} of {len(decisions)} hunks accepted, "
            f"{rejected} rejected, {decisions.count(Decision.EDITED)} edited"
            + (f", {parts} decided by lines." if parts else "."),
        )
        if decisions.count(Decision.EDITED) or parts:
            accepted = review.reviews()[review.shown].reviewed()
            yield Block("diff", _diff(accepted.changes))


def _simple(record: Record) -> Iterator[Block]:
    match record:
        case Answered(_, answer):
            yield Block("text", answer)
        case Checked(check):
            yield Block("note", f"{check.judge}: {check.status.value}, {check.detail}")
            if check.output.strip():
                yield Block("output", check.output)
        case Failing(failures) if failures:
            first = (each.message.partition("\n")[0] for each in failures)
            lines = (f"{f.name}: {text}" for f, text in zip(failures, first, strict=True))
            yield Block("list", "\n".join(map(sanitize_line, lines)))
        case TaskEnded(problem) if problem:
            yield Block("note", problem)
        case Wrote(verb, title, paths):
            where = f" ({', '.join(paths)})" if paths else ""
            yield Block("note", f"{verb.capitalize()}: {title}{where}")
        case _:
            pass


def _proposal(proposal: Proposal) -> Iterator[Block]:
    best = proposal.best
    yield Block("note", f"Proposal: {proposal.title} ({best.verdict.value})")
    yield Block("diff", _diff(best.changes))
    if best.evidence:
        yield Block("list", "\n".join(_findings(best)))
    for number, candidate in enumerate(proposal.candidates[1:], start=2):
        yield Block("note", f"Candidate {number} ({candidate.verdict.value})")
        yield Block("diff", _diff(candidate.changes))


def _findings(candidate: Candidate) -> Iterator[str]:
    for each in candidate.evidence:
        yield sanitize_line(f"{each.judge}: {each.status.value}, {each.detail}")


def _diff(changes: tuple[Change, ...]) -> str:
    return redacted_diff(changes)


def _steps(plan: Planned) -> Iterator[str]:
    for number, step in enumerate(plan.steps, start=1):
        state = "" if step.state is StepState.PROPOSED else f" ({step.state.value})"
        note = f" (note: {step.note})" if step.note else ""
        line = f"{number}. {step.verb.value} {step.target}: {step.sentence}{note}{state}"
        yield sanitize_line(line)
