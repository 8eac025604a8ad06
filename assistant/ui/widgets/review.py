"""The review of one proposal: its alternatives, their diffs, and the decisions on hunks.

Writes nothing; the screen is asked to apply. While a task runs, shows its progress.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.reactive import reactive
from textual.widgets import ContentSwitcher

from assistant.proposal.changes import Hunk
from assistant.review.decisions import Decision, Review
from assistant.solving.values import Candidate, Proposal
from assistant.ui.diffmodel import build_diff
from assistant.ui.preparing import Prepared
from assistant.ui.standing import CheckedPart, standing
from assistant.ui.widgets.activity import Activity
from assistant.ui.widgets.diff import DiffView
from assistant.ui.widgets.hints import Hints
from assistant.ui.widgets.reviewbars import EMPTY, any_accepted, title_parts
from assistant.ui.widgets.reviewdiff import ReviewDiff

_ON_LINES = {
    "decide('accepted')": "accept lines",
    "decide('rejected')": "reject lines",
    "lines": "start here",
}
"""What keys do while lines are chosen."""
_CLICKED = {"accept": "accepted", "reject": "rejected", "undo": "undecided"}


class ReviewPanel(Vertical):
    """Shows hints, a running task, or a diff under review."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "decide('accepted')", "accept", id="review.accept", tooltip="Accept the hunk"),
        Binding("r", "decide('rejected')", "reject", id="review.reject", tooltip="Reject the hunk"),
        Binding("e", "edit", "edit", id="review.edit", tooltip="Edit this hunk, then accept it"),
        Binding("v", "lines", "lines", id="review.lines",
                tooltip="Choose lines of this hunk to decide; again, start at the end"),
        Binding("u", "decide('undecided')", "undo", show=False, id="review.reset"),
        Binding("A", "decide_all('accepted')", "accept all", id="review.accept_all"),
        Binding("F", "decide_file('accepted')", "accept file", show=False, id="review.accept_file",
                tooltip="Accept what is open of this file"),
        Binding("R", "decide_all('rejected')", "reject all", show=False, id="review.reject_all"),
        Binding("left_square_bracket", "alternative(-1)", "Previous", show=False, id="review.prev"),
        Binding("right_square_bracket", "alternative(1)", "alternatives", key_display="[ ]",
                id="review.next", tooltip="Leaf through the alternatives"),
        Binding("w,ctrl+s", "apply", "write", id="review.apply", tooltip="Write what was accepted"),
        Binding("o", "order", "by risk", id="review.order",
                tooltip="Sort the hunks by the model's token probability, or by file"),
    ]  # fmt: skip

    candidate: reactive[int] = reactive(0, init=False)
    by_risk: reactive[bool] = reactive(False, init=False)
    """True to sort hunks by token probability, lowest first."""
    part: reactive[CheckedPart | None] = reactive(None, init=False)
    """What was checked last of what was accepted."""

    @dataclass
    class ApplyRequested(Message):
        review: Review

    @dataclass
    class EditRequested(Message):
        hunk: Hunk
        """With the user's lines if it was edited before."""

    @dataclass
    class Changed(Message):
        """A decision or the shown alternative has changed."""

        candidate: Candidate

    @dataclass
    class Finished(Message):
        """Every hunk was rejected."""

    def __init__(self, clock: Callable[[], float], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.activity = Activity(clock, id="activity")
        """Ticks from the start on, also before it is composed."""
        self._proposal: Proposal | None = None
        self._reviews: dict[int, Review] = {}
        self.selected: frozenset[str] = frozenset()
        """The paths that were selected for the task; empty if none were."""
        self._stale: tuple[str, ...] = ()

    def compose(self) -> ComposeResult:
        with ContentSwitcher(initial="review-empty", id="review-switch"):
            yield Hints(EMPTY, id="review-empty")
            yield self.activity
            yield ReviewDiff(id="review-diff")

    @property
    def body(self) -> ReviewDiff:
        return self.query_one(ReviewDiff)

    @property
    def diff(self) -> DiffView:
        return self.body.diff

    @property
    def proposal(self) -> Proposal | None:
        return self._proposal

    @property
    def review(self) -> Review | None:
        """The review of the shown candidate; None if nothing is under review."""
        return self._reviews.get(self.candidate)

    @property
    def reviews(self) -> tuple[Review, ...]:
        """The reviews of all candidates."""
        return tuple(self._reviews.values())

    @property
    def undecided(self) -> int:
        """Number of hunks with something to decide."""
        review = self.review
        return sum(review.is_open(hunk.id) for hunk in review.hunks) if review else 0

    def show(self, prepared: Prepared, *, by_risk: bool = False) -> None:
        """Starts the review of a proposal, or goes on with it where `prepared` has decisions.

        The diff of `prepared` is in the order that `by_risk` says.
        """
        self._proposal, self.selected = prepared.proposal, prepared.selected
        self._stale = prepared.stale
        self._reviews = dict(enumerate(prepared.reviews))
        self.set_reactive(ReviewPanel.part, None)
        self.set_reactive(ReviewPanel.candidate, prepared.shown)
        self.set_reactive(ReviewPanel.by_risk, by_risk)
        self.query_one(ContentSwitcher).current = "review-diff"
        self.body.show_model(prepared.reviews[prepared.shown], prepared.model, keep=False)
        self._announce()

    def busy(self) -> None:
        """Shows the running task, unless a diff is under review."""
        if self._proposal is None:
            self.query_one(ContentSwitcher).current = "activity"

    def clear(self) -> None:
        """Ends the review."""
        self._proposal, self._reviews, self._stale = None, {}, ()
        self.set_reactive(ReviewPanel.candidate, 0)
        self.query_one(ContentSwitcher).current = "review-empty"
        self.refresh_bindings()

    def rest(self) -> None:
        """Shows what was there before the task, or its proposal."""
        current = "review-diff" if self._proposal else "review-empty"
        self.query_one(ContentSwitcher).current = current

    def refresh_theme(self) -> None:
        """Draws the bars again, in the colours of the current theme."""
        proposal, review = self._proposal, self.review
        if proposal is not None and review is not None:
            state = standing(review, proposal.candidates[self.candidate], self.part)
            style, at = self.diff.palette, self.candidate
            self.body.draw_title(*title_parts(style, proposal, at, state, self._stale))
            self.body.draw_progress(review, proposal.reason, by_risk=self.by_risk)

    def validate_candidate(self, candidate: int) -> int:
        return max(0, min(candidate, len(self._reviews) - 1))

    def watch_candidate(self) -> None:
        if self._proposal is not None:
            self._lay_out(self._reviews[self.candidate])
            self._announce()

    def _lay_out(self, review: Review, *, keep: bool = False) -> None:
        """Builds the diff again. `keep` leaves the cursor near its hunk."""
        if self._proposal is None:
            return
        candidate = self._proposal.candidates[self.candidate]
        selected, by_risk = self.selected, self.by_risk
        self.body.lay_out(
            review, lambda: build_diff(review, candidate, selected, by_risk=by_risk), keep=keep
        )

    def watch_by_risk(self) -> None:
        self.watch_candidate()

    def watch_part(self) -> None:
        self._announce()

    def action_order(self) -> None:
        self.by_risk = not self.by_risk

    def describe_key(self, action: str) -> str:
        """Describes what a key does now; empty if its usual description applies."""
        if action == "order":
            return "by file" if self.by_risk else ""
        return _ON_LINES.get(action, "") if self.diff.chosen else ""

    @property
    def shown(self) -> Review | None:
        """The review whose diff is on screen, the only one to decide. None while it is built."""
        return self.body.shown if self.review else None

    def on_diff_view_moved(self, event: DiffView.Moved) -> None:
        event.stop()
        if self._proposal is not None and self.review is not None:
            self.body.draw_progress(self.review, self._proposal.reason, by_risk=self.by_risk)
            self.refresh_bindings()

    def _announce(self) -> None:
        if self._proposal is not None:
            self.refresh_theme()
            self.refresh_bindings()
            self.post_message(self.Changed(self._proposal.candidates[self.candidate]))

    def on_diff_view_hunk_pressed(self, event: DiffView.HunkPressed) -> None:
        event.stop()
        if event.verb == "edit":
            self.action_edit()
        else:
            self.action_decide(_CLICKED[event.verb])

    def action_lines(self) -> None:
        """Begins a range of lines, or begins the range at its end."""
        if self.shown is not None:
            self.diff.choose_lines()

    def action_decide(self, name: str) -> None:
        """Decides the chosen lines, or else the current hunk."""
        review, decision, hunk = self.shown, Decision(name), self.diff.current
        if review is None or not hunk:
            return
        if lines := self.diff.chosen:
            self._set(review.decide_lines(hunk, lines, decision))
        else:
            self._set(review.decide(hunk, decision))
        if decision is not Decision.UNDECIDED:
            self.diff.go_on()

    def action_decide_all(self, name: str) -> None:
        if self.shown is not None:
            self._set(self.shown.decide_all(Decision(name)))

    def action_decide_file(self, name: str) -> None:
        """Decides what is open of the file under the cursor, and goes on to the next one."""
        review, hunk = self.shown, self.diff.current
        if review is not None and hunk:
            self._set(review.decide_all(Decision(name), path=review.hunk(hunk).path))
            self.diff.go_to_open()

    def _set(self, review: Review) -> None:
        before, self._reviews[self.candidate] = self._reviews[self.candidate], review
        if review.edits != before.edits:
            self._lay_out(review, keep=True)  # other lines are shown
        else:
            self.body.update(review)
        self._announce()

    def action_edit(self) -> None:
        review = self.shown
        if review is None or self.diff.current not in review.decisions:
            return
        self.post_message(self.EditRequested(review.editable(self.diff.current)))

    def edited(self, hunk_id: str, lines: tuple[bytes, ...]) -> None:
        """Replaces the lines of a hunk by the user's own and accepts it."""
        if self.review is not None:
            self._set(self.review.edit(hunk_id, lines))

    def action_alternative(self, by: int) -> None:
        self.candidate += by

    def action_apply(self) -> None:
        if self.shown is None:
            return
        if any_accepted(self.shown):
            self.post_message(self.ApplyRequested(self.shown))
        elif self.shown.complete:
            self.post_message(self.Finished())

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if self._proposal is None:
            return not action.startswith(
                ("decide", "edit", "lines", "alternative", "apply", "order")
            )
        if action == "order":
            return self.review is not None and len(self.review.hunks) > 1
        if action == "alternative":
            return len(self._proposal.candidates) > 1
        if action == "apply":
            return bool(self.review and (any_accepted(self.review) or self.review.complete))
        return True
