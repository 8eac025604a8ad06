"""The empty state of a pane."""

from collections.abc import Sequence

from textual.strip import Strip
from textual.widget import Widget

from assistant.ui.rows import strip_of, wrap
from assistant.ui.themes import palette_of


class Hints(Widget):
    """Lines of text with their colours, a third down the pane."""

    ALLOW_SELECT = False
    DEFAULT_CSS = """
    Hints {
        width: 1fr;
        height: 1fr;
    }
    """

    def __init__(self, lines: Sequence[tuple[str, str]], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._hints = tuple(lines)

    def show(self, lines: Sequence[tuple[str, str]]) -> None:
        self._hints = tuple(lines)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        width, height = self.size
        lines = [(piece, colour) for text, colour in self._hints for piece in wrap(text, width - 4)]
        at = y - max(0, (height - len(lines)) // 3)
        if not 0 <= at < len(lines):
            return Strip.blank(width, self.rich_style)
        text, colour = lines[at]
        style = palette_of(self.app.theme_variables)(colour)
        strip = strip_of([("  ", style), (text, style)])
        return strip.adjust_cell_length(width, self.rich_style).apply_style(self.rich_style)
