"""Makes the proposal under review again when files changed on disk before it was written."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from textual import work
from textual.message import Message

from assistant.errors import AssistantError, StaleFile
from assistant.review.decisions import Review
from assistant.sanitize import sanitize_line
from assistant.solving.rebasing import Remade, remade
from assistant.solving.values import Proposal
from assistant.ui.controllers.controller import Controller
from assistant.ui.diffmodel import build_diff
from assistant.ui.preparing import Prepared
from assistant.ui.session import CurrentSession
from assistant.ui.widgets.reviewbars import any_accepted
from assistant.ui.widgets.workbench import Workbench
from assistant.ui.workers import guarded


@dataclass
class ProposalRemade(Message):
    """The proposal was made again."""

    before: Sequence[Review]
    """The reviews that it was made from."""
    remade: Remade
    prepared: Prepared | None
    """None if the files have all of the candidate on screen."""


class RebaseController(Controller):
    """Puts the reviews of all candidates on the current files, and says what became of them."""

    def __init__(
        self,
        current: CurrentSession,
        panes: Workbench,
        close: Callable[[str], None],
        show_error: Callable[[AssistantError], None],
    ) -> None:
        """`close` ends the review with a note for the log."""
        super().__init__(id="rebasing")
        self._current = current
        self._panes = panes
        self._close = close
        self._show_error = show_error

    def remake(self) -> None:
        """Makes the proposal again, in a thread. Does nothing if none is under review."""
        panel = self._panes.review
        if panel.proposal is not None:
            self._remake(panel.proposal, panel.reviews, panel.candidate, panel.by_risk)

    @work(thread=True, exclusive=True, group="rebase", exit_on_error=False)
    def _remake(
        self, proposal: Proposal, reviews: Sequence[Review], index: int, by_risk: bool
    ) -> None:
        def made() -> Message:
            writer = self._current.require().writer
            result = remade(proposal, reviews, index, writer.rebased)
            return ProposalRemade(reviews, result, self._prepared(result, index, by_risk))

        self.post_message(guarded(made))

    def _prepared(self, result: Remade, index: int, by_risk: bool) -> Prepared | None:
        if not result.outcome.review.hunks:
            return None
        selected = self._panes.review.selected
        candidate = result.proposal.candidates[index]
        model = build_diff(result.reviews[index], candidate, selected, by_risk=by_risk)
        return Prepared(result.proposal, selected, result.reviews, model, index)

    def on_proposal_remade(self, message: ProposalRemade) -> None:
        message.stop()
        panel = self._panes.review
        if panel.reviews != message.before:
            self.remake()  # the user went on deciding
            return
        if message.prepared is None:
            self._close("The files have all of it already; nothing was written")
            return
        panel.show(message.prepared, by_risk=panel.by_risk)
        if message.remade.outcome.changed:
            self._show_error(notice(message.remade))


def notice(result: Remade) -> StaleFile:
    """Says which files changed and what became of the proposal."""
    outcome, review = result.outcome, result.outcome.review
    first, *others = map(sanitize_line, outcome.changed)
    paths = f"{first} and {_count(len(others), 'more file')}" if others else first
    kept = len(review.hunks) - len(outcome.conflicts)
    told = [f"{_count(kept, 'hunk')} as before"] if kept else []
    if outcome.conflicts:
        numbers = [n for n, h in enumerate(review.hunks, 1) if h.id in outcome.conflicts]
        listed = ", ".join(map(str, numbers[:5])) + ("…" if len(numbers) > 5 else "")
        which = f"hunk{'s' if len(numbers) > 1 else ''} {listed}"
        told.append(f"{len(numbers)} to decide again, as you changed the same lines ({which})")
    if outcome.present:
        told.append(f"{_count(len(outcome.present), 'hunk')} already there")
    then = " Press w to write what is accepted." if any_accepted(review) else ""
    return StaleFile(
        f"{paths} changed on disk since the proposal was made.",
        hint=f"Nothing was written. The proposal was made again: {', '.join(told)}.{then}",
    )


def _count(number: int, what: str) -> str:
    return f"{number} {what}" + ("s" if number != 1 else "")
