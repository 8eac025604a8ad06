"""A dialog for a few words of the user about something: a step of a plan, or lines of a diff."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from assistant.ui.screens.dialogs import text
from assistant.ui.screens.forms import FormDialog
from assistant.ui.widgets.editor import Editor


class RemarkDialog(FormDialog[str]):
    """Edits a text, and returns it without blanks around it; empty to remove it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "save", "save", id="remark.save", priority=True),
    ]

    def __init__(self, title: str, about: str, label: str, before: str) -> None:
        """`about` shows what the text is about; `before` is the text so far."""
        super().__init__()
        self._title, self._about, self._label, self._before = title, about, label, before

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield text(self._title, "title")
            yield text(self._about, "code")
            yield text(self._label, "label")
            yield Editor(self._before, id="remark", compact=True)
            yield text("Without text, it is removed." if self._before else "", "quiet")
            yield from self.buttons()

    def on_mount(self) -> None:
        editor = self.query_one(Editor)
        editor.move_cursor(editor.document.end)
        editor.focus()

    def saved(self) -> None:
        self.dismiss(self.query_one(Editor).text.strip())
