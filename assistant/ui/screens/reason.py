"""A dialog that asks why a hunk is sent back."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Static

from assistant.proposal.changes import Hunk
from assistant.repo.files import decode_text
from assistant.ui.screens.dialogs import text
from assistant.ui.screens.forms import FormDialog
from assistant.ui.widgets.editor import Editor

_MOST_LINES = 8
"""Most lines of the hunk that are shown."""


class ReasonDialog(FormDialog[str]):
    """Shows a hunk and returns the reason for sending it back.

    It may be empty only where there are comments on the hunk.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "save", "send back", id="reason.send", priority=True),
    ]

    def __init__(self, hunk: Hunk, comments: int = 0) -> None:
        """`comments` is the number of comments on the hunk, which go along."""
        super().__init__()
        self._hunk = hunk
        self._comments = comments

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield text(f"Send back   {self._hunk.path}, line {self._hunk.start + 1}", "title")
            yield text(_shown(self._hunk), "code")
            yield text("What is wrong with it? Only this hunk is written again.", "label")
            yield Editor("", id="reason", compact=True)
            yield text(self._with_comments(), "quiet problem")
            yield from self.buttons("Send back")

    def on_mount(self) -> None:
        self.query_one(Editor).focus()

    def _with_comments(self) -> str:
        if not self._comments:
            return ""
        noun = "comment goes" if self._comments == 1 else "comments go"
        return f"{self._comments} {noun} along. No other reason is needed."

    def saved(self) -> None:
        reason = self.query_one(Editor).text.strip()
        if reason or self._comments:
            self.dismiss(reason)
        else:
            self.query_one(".problem", Static).update("Say what is wrong, or press escape.")


def _shown(hunk: Hunk) -> str:
    """The added lines, or the removed ones of a hunk that only removes."""
    mark, lines = ("+", hunk.new) if hunk.new else ("-", hunk.old)
    shown = [f"{mark} {decode_text(line).rstrip()}" for line in lines[:_MOST_LINES]]
    more = len(lines) - len(shown)
    return "\n".join([*shown, f"… {more} more lines"] if more else shown)
