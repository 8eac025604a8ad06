"""Bars with text on the left and on the right."""

from collections.abc import Sequence

from textual.strip import Strip
from textual.widget import Widget

from assistant.ui.rows import Part, spread, width_of, wrap
from assistant.ui.themes import Palette, palette_of
from assistant.ui.widgets.splitlines import SplitLine, SplitLines


class Bar(Widget):
    """Shows parts at both ends of one line, cropped to fit."""

    ALLOW_SELECT = False
    DEFAULT_CSS = """
    Bar {
        height: 1;
        width: 1fr;
    }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._left: Sequence[Part] = ()
        self._right: Sequence[Part] = ()

    @property
    def palette(self) -> Palette:
        """Styles of the current theme."""
        return palette_of(self.app.theme_variables)

    def show(self, left: Sequence[Part], right: Sequence[Part] = ()) -> None:
        """Shows parts, and redraws only if they differ from the last ones."""
        if (left, right) != (self._left, self._right):
            self._left, self._right = left, right
            self.refresh()

    def render_line(self, y: int) -> Strip:
        if y:
            return Strip.blank(self.size.width, self.rich_style)
        return spread(self._left, self._right, self.size.width).apply_style(self.rich_style)


class TitleBar(SplitLines, Bar):
    """A bar that grows instead of cropping: it wraps a long title, the last part on the left.

    The parts on the right move to a line of their own if they do not fit next to the title.
    """

    DEFAULT_CSS = "TitleBar { height: auto; }"

    def show(self, left: Sequence[Part], right: Sequence[Part] = ()) -> None:
        if (left, right) != (self._left, self._right):
            self._left, self._right = left, right
            self.refresh(layout=True)

    def lines_for(self, width: int) -> list[SplitLine]:
        """Returns the parts on the left and on the right of each line."""
        if not self._left:
            return [((), self._right)]
        *lead, (title, style) = self._left
        indent = width_of(lead)
        first, *rest = wrap(title, width - indent)
        lines: list[Sequence[Part]] = [
            [*lead, (first, style)],
            *([(" " * indent, style), (text, style)] for text in rest),
        ]
        right = self._right
        if width_of(lines[-1]) + width_of(right) >= width and right:
            return [*((line, ()) for line in lines), ((), right)]
        return [*((line, ()) for line in lines[:-1]), (lines[-1], right)]
