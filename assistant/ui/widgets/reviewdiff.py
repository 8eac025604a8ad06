"""The diff of the candidate on screen, with its bars and its files.

Lays out large diffs in a thread, and highlights every diff in one.
"""

from collections.abc import Callable, Sequence

from textual import work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.worker import get_current_worker

from assistant.review.comments import Comment
from assistant.review.decisions import Review
from assistant.ui.diffmodel import DiffColours, DiffModel, colour_diff
from assistant.ui.rows import Part
from assistant.ui.tally import Tally, tally
from assistant.ui.widgets.bars import Bar, TitleBar
from assistant.ui.widgets.changedfiles import ChangedFiles
from assistant.ui.widgets.diff import DiffView
from assistant.ui.widgets.reviewbars import progress_parts

_MANY_LINES = 200
"""Diffs with more changed lines than this are laid out in a thread."""


class ReviewDiff(Vertical):
    """Draws one review at a time. Decides nothing."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._review: Review | None = None
        """The review to show. The diff shows an earlier one while a layout is being made."""
        self._tally: tuple[Review, Tally] | None = None

    def compose(self) -> ComposeResult:
        yield TitleBar(id="review-title")
        yield Bar(id="review-progress")
        yield ChangedFiles(id="review-files")
        yield DiffView(id="diff")

    @property
    def diff(self) -> DiffView:
        return self.query_one(DiffView)

    @property
    def comments(self) -> tuple[Comment, ...]:
        """The user's comments, also those on lines that are not on screen."""
        return self.diff.comments

    def set_comments(self, comments: tuple[Comment, ...]) -> None:
        self.diff.comments = comments

    @property
    def shown(self) -> Review | None:
        """The review whose diff is on screen, the only one to decide. None while it is built."""
        review, seen = self._review, self.diff.review
        return review if review and seen and seen.changes is review.changes else None

    def lay_out(self, review: Review, build: Callable[[], DiffModel], *, keep: bool) -> None:
        """Builds and shows the diff of a review. `keep` leaves the cursor near its hunk."""
        self._review = review
        if sum(len(hunk.old) + len(hunk.new) for hunk in review.hunks) > _MANY_LINES:
            self._build(review, build, keep)
        else:
            self.show_model(review, build(), keep=keep)

    @work(thread=True, exclusive=True, group="build", exit_on_error=False)
    def _build(self, review: Review, build: Callable[[], DiffModel], keep: bool) -> None:
        model = build()
        if not get_current_worker().is_cancelled:
            self.app.call_from_thread(self._built, review, model, keep)

    def _built(self, review: Review, model: DiffModel, keep: bool) -> None:
        """Shows a diff that was built in a thread, with the decisions made meanwhile."""
        current = self._review
        if current is not None and current.changes is review.changes:
            self.show_model(current, model, keep=keep)

    def show_model(self, review: Review, model: DiffModel, *, keep: bool) -> None:
        """Shows a diff that is built already."""
        self._review = review
        if keep:
            self.diff.replace_model(model, review)
            if self.diff.current in review.decisions and not review.is_open(self.diff.current):
                self.diff.go_to_open()
        else:
            self.diff.show(model, review)
        self._colour(review)

    def update(self, review: Review) -> None:
        """Shows other decisions on the same diff."""
        self._review = review
        self.diff.update_review(review)

    @work(thread=True, exclusive=True, group="colour", exit_on_error=False)
    def _colour(self, review: Review) -> None:
        colours = colour_diff(review)
        self.app.call_from_thread(self._coloured, review, colours)

    def _coloured(self, review: Review, colours: DiffColours) -> None:
        current = self._review
        if current is not None and current.changes is review.changes:
            self.diff.set_colours(colours)

    def draw_title(self, left: Sequence[Part], right: Sequence[Part]) -> None:
        self.query_one("#review-title", Bar).show(left, right)

    def draw_progress(self, review: Review, evidence: str, *, by_risk: bool) -> None:
        """Draws how far a review is, and its files."""
        style, counts = self.diff.palette, self._counted(review)
        chosen = len(self.diff.chosen)
        parts = progress_parts(style, counts, evidence, by_risk=by_risk, chosen=chosen)
        self.query_one("#review-progress", Bar).show(*parts)
        current = self.diff.current
        path = review.hunk(current).path if current in review.decisions else ""
        self.query_one(ChangedFiles).show(counts.files, path)

    def _counted(self, review: Review) -> Tally:
        if self._tally is None or self._tally[0] is not review:
            self._tally = (review, tally(review))
        return self._tally[1]

    def on_changed_files_pressed(self, event: ChangedFiles.Pressed) -> None:
        event.stop()
        self.diff.go_to_file(event.path)
