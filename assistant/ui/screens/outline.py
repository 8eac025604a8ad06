"""A dialog to go to a line or a unit of a file."""

from collections.abc import Sequence
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.strip import Strip
from textual.widgets import Input

from assistant.repo.units import Unit
from assistant.ui.outline import outline
from assistant.ui.rows import Part, spread
from assistant.ui.screens.dialogs import Dialog, text
from assistant.ui.widgets.lines import CursorView


class UnitList(CursorView, can_focus=False):
    """The units whose names fit what is typed."""

    DEFAULT_CSS = "UnitList { height: 1fr; background: $background; }"

    def __init__(self) -> None:
        super().__init__()
        self._all: tuple[Unit, ...] = ()
        self.units: tuple[Unit, ...] = ()

    def show(self, units: Sequence[Unit]) -> None:
        self._all = tuple(units)

    @property
    def line_count(self) -> int:
        return len(self.units)

    @property
    def current(self) -> Unit | None:
        return self.units[self.cursor] if self.units else None

    def filter(self, words: str) -> None:
        self.units = outline(self._all, words)
        self.cursor = 0
        self.update_lines()

    def draw(self, line: int, width: int) -> Strip:
        style, unit = self.palette, self.units[line]
        on = line == self.cursor
        owner, _, name = unit.name.rpartition(".")
        indent = "  " * (owner.count(".") + 1 if owner else 0)
        left: list[Part] = [
            (" ▌" if on else "  ", style("primary")),
            (indent + name, style("foreground" if on else "secondary", "", "bold" if on else "")),
            (f"  {unit.kind.value}", style("faint")),
        ]
        strip = spread(left, [(f"{unit.start} ", style("faint"))], width)
        return strip.apply_style(style("", "cursor")) if on else strip


class GoToDialog(Dialog[int]):
    """Returns the 1-based line to go to."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", "Up", show=False),
        Binding("down", "move(1)", "Down", show=False),
    ]

    def __init__(self, line: int) -> None:
        """`line` is the current one, 1-based. The units may arrive later."""
        super().__init__()
        self._line = line
        self.input = Input(placeholder="a number, or part of a name", id="goto", compact=True)
        self.list = UnitList()

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield text("Go to a line or a unit", "title")
            yield self.input
            yield self.list

    def on_mount(self) -> None:
        self.input.focus()

    def on_key(self, event: events.Key) -> None:
        """Takes what is typed before the line has the focus."""
        if self.focused is not self.input and event.is_printable and event.character:
            event.stop()
            self.input.insert_text_at_cursor(event.character)

    def show(self, units: Sequence[Unit]) -> None:
        """Shows the units, with the one of the current line under the cursor."""
        self.list.show(units)
        self.list.filter(self._words)
        if not self._words:
            before = [n for n, unit in enumerate(self.list.units) if unit.start <= self._line]
            self.list.cursor = before[-1] if before else 0

    @property
    def _words(self) -> str:
        typed = self.input.value.strip()
        return "" if typed.isdigit() else typed

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        self.list.filter(self._words)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        typed = event.value.strip()
        if typed.isdigit():
            self.dismiss(max(1, int(typed)))
        elif self.list.current is not None:
            self.dismiss(self.list.current.start)

    def on_cursor_view_clicked(self, event: CursorView.Clicked) -> None:
        event.stop()
        if self.list.current is not None:
            self.dismiss(self.list.current.start)

    def action_move(self, by: int) -> None:
        self.list.cursor += by
