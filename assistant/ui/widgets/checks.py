"""The checks pane: every check with its result, and its output on request."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.strip import Strip

from assistant.checks.commands import CheckCommand
from assistant.checks.results import CommandResult, Evidence, Failure, Status
from assistant.ui.amounts import duration
from assistant.ui.places import Place, PlaceChosen, place_in
from assistant.ui.rows import Part, spread, strip_of, wrap
from assistant.ui.widgets.lines import CursorView, under_cursor

_MARKS = {
    Status.PASSED: ("✓", "success"),
    Status.FAILED: ("✗", "error"),
    Status.SKIPPED: ("–", "muted"),
    Status.HINT: ("~", "warning"),
    Status.DISPUTED: ("~", "warning"),
}
_RULE = re.compile(r"([=_*~#-])\1{9,}")
"""Matches rules as wide as a terminal, which would wrap in the pane."""
_MOST_LINES = 2_000
"""Most lines of output to show per check."""


@dataclass(frozen=True, slots=True)
class _Stop:
    """Where the cursor can be: on an item, or on a line of its output that names a place."""

    item: int
    place: Place | None = None


@dataclass(slots=True)
class _Item:
    heading: str
    """Text of a line without a check."""
    check: Evidence | None = None
    open: bool = False
    after: bool = False
    """True for the heading of checks that ran with the change."""


@dataclass(frozen=True, slots=True)
class Section:
    """Checks that ran with a change."""

    heading: str
    note: str
    """What they are about; may be empty."""
    evidence: tuple[Evidence, ...]


class ChecksView(CursorView):
    """Headings and checks. A check with output can be unfolded, and places in it be opened."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space", "fold", "show output", id="checks.toggle"),
    ]  # fmt: skip

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._items: list[_Item] = []
        self._stops: list[_Stop] = []
        self._lines: list[tuple[int, Strip]] = []
        """Each line with the stop that it belongs to."""

    def clear(self) -> None:
        self._items = []
        self.update_lines()

    def before(self, check: Evidence) -> None:
        """Shows the check run before any change."""
        self._items = [_Item("Before the change"), _Item("", check)]
        self.update_lines()

    def unable(self, check: Evidence) -> None:
        """Adds what could not run to the checks before the change."""
        at = next((n for n, item in enumerate(self._items) if item.heading.startswith("After")), 0)
        if at or not self._items:
            self._items = [_Item("Before the change")]
        self._items.append(_Item("", check))
        self.update_lines()

    def failures(self, failures: tuple[Failure, ...]) -> None:
        """Adds the failures of the run before any change, as one check each."""
        if not self._items:
            self._items = [_Item("Before the change")]
        for failure in failures:
            first, _, rest = failure.message.partition("\n")
            where = "\n".join(f"{f.path}:{f.line} {f.function}" for f in failure.frames)
            output = "\n\n".join(part for part in (where, rest) if part)
            self._items.append(_Item("", Evidence(failure.name, Status.FAILED, first, output)))
        self.update_lines()

    def after(self, sections: Sequence[Section]) -> None:
        """Shows the checks of what is under review, below those before the change."""
        at = next((n for n, item in enumerate(self._items) if item.after), None)
        kept = self._items if at is None else self._items[:at]
        self._items = [*kept, *(item for section in sections for item in _items_of(section))]
        first = next((n for n, item in enumerate(self._items) if n > len(kept) and item.check), 0)
        first = first or min(len(kept) + 1, len(self._items) - 1)
        self.update_lines()
        at = next((n for n, stop in enumerate(self._stops) if stop.item == first), 0)
        self.set_reactive(ChecksView.cursor, at)
        self.refresh()

    @property
    def checks(self) -> tuple[Evidence, ...]:
        """All listed checks."""
        return tuple(item.check for item in self._items if item.check)

    def action_fold(self) -> None:
        """Opens the place under the cursor, or folds the output of the check."""
        stop = self._stops[self.cursor] if self.cursor < len(self._stops) else None
        if stop is not None and stop.place is not None:
            self.post_message(PlaceChosen(stop.place))
        elif stop is not None and self._items[stop.item].check:
            item = self._items[stop.item]
            item.open = not item.open
            self.update_lines()
            self.show_cursor_item()

    def on_cursor_view_clicked(self, event: CursorView.Clicked) -> None:
        event.stop()
        self.action_fold()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return bool(self._items) if action == "fold" else True

    def update_lines(self) -> None:
        width = self.scrollable_content_region.width or 80
        self._stops, self._lines = [], []
        for at, item in enumerate(self._items):
            self._stops.append(_Stop(at))
            own = len(self._stops) - 1
            for strip, place in self._drawn(at, item, width):
                if place is not None:
                    self._stops.append(_Stop(at, place))
                self._lines.append((own if place is None else len(self._stops) - 1, strip))
        super().update_lines()

    def watch_cursor(self) -> None:
        self.update_lines()
        super().watch_cursor()

    @property
    def line_count(self) -> int:
        return len(self._lines) or 2

    @property
    def item_count(self) -> int:
        return len(self._stops)

    def describe_key(self, action: str) -> str:
        """What enter does now."""
        on_place = self.cursor < len(self._stops) and self._stops[self.cursor].place
        return "open the file" if action == "fold" and on_place else ""

    def first_line(self, item: int) -> int:
        return next((n for n, (i, _) in enumerate(self._lines) if i == item), 0)

    def height_of(self, item: int) -> int:
        return sum(1 for i, _ in self._lines if i == item)

    def item_at(self, line: int) -> int:
        return self._lines[line][0] if line < len(self._lines) else 0

    def draw(self, line: int, width: int) -> Strip:
        if not self._lines:
            text = (
                "  No checks yet."
                if line == 0
                else "  They run on every proposal: syntax, names, lint, and what /check sets."
            )
            return spread([(text, self.palette("foreground" if line == 0 else "muted"))], [], width)
        item, strip = self._lines[line]
        if item != self.cursor or line != self.first_line(item):
            return strip
        return under_cursor(self, strip, width)

    def _drawn(self, at: int, item: _Item, width: int) -> list[tuple[Strip, Place | None]]:
        """The lines of an item, each with the place that it names."""
        style = self.palette
        check = item.check
        if check is None:
            space = [strip_of([])] if at and not item.heading.startswith(" ") else []
            colour = "muted" if item.heading.startswith(" ") else "foreground"
            lines = [
                *space,
                spread(
                    [
                        (
                            f" {item.heading}",
                            style(colour, "", "bold" if colour == "foreground" else ""),
                        )
                    ],
                    [],
                    width,
                ),
            ]
            return [(line, None) for line in lines]
        mark, colour = _MARKS[check.status]
        fold = ("▾" if item.open else "▸") if check.output else " "
        left: list[Part] = [
            (f" {fold} ", style("faint")),
            (f"{mark} ", style(colour, "", "bold")),
            (check.judge, style("foreground")),
            (f"  {check.detail}", style("muted")),
        ]
        right = [(f"{duration(check.seconds)} ", style("faint"))] if check.seconds else []
        head: tuple[Strip, Place | None] = (spread(left, right, width), None)
        return [head, *self._output(check.output, width)] if item.open else [head]

    def _output(self, output: str, width: int) -> list[tuple[Strip, Place | None]]:
        style = self.palette
        all_lines = output.rstrip("\n").split("\n")
        shown = all_lines[-_MOST_LINES:]
        strips: list[tuple[Strip, Place | None]] = []
        if len(all_lines) > len(shown):
            text = f"{len(all_lines) - len(shown)} earlier lines are not shown"
            more = [("     │ ", style("line")), (text, style("faint", "", "italic"))]
            strips.append((strip_of(more), None))
        for line in shown:
            plain = _RULE.sub(r"\1\1\1", line.replace("\r", "")).expandtabs(4)
            place = place_in(plain)
            colour = "secondary" if place else "muted"
            for piece in wrap(plain, width - 8):
                strips.append(
                    (strip_of([("     │ ", style("line")), (piece, style(colour))]), place)
                )
                place = None
        return strips


def _items_of(section: Section) -> list[_Item]:
    """A heading, and one item per check; those that failed are open."""
    noted = [_Item(f"  {section.note}")] if section.note else []
    checks = [_Item("", each, open=each.status is Status.FAILED) for each in section.evidence]
    none = [] if checks else [_Item("  nothing could be checked")]
    return [_Item(section.heading, after=True), *noted, *checks, *none]


def check_of(result: CommandResult) -> Evidence:
    """Converts the result of a check command to a check for the pane."""
    status = Status.PASSED if result.passed else Status.FAILED
    detail = "timed out" if result.timed_out else f"exit code {result.exit_code}"
    if result.sandbox:
        detail += f", {result.sandbox}"
    return Evidence(
        CheckCommand(result.argv, "").text,
        status,
        detail,
        result.output,
        proves=True,
        seconds=result.seconds,
    )
