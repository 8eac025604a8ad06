"""A dialog that asks why a hunk is sent back."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Static

from assistant.proposal.changes import Hunk
from assistant.repo.files import decode_text
from assistant.ui.screens.dialogs import Dialog, text
from assistant.ui.widgets.editor import Editor

_MOST_LINES = 8
"""Most lines of the hunk that are shown."""


class ReasonDialog(Dialog[str]):
    """Shows a hunk and returns the reason for sending it back.

    It may be empty only where there are comments on the hunk.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "send", "send back", id="reason.send", priority=True),
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
            with Horizontal(classes="buttons"):
                yield Button("Cancel", id="cancel", compact=True)
                yield Button("Send back  ^s", id="send", compact=True)

    def on_mount(self) -> None:
        self.query_one(Editor).focus()

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        event.stop()
        if event.button.id == "send":
            self.action_send()
        else:
            self.dismiss(None)

    def action_send(self) -> None:
        # The binding has priority: keys typed just before may still wait in the editor's queue.
        self.query_one(Editor).call_later(self._send)

    def _with_comments(self) -> str:
        if not self._comments:
            return ""
        noun = "comment goes" if self._comments == 1 else "comments go"
        return f"{self._comments} {noun} along. No other reason is needed."

    def _send(self) -> None:
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
