"""The line to search in a file."""

from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input

from assistant.ui.widgets.bars import Bar


class FindBar(Horizontal):
    """Asks for a text, and shows how often it occurs."""

    DEFAULT_CSS = """
    FindBar { height: 1; display: none; background: $surface; }
    FindBar.-open { display: block; }
    FindBar Input { width: 1fr; height: 1; border: none; padding: 0 1; background: $surface; }
    FindBar Bar { width: 16; background: $surface; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,down,f3", "next(1)", "next", id="find.next", key_display="⏎", priority=True),
        Binding("up,shift+f3", "next(-1)", "previous", id="find.previous", key_display="↑"),
    ]

    @dataclass
    class Wanted(Message):
        """Another text is searched for."""

        text: str

    @dataclass
    class NextWanted(Message):
        by: int

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.input = Input(placeholder="find in this file", compact=True)
        self._count = Bar()

    def compose(self) -> ComposeResult:
        yield self.input
        yield self._count

    @property
    def is_open(self) -> bool:
        return self.has_class("-open")

    def open(self, text: str) -> None:
        """Opens the bar with a text to search for, or with the last one if it is empty."""
        self.add_class("-open")
        if text:
            self.input.value = text
        self.screen.set_focus(self.input)  # at once: the next key may follow already
        self.input.action_select_all()

    def close(self) -> bool:
        """Closes the bar. Returns False if it was not open."""
        shown = self.is_open
        self.remove_class("-open")
        return shown

    def count(self, number: int, total: int) -> None:
        """Shows the number of the current match, from 1, and of all."""
        colour = "muted" if total or not self.input.value else "error"
        text = f"{number} of {total:,}" if total else "nothing" if self.input.value else ""
        self._count.show([], [(f"{text} ", self._count.palette(colour))])

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Wanted(event.value))

    def action_next(self, by: int) -> None:
        self.post_message(self.NextWanted(by))
