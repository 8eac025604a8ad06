"""The base of dialogs with texts to fill in: a button to cancel, and one to save."""

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Button

from assistant.ui.screens.dialogs import Dialog, Result


class FormDialog(Dialog[Result]):
    """Calls `saved` when its texts are to be taken over. A subclass binds ctrl+s to `save`."""

    def buttons(self, label: str = "Save") -> ComposeResult:
        """The row of buttons, for the end of `compose`."""
        with Horizontal(classes="buttons"):
            yield Button("Cancel", id="cancel", compact=True)
            yield Button(f"{label}  ^s", id="save", compact=True)

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        event.stop()
        if event.button.id == "save":
            self.action_save()
        else:
            self.dismiss(None)

    def action_save(self) -> None:
        # The binding has priority: keys typed just before may still wait in a widget's queue.
        (self.focused or self).call_later(self.saved)

    def saved(self) -> None:
        """Dismisses with the result, or says what is missing."""
        self.dismiss(None)
