"""The panel that shows an error and a hint."""

from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget

from assistant.errors import AssistantError, Cancelled
from assistant.ui.rows import strip_of, wrap
from assistant.ui.themes import palette_of

_MOST = 6


class Problem(Widget):
    """Shows an error and its hint until escape or a click closes it."""

    ALLOW_SELECT = False
    DEFAULT_CSS = """
    Problem { height: auto; width: 1fr; background: $panel; border-left: outer $error; }
    Problem.-calm { border-left: outer $warning; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._error: AssistantError | None = None

    @property
    def error(self) -> AssistantError | None:
        """The error on screen; None when the panel is closed."""
        return self._error

    def show(self, error: AssistantError) -> None:
        self._error = error
        self.set_class(isinstance(error, Cancelled), "-calm")
        self.add_class("-open")
        self.refresh(layout=True)

    def close(self) -> bool:
        """Closes the panel. Returns False if it was not open."""
        shown = self._error is not None
        self._error = None
        self.remove_class("-open")
        return shown

    def on_click(self) -> None:
        self.close()

    def _lines(self, width: int) -> list[tuple[str, str]]:
        if self._error is None:
            return []
        lines = [(text, "foreground") for text in wrap(self._error.message, width - 3)]
        if self._error.hint:
            lines += [(text, "muted") for text in wrap(self._error.hint, width - 3)]
        return lines[:_MOST]

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self._lines(width))

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        lines = self._lines(width)
        if y >= len(lines):
            return Strip.blank(width, self.rich_style)
        text, colour = lines[y]
        style = palette_of(self.app.theme_variables)(colour, "", "bold" if y == 0 else "")
        strip = strip_of([(" ", style), (text, style)])
        return strip.adjust_cell_length(width, self.rich_style).apply_style(self.rich_style)
