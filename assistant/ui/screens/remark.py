"""A dialog for a few words of the user about something: a step of a plan, or lines of a diff."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Button

from assistant.ui.screens.dialogs import Dialog, text
from assistant.ui.widgets.editor import Editor


class RemarkDialog(Dialog[str]):
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
            with Horizontal(classes="buttons"):
                yield Button("Cancel", id="cancel", compact=True)
                yield Button("Save  ^s", id="save", compact=True)

    def on_mount(self) -> None:
        editor = self.query_one(Editor)
        editor.move_cursor(editor.document.end)
        editor.focus()

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        event.stop()
        if event.button.id == "save":
            self.action_save()
        else:
            self.dismiss(None)

    def action_save(self) -> None:
        # The binding has priority: keys typed just before may still wait in the editor's queue.
        self.query_one(Editor).call_later(self._save)

    def _save(self) -> None:
        self.dismiss(self.query_one(Editor).text.strip())
