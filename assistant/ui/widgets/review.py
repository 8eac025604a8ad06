"""The review of one proposal: its alternatives, their diffs, and the decisions on hunks.

Writes nothing; the screen is asked to apply. While a task runs, shows its progress.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.reactive import reactive
from textual.widgets import ContentSwitcher
from textual.worker import get_current_worker

from assistant.proposal.changes import Hunk
from assistant.review.decisions import Decision, Review
from assistant.solving.values import Candidate, Proposal
from assistant.ui.diffmodel import DiffColours, DiffModel, build_diff, colour_diff
from assistant.ui.preparing import Prepared
from assistant.ui.standing import CheckedPart, standing
from assistant.ui.widgets.activity import Activity
from assistant.ui.widgets.bars import Bar, TitleBar
from assistant.ui.widgets.diff import DiffView
from assistant.ui.widgets.hints import Hints
from assistant.ui.widgets.reviewbars import EMPTY, any_accepted, progress_parts, title_parts

_MANY_LINES = 200
"""Diffs with more changed lines than this are built in a thread."""
_CLICKED = {"accept": "accepted", "reject": "rejected", "undo": "undecided"}


class ReviewPanel(Vertical):
    """Shows hints, a running task, or a diff under review."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "decide('accepted')", "accept", id="review.accept", tooltip="Accept the hunk"),
        Binding("r", "decide('rejected')", "reject", id="review.reject", tooltip="Reject the hunk"),
        Binding("e", "edit", "edit", id="review.edit", tooltip="Edit this hunk, then accept it"),
        Binding("u", "decide('undecided')", "undo", show=False, id="review.reset"),
        Binding("A", "decide_all('accepted')", "accept all", id="review.accept_all"),
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
        self._clock = clock
        self._proposal: Proposal | None = None
        self._reviews: dict[int, Review] = {}
        self._selected: frozenset[str] = frozenset()
        self._stale: tuple[str, ...] = ()

    def compose(self) -> ComposeResult:
        with ContentSwitcher(initial="review-empty", id="review-switch"):
            yield Hints(EMPTY, id="review-empty")
            yield Activity(self._clock, id="activity")
            with Vertical(id="review-diff"):
                yield TitleBar(id="review-title")
                yield Bar(id="review-progress")
                yield DiffView(id="diff")

    @property
    def activity(self) -> Activity:
        return self.query_one(Activity)

    @property
    def diff(self) -> DiffView:
        return self.query_one(DiffView)

    @property
    def proposal(self) -> Proposal | None:
        return self._proposal

    @property
    def review(self) -> Review | None:
        """The review of the shown candidate; None if nothing is under review."""
        return self._reviews.get(self.candidate)

    @property
    def reviews(self) -> tuple[Review, ...]:
        """One per candidate of the proposal."""
        return tuple(self._reviews[at] for at in sorted(self._reviews))

    @property
    def undecided(self) -> int:
        """Number of undecided hunks."""
        decisions = self.review.decisions.values() if self.review else ()
        return sum(decision is Decision.UNDECIDED for decision in decisions)

    def show(self, prepared: Prepared) -> None:
        """Starts the review of a proposal, or goes on with it where `prepared` has decisions."""
        self._proposal, self._selected = prepared.proposal, prepared.selected
        self._stale = prepared.stale
        self._reviews = dict(enumerate(prepared.reviews))
        self.set_reactive(ReviewPanel.part, None)
        self.set_reactive(ReviewPanel.candidate, prepared.shown)
        self.set_reactive(ReviewPanel.by_risk, False)
        self.query_one(ContentSwitcher).current = "review-diff"
        self._show_model(prepared.reviews[prepared.shown], prepared.model)
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
        """Draws the bars in the colours of the current theme."""
        if self._proposal is not None:
            self._draw_bars(self._proposal)

    def validate_candidate(self, candidate: int) -> int:
        return max(0, min(candidate, len(self._reviews) - 1))

    def watch_candidate(self) -> None:
        self._show_candidate()

    def _show_candidate(self) -> None:
        if self._proposal is None:
            return
        self._lay_out(self._reviews[self.candidate])
        self._announce()

    def _lay_out(self, review: Review, *, keep: bool = False) -> None:
        """Builds the diff again. `keep` leaves the cursor near its hunk."""
        if self._proposal is None:
            return
        candidate = self._proposal.candidates[self.candidate]
        if sum(len(hunk.old) + len(hunk.new) for hunk in review.hunks) > _MANY_LINES:
            self._build(review, candidate, keep)
        else:
            self._show_model(review, self._diff_of(review, candidate), keep)

    def _diff_of(self, review: Review, candidate: Candidate) -> DiffModel:
        return build_diff(review, candidate, self._selected, by_risk=self.by_risk)

    def watch_by_risk(self) -> None:
        self._show_candidate()

    def watch_part(self) -> None:
        self._announce()

    def action_order(self) -> None:
        self.by_risk = not self.by_risk

    def describe_key(self, action: str) -> str:
        """Describes what a key does now; empty if its usual description applies."""
        return "by file" if action == "order" and self.by_risk else ""

    @work(thread=True, exclusive=True, group="build", exit_on_error=False)
    def _build(self, review: Review, candidate: Candidate, keep: bool) -> None:
        model = self._diff_of(review, candidate)
        if not get_current_worker().is_cancelled:
            self.app.call_from_thread(self._show_model, review, model, keep)

    def _show_model(self, review: Review, model: DiffModel, keep: bool = False) -> None:
        current = self.review
        if current is None or current.changes is not review.changes:
            return
        if keep:
            self.diff.replace_model(model, current)
            if current.decisions.get(self.diff.current) is not Decision.UNDECIDED:
                self.diff.go_to_open()
        else:
            self.diff.show(model, current)
        self._colour(current)

    @property
    def shown(self) -> Review | None:
        """The review whose diff is on screen, the only one to decide. None while it is built."""
        review, seen = self.review, self.diff.review
        return review if review and seen and seen.changes is review.changes else None

    @work(thread=True, exclusive=True, group="colour", exit_on_error=False)
    def _colour(self, review: Review) -> None:
        colours = colour_diff(review)
        self.app.call_from_thread(self._coloured, review, colours)

    def _coloured(self, review: Review, colours: DiffColours) -> None:
        current = self.review
        if current is not None and current.changes is review.changes:
            self.diff.set_colours(colours)

    def _announce(self) -> None:
        if self._proposal is not None:
            self._draw_bars(self._proposal)
            self.refresh_bindings()
            self.post_message(self.Changed(self._proposal.candidates[self.candidate]))

    def _draw_bars(self, proposal: Proposal) -> None:
        style, review = self.diff.palette, self._reviews[self.candidate]
        candidate = proposal.candidates[self.candidate]
        state = standing(review, candidate, self.part)
        title = title_parts(style, proposal, self.candidate, state, self._stale)
        self.query_one("#review-title", Bar).show(*title)
        progress = progress_parts(style, review, proposal.reason, by_risk=self.by_risk)
        self.query_one("#review-progress", Bar).show(*progress)

    def on_diff_view_hunk_pressed(self, event: DiffView.HunkPressed) -> None:
        event.stop()
        if event.verb == "edit":
            self.action_edit()
        else:
            self.action_decide(_CLICKED[event.verb])

    def action_decide(self, name: str) -> None:
        review, decision = self.shown, Decision(name)
        if review is None or not self.diff.current:
            return
        self._set(review.decide(self.diff.current, decision))
        if decision is not Decision.UNDECIDED:
            self.diff.go_to_open()

    def action_decide_all(self, name: str) -> None:
        if self.shown is not None:
            self._set(self.shown.decide_all(Decision(name)))

    def _set(self, review: Review) -> None:
        before, self._reviews[self.candidate] = self._reviews[self.candidate], review
        if review.edits != before.edits:
            self._lay_out(review, keep=True)  # other lines are shown
        else:
            self.diff.update_review(review)
        self._announce()

    def action_edit(self) -> None:
        review = self.shown
        if review is None:
            return
        hunk = next((h for h in review.hunks if h.id == self.diff.current), None)
        if hunk is not None:
            lines = review.edits.get(hunk.id, hunk.new)
            self.post_message(self.EditRequested(replace(hunk, new=lines)))

    def edited(self, hunk_id: str, lines: tuple[bytes, ...]) -> None:
        """Replaces the lines of a hunk by the user's own and accepts it."""
        review = self.review
        if review is None or self._proposal is None:
            return
        self._set(review.edit(hunk_id, lines))

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
            return not action.startswith(("decide", "edit", "alternative", "apply", "order"))
        if action == "order":
            return self.review is not None and len(self.review.hunks) > 1
        if action == "alternative":
            return len(self._proposal.candidates) > 1
        if action == "apply":
            return bool(self.review and (any_accepted(self.review) or self.review.complete))
        return True
