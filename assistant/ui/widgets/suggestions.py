"""The list of completions above the task line."""

from textual.strip import Strip

from assistant.ui.completion import Completion
from assistant.ui.rows import Part, crop_start, spread
from assistant.ui.widgets.lines import CursorView


class Suggestions(CursorView, can_focus=False):
    """Shows completions. The task input moves the cursor."""

    DEFAULT_CSS = """
    Suggestions { display: none; height: auto; max-height: 8; background: $panel; }
    Suggestions.-open { display: block; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.completion: Completion | None = None

    def show(self, completion: Completion | None) -> None:
        self.completion = completion
        self.set_class(completion is not None, "-open")
        self.set_reactive(Suggestions.cursor, 0)
        self.styles.height = min(8, self.line_count)
        self.scroll_to(0, 0, animate=False)
        self.update_lines()

    @property
    def line_count(self) -> int:
        return len(self.completion.suggestions) if self.completion else 0

    def draw(self, line: int, width: int) -> Strip:
        if self.completion is None:
            return Strip([])
        style, item = self.palette, self.completion.suggestions[line]
        on = line == self.cursor
        column = min(max(len(s.label) for s in self.completion.suggestions), width - 12)
        label = crop_start(item.label, column)
        parts: list[Part] = [
            (" ▌ " if on else "   ", style("primary")),
            (f"{label:<{column}}  ", style("foreground", "", "bold" if on else "")),
            (item.note, style("muted")),
        ]
        strip = spread(parts, [], width)
        return style.lay(strip, "cursor" if on else "")
