"""The parts of a prompt as a list with a cursor, the budget as a bar, and the text of a part."""

from dataclasses import dataclass
from typing import ClassVar, TypeAlias

from rich.style import Style
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.strip import Strip

from assistant.context.bundle import Selected
from assistant.prompt.parts import Composition, Part
from assistant.ui.amounts import tokens
from assistant.ui.rows import Part as Piece
from assistant.ui.rows import crop, crop_start, spread, strip_of, wrap
from assistant.ui.themes import Palette
from assistant.ui.widgets.bars import Bar
from assistant.ui.widgets.lines import CursorView, LineView, under_cursor

_BAR = 30
"""Cells of the bar."""
_NAME = 44
"""Cells of a name at most."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What is not read, with the reason."""

    name: str
    """A path, or `path::unit`."""
    reason: str

    @property
    def item(self) -> Selected:
        path, _, unit = self.name.partition("::")
        return Selected(path, unit)


Row: TypeAlias = Part | LeftOut


class PartList(CursorView):
    """One line for each part in the order of the prompt, then what is left out."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "select_item", "select", id="context.select",
                tooltip="Select this file or unit for the next task, or deselect it"),
        Binding("enter", "open", "open", id="context.open", tooltip="Open the file"),
    ]  # fmt: skip

    class Highlighted(Message):
        """Another row is under the cursor."""

    @dataclass
    class Toggled(Message):
        item: Selected

    @dataclass
    class OpenWanted(Message):
        item: Selected

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._rows: tuple[Row, ...] = ()
        self.nothing_yet = "Reading …"

    def show(self, found: Composition | None, nothing: str) -> None:
        """Shows a prompt, or says why there is none."""
        self.nothing_yet = nothing
        before = self.current.name if self.current else ""
        left_out = tuple(LeftOut(*each) for each in found.left_out) if found else ()
        self._rows = (*found.parts, *left_out) if found else ()
        names = [row.name for row in self._rows]
        at = names.index(before) if before in names else self.cursor
        self.set_reactive(PartList.cursor, self.validate_cursor(at))
        self.update_lines()
        self.refresh_bindings()
        self.post_message(self.Highlighted())

    @property
    def current(self) -> Row | None:
        return self._rows[self.cursor] if self._rows else None

    @property
    def item(self) -> Selected | None:
        """The file or unit under the cursor."""
        row = self.current
        if isinstance(row, LeftOut):
            return row.item
        return Selected(row.path) if row is not None and row.path else None

    @property
    def line_count(self) -> int:
        return len(self._rows)

    def watch_cursor(self) -> None:
        super().watch_cursor()
        self.post_message(self.Highlighted())

    def action_select_item(self) -> None:
        if self.item is not None:
            self.post_message(self.Toggled(self.item))

    def action_open(self) -> None:
        if self.item is not None:
            self.post_message(self.OpenWanted(self.item))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return self.item is not None if action in ("select_item", "open") else True

    def on_cursor_view_clicked(self, event: CursorView.Clicked) -> None:
        event.stop()

    def draw(self, line: int, width: int) -> Strip:
        row = self._rows[line]
        on = line == self.cursor
        mark: Piece = (" ❯ " if on else "   ", self.palette("primary", "", "bold"))
        if isinstance(row, LeftOut):
            strip = _left_out(self.palette, row, mark, width)
        else:
            strip = _part(self.palette, row, mark, width)
        return under_cursor(self, strip, width) if on else strip.extend_cell_length(width)


def _part(style: Palette, part: Part, mark: Piece, width: int) -> Strip:
    column = max(12, min(_NAME, width // 3))
    cached = "cached" if part.cached >= part.tokens else "in part" if part.cached else ""
    left: list[Piece] = [
        mark,
        (f"{crop_start(part.name, column):<{column}} ", style("foreground")),
        (part.reason, style("muted")),
    ]
    right: list[Piece] = [
        (f"{cached:>8}", style("success")),
        (f"{part.tokens:>8,} ", style("foreground")),
    ]
    return spread(left, right, width)


def _left_out(style: Palette, row: LeftOut, mark: Piece, width: int) -> Strip:
    column = max(12, min(_NAME, width // 3))
    left: list[Piece] = [
        mark,
        (f"{crop_start(row.name, column):<{column}} ", style("faint")),
        (row.reason, style("faint")),
    ]
    return spread(left, [("not read ", style("warning"))], width)


class BudgetBar(Bar):
    """How much of the room for code is used, and how much of the prompt is cached."""

    def show_budget(self, found: Composition | None) -> None:
        if found is None:
            self.show([])
            return
        style = self.palette
        share = min(1.0, found.used / found.budget) if found.budget else 0.0
        full = max(round(share * _BAR), 1 if found.used else 0)
        colour = "error" if found.used > found.budget else "warning" if share > 0.85 else "primary"
        code = f" code {tokens(found.used)} of {tokens(found.budget)} tokens, {share:.0%}"
        total = f"{found.tokens:,} tokens in all"
        if found.sent:
            total = f"{found.sent:,} tokens sent, {found.sent - found.tokens:,} of them wording"
        cached = f"{found.cached:,} cached · " if found.cached else ""
        self.show(
            [
                (" ", style()),
                ("━" * full, style(colour)),
                ("━" * (_BAR - full), style("line")),
                (code, style("foreground")),
            ],
            [(f"{cached}{total} ", style("muted"))],
        )


class PartText(LineView):
    """Why a part is there, and its text as the model reads it."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._row: Row | None = None
        self._lines: list[tuple[str, Style]] = []

    def show(self, row: Row | None) -> None:
        """Shows a row from its beginning."""
        self._row = row
        self.scroll_to(0, 0, animate=False)
        self._wrap()

    def on_resize(self) -> None:
        self._wrap()

    def _wrap(self) -> None:
        style, width = self.palette, max(20, self.size.width - 4)
        row, self._lines = self._row, []
        if row is not None:
            about = f"{row.name}: {row.reason}"
            self._lines = [(line, style("foreground")) for line in wrap(about, width)]
        if isinstance(row, Part):
            detail = wrap(row.detail, width) if row.detail else []
            self._lines += [(line, style("muted")) for line in detail]
            text = row.text.split("\n")
            self._lines += [("", style())]
            self._lines += [(crop(line.expandtabs(4), width), style("muted")) for line in text]
        self.update_lines()

    @property
    def line_count(self) -> int:
        return len(self._lines)

    def draw(self, line: int, width: int) -> Strip:
        text, style = self._lines[line]
        return strip_of([("  ", style), (text, style)])
