"""What one write changed, as text: where it came from, then the diff."""

from collections.abc import Sequence

from textual.strip import Strip

from assistant.ui.rows import strip_of
from assistant.ui.widgets.lines import CursorView

_COLOURS = {"+": "added-sign", "-": "removed-sign", "@": "accent", " ": "foreground"}


class WrittenDiff(CursorView):
    """Lines to scroll through. Long ones are cut."""

    nothing_yet = "No write is chosen."

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._about: tuple[str, ...] = ()
        self._diff: tuple[str, ...] = ()

    def show(self, about: Sequence[str], diff: str) -> None:
        """Shows another write from its beginning. The diff is as `git diff` prints it."""
        self._about, self._diff = tuple(about), tuple(diff.splitlines())
        self.set_reactive(WrittenDiff.cursor, 0)
        self.scroll_to(y=0, animate=False)
        self.update_lines()

    @property
    def line_count(self) -> int:
        return len(self._about) + len(self._diff) + 1 if self._about else 0

    def draw(self, line: int, width: int) -> Strip:
        style = self.palette
        count = len(self._about)
        if line < count:
            strip = strip_of([(" " + self._about[line], style("muted"))])
        elif line == count:
            strip = strip_of([])
        else:
            text = self._diff[line - count - 1]
            head = text.startswith(("--- ", "+++ ", "diff ", "index "))
            colour = (
                style("foreground", "", "bold") if head else style(_COLOURS.get(text[:1], "faint"))
            )
            strip = strip_of([(" " + text.expandtabs(4), colour)])
        strip = strip.crop(0, width)
        if line != self.cursor or not self.has_focus:
            return strip
        return strip.extend_cell_length(width).apply_style(style("", "cursor"))
