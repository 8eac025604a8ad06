"""Search results: each file with its hits below it, and what matched in colour."""

from collections.abc import Iterable

from textual.strip import Strip

from assistant.repo.searchoutput import Hit
from assistant.ui.results import FileHits, Result, Results
from assistant.ui.rows import Part, crop_start, spread, strip_of
from assistant.ui.widgets.lines import CursorView


class ResultList(CursorView):
    """A list that grows while a search runs."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.results = Results()

    @property
    def line_count(self) -> int:
        return len(self.results.rows)

    @property
    def current(self) -> Hit | None:
        """What enter opens."""
        return self.results.hit(self.cursor)

    def clear(self) -> None:
        self.results = Results()
        self.set_reactive(ResultList.cursor, 0)
        self.scroll_to(0, 0, animate=False)
        self.update_lines()

    def add(self, results: Iterable[Result]) -> None:
        """Adds results at the end. The cursor begins on the first hit."""
        empty = not self.results.rows
        first = self.results.add(results)
        if empty:
            self.set_reactive(ResultList.cursor, min(1, len(self.results.rows) - 1))
        self.lines_changed(first)

    def draw(self, line: int, width: int) -> Strip:
        style = self.palette
        match self.results.rows[line]:
            case FileHits(path=path, count=count):
                left: list[Part] = [
                    (" ", style()),
                    (crop_start(path, width - 10), style("secondary", "", "bold")),
                ]
                strip = spread(left, [(f"{count} ", style("faint"))], width)
            case Result(hit=hit, note=note):
                strip = self._hit(hit, note, width)
        if line != self.cursor:
            return strip
        return strip.extend_cell_length(width).apply_style(style("", "cursor"))

    def _hit(self, hit: Hit, note: str, width: int) -> Strip:
        style = self.palette
        parts: list[Part] = [(f" {hit.line:>6}  ", style("faint"))]
        if note:
            parts.append((f"{note}  ", style("warning")))
        text = hit.text.replace("\t", " ")
        indent = len(text) - len(text.lstrip())
        at = min([indent, *(start for start, _ in hit.spans)])
        for start, end in hit.spans:
            parts.append((text[at:start], style("foreground")))
            parts.append((text[start:end], style("background", "unsure")))
            at = end
        parts.append((text[at:], style("foreground")))
        return strip_of(parts).crop(0, width)
