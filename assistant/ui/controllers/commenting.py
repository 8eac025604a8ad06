"""Comments on lines of the review: written, kept, and sent with the next prompt about them."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from textual import work

from assistant.errors import UsageError
from assistant.review.comments import Comment, comment_on
from assistant.sessions.records import Commented, Record
from assistant.ui.controllers.controller import Controller
from assistant.ui.screens.remark import RemarkDialog
from assistant.ui.widgets.workbench import Workbench


class CommentController(Controller):
    """Handles `c` in the diff. The diff keeps the comments, also those on earlier proposals."""

    def __init__(self, panes: Workbench, record: Callable[[Record], None]) -> None:
        """`record` adds to the stored session."""
        super().__init__(id="commenting")
        self._panes = panes
        self._record = record

    @property
    def pending(self) -> tuple[Comment, ...]:
        """The comments that no prompt has had yet, oldest first."""
        return self._panes.review.body.comments

    def on_hunk(self, hunk: str) -> tuple[Comment, ...]:
        """The comments on a hunk of the review."""
        review = self._panes.review.review
        found = (each for each in self.pending if each.hunk == hunk)
        return tuple(each for each in found if review is not None and each.is_on(review))

    @work(exclusive=True, group="comment")
    async def write(self, hunk: str, lines: Collection[int]) -> None:
        """Opens a dialog for the comment on lines of a hunk, or on the hunk if there are none.

        A comment that ends in these lines is edited; without text, it is removed.
        """
        review = self._panes.review.review
        if review is None:
            return
        draft = comment_on(review, hunk, lines, "")
        ends = frozenset(lines) or {draft.at}
        before = next((each for each in self.on_hunk(hunk) if each.at in ends), None)
        about = "\n".join(draft.quoted if before is None else before.quoted)
        title = f"Comment   {draft.path}, line {draft.line}"
        label = "What the model must know about these lines, next time"
        dialog = RemarkDialog(title, about, label, before.text if before else "")
        text = await self.app.push_screen_wait(dialog)
        if text is None:
            return
        others = tuple(each for each in self.pending if each != before)
        added = (replace(before or draft, text=text),) if text else ()
        self._set((*others, *added))

    def used(self, comments: Collection[Comment]) -> None:
        """Removes comments that a prompt has had."""
        if comments:
            self._set(tuple(each for each in self.pending if each not in comments))

    def listed(self, argument: str) -> str:
        """What /comments says: the comments to come, or that they are dropped.

        Raises UsageError for another argument than `drop`.
        """
        if argument not in ("", "drop"):
            raise UsageError(
                "/comments takes no text.", hint="/comments drop removes all comments."
            )
        count = _count(self.pending)
        if argument:
            self._set(())
            return f"{count} dropped."
        for each in self.pending:
            self._panes.log_view.add("note", f"{each.path}, line {each.line}: {each.text}")
        return f"{count} for the next prompt; /comments drop removes them."

    def _set(self, comments: tuple[Comment, ...]) -> None:
        if comments != self.pending:
            self._panes.review.body.set_comments(comments)
            self._record(Commented(comments))


def _count(comments: Sequence[Comment]) -> str:
    return f"{len(comments)} comment{'' if len(comments) == 1 else 's'}"
