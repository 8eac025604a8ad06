"""Owns one-line bars: something on the left, something on the right, cropped to fit."""

from collections.abc import Sequence

from textual.strip import Strip
from textual.widget import Widget

from assistant.ui.rows import Part, spread
from assistant.ui.themes import Palette, palette_of


class Bar(Widget):
    """Shows parts at both ends of one line."""

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
        """Styles of the theme in use."""
        return palette_of(self.app.theme_variables)

    def show(self, left: Sequence[Part], right: Sequence[Part] = ()) -> None:
        """Draws only when something is different."""
        if (left, right) != (self._left, self._right):
            self._left, self._right = left, right
            self.refresh()

    def render_line(self, y: int) -> Strip:
        if y:
            return Strip.blank(self.size.width, self.rich_style)
        return spread(self._left, self._right, self.size.width).apply_style(self.rich_style)
