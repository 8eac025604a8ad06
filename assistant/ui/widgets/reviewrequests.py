"""The keys of a review that need more than the review: sending back, commenting, checking."""

from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message

from assistant.ui.widgets.review import ReviewPanel


class ReviewRequests(Vertical):
    """Surrounds the review panel, and posts what the user asks for about its review."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s", "send_back", "send back", id="review.send_back",
                tooltip="Say what is wrong with this hunk, and have only it written again"),
        Binding("c", "comment", "comment", show=False, id="review.comment",
                tooltip="Comment on the chosen lines, or on this hunk, for the next prompt"),
        Binding("x", "check_part", "check part", id="review.check_part",
                tooltip="Run the checks on exactly what is accepted, before it is written"),
    ]  # fmt: skip

    @dataclass
    class SendBackRequested(Message):
        hunk: str
        """Its id."""

    @dataclass
    class CommentRequested(Message):
        hunk: str
        """Its id."""
        lines: frozenset[int]
        """The chosen lines, as in `review.lines`; empty for the whole hunk."""

    @dataclass
    class CheckRequested(Message):
        """The checks are to run on what is accepted."""

    def __init__(self, panel: ReviewPanel, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._panel = panel

    def compose(self) -> ComposeResult:
        yield self._panel

    def action_send_back(self) -> None:
        if self._panel.shown is not None and self._panel.diff.current:
            self.post_message(self.SendBackRequested(self._panel.diff.current))

    def action_comment(self) -> None:
        diff = self._panel.diff
        if self._panel.shown is not None and diff.current:
            self.post_message(self.CommentRequested(diff.current, diff.chosen))

    def action_check_part(self) -> None:
        if self._panel.shown is not None:
            self.post_message(self.CheckRequested())

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        needs_review = action in ("send_back", "comment", "check_part")
        return self._panel.proposal is not None or not needs_review
