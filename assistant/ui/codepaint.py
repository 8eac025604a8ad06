"""Paints the changed and unchanged lines of a diff: margin, syntax, changed words and doubts.

All text from files is sanitized.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from textual.strip import Strip

from assistant.proposal.changes import Doubt
from assistant.proposal.rows import Row, RowKind
from assistant.review.decisions import Decision, Review
from assistant.sanitize import sanitize_line
from assistant.ui.diffmodel import CodeLine, DiffColours, DiffModel
from assistant.ui.highlight import Runs
from assistant.ui.rows import Part, strip_of, width_of
from assistant.ui.themes import Palette

_TAB = 4
UNSURE = 0.5
"""Tokens below this probability are underlined, and their line is marked."""
VERY_UNSURE = 0.2
"""Tokens below this probability are also bold and coloured."""
_GROUNDS = {
    RowKind.CONTEXT: ("", ""),
    RowKind.REMOVED: ("removed", "removed-word"),
    RowKind.ADDED: ("added", "added-word"),
}
_SIGNS = {
    RowKind.CONTEXT: (" ", "faint"),
    RowKind.REMOVED: ("−", "removed-sign"),
    RowKind.ADDED: ("+", "added-sign"),
}
_MARKS = {
    Decision.UNDECIDED: (" ", "faint"),
    Decision.ACCEPTED: ("✓", "added-sign"),
    Decision.REJECTED: ("✗", "removed-sign"),
}
_BOTH_NUMBERS = 60
"""Cells from which on a line shows its number in both files."""


@dataclass(frozen=True, slots=True)
class CodePainter:
    """Paints lines of code in one state of a diff."""

    palette: Palette
    model: DiffModel
    review: Review
    colours: DiffColours
    current: str
    """Id of the hunk under the cursor."""
    shift: int
    """Cells by which the code is scrolled to the left."""

    def line(self, line: CodeLine, width: int, *, chosen: bool = False) -> Strip:
        """Paints a line over the whole width. `chosen` lines are in the range to be decided."""
        row, digits = line.row, self.model.digits
        old = str(row.old_number or "") if row.kind is not RowKind.ADDED else ""
        new = str(row.new_number or "") if row.kind is not RowKind.REMOVED else ""
        both = width >= _BOTH_NUMBERS
        numbers = f"{old:>{digits}} {new:>{digits}}" if both else f"{new or old:>{digits}}"
        return self._painted(line, width, numbers, self._bar(row.hunk), chosen=chosen)

    def pair(
        self, old: CodeLine | None, new: CodeLine | None, width: int, *, chosen: bool = False
    ) -> Strip:
        """Paints two lines side by side. Either may be missing."""
        hunk = next((line.row.hunk for line in (old, new) if line is not None), "")
        left = (width - 1) // 2
        return Strip.join(
            [
                self._half(old, left, self._bar(hunk), is_old=True, chosen=chosen),
                strip_of([("│", self.palette("faint"))]),
                self._half(new, max(0, width - 1 - left), " ", is_old=False, chosen=chosen),
            ]
        )

    def _half(
        self, line: CodeLine | None, width: int, bar: str, *, is_old: bool, chosen: bool
    ) -> Strip:
        if line is None:
            return strip_of([(bar, self.palette("primary"))]).adjust_cell_length(width)
        number = line.row.old_number if is_old else line.row.new_number
        numbers = f"{number or '':>{self.model.digits}}"
        return self._painted(line, width, numbers, bar, chosen=chosen).adjust_cell_length(width)

    def _bar(self, hunk: str) -> str:
        return "▌" if hunk and hunk == self.current else " "

    def _painted(
        self, line: CodeLine, width: int, numbers: str, bar: str, *, chosen: bool
    ) -> Strip:
        style, row = self.palette, line.row
        ground, strong = _GROUNDS[row.kind]
        rejected = self._decision(line) is Decision.REJECTED
        if rejected:
            ground = strong = ""
        if chosen:
            ground = strong = _GROUNDS[row.kind][1]
        parts = [(bar, style("primary")), *self._margin(line, numbers, chosen=chosen)]
        code = self._styled(line, ground, strong, rejected)
        room = max(0, width - width_of(parts))
        strip = strip_of(code).crop(self.shift, self.shift + room)
        whole = Strip.join([strip_of(parts), strip]).extend_cell_length(width)
        return style.lay(whole, ground)

    def _decision(self, line: CodeLine) -> Decision:
        hunk = line.row.hunk
        known = hunk in self.review.decisions
        return self.review.line_decision(hunk, line.index) if known else Decision.UNDECIDED

    def _margin(self, line: CodeLine, numbers: str, *, chosen: bool) -> list[Part]:
        """Paints line numbers, doubt mark, sign, and whether the line is chosen or decided."""
        style, hunk = self.palette, line.row.hunk
        sign, colour = _SIGNS[line.row.kind]
        doubt = "?" if any(d.probability < UNSURE for d in line.doubts) else " "
        parts: list[Part] = [
            (f"{numbers} ", style("faint")),
            (doubt, style("unsure", "", "bold")),
        ]
        if chosen:
            mark, mark_colour = "│", "primary"
        elif self.review.decisions.get(hunk) is Decision.PARTLY:
            mark, mark_colour = _MARKS[self._decision(line)]
        else:
            return [*parts, (f"{sign} ", style(colour, "", "bold"))]
        parts.append((sign, style(colour, "", "bold")))
        return [*parts, (mark, style(mark_colour, "", "bold"))]

    def _styled(self, line: CodeLine, ground: str, strong: str, rejected: bool) -> list[Part]:
        row = line.row
        text = row.text
        parts: list[Part] = []
        column = 0
        for start, end, category, marked in _cuts(row, self._runs(line), line.doubts):
            piece, column = _expand(text[start:end], column)
            colour = "faint" if rejected else (f"syntax-{category}" if category else "foreground")
            chance = min(
                (d.probability for d in line.doubts if _covers(d, start, end)), default=1.0
            )
            attributes = "underline" if chance < UNSURE and not rejected else ""
            if chance < VERY_UNSURE and not rejected:
                colour, attributes = "unsure", "underline bold"
            parts.append((piece, self.palette(colour, strong if marked else ground, attributes)))
        parts.extend(self._ending(line, ground))
        return parts

    def _runs(self, line: CodeLine) -> Runs:
        row = line.row
        removed = row.kind is RowKind.REMOVED
        side = self.colours.old if removed else self.colours.new
        number = row.old_number if removed else row.new_number
        lines = side.get(line.path, ())
        return lines[number - 1] if number and number <= len(lines) else ()

    def _ending(self, line: CodeLine, ground: str) -> list[Part]:
        row = line.row
        faint = self.palette("faint", ground)
        if row.hidden:
            return [(f"… {row.hidden} more characters", faint)]
        if row.kind is RowKind.CONTEXT:
            return []
        if not row.end:
            return [("  no line end", faint)]
        if line.path in self.model.mixed_ends and row.end != b"\n":
            return [("␍" if row.end == b"\r" else "␍␊", faint)]
        return []


def _covers(doubt: Doubt, start: int, end: int) -> bool:
    return doubt.start <= start and end <= doubt.end


def _cuts(row: Row, runs: Runs, doubts: Sequence[Doubt]) -> list[tuple[int, int, str, bool]]:
    """Cuts a row into pieces of one style: start, end, syntax category, and whether it changed."""
    size = len(row.text)
    categories: list[tuple[int, int, str]] = []
    at = 0
    for length, category in runs:
        categories.append((at, min(at + length, size), category))
        at += length
    if at < size:
        categories.append((at, size, ""))
    pieces: list[tuple[int, int, str, bool]] = []
    for start, end, category in categories:
        edges = {start, end}
        spans = (*row.spans, *((doubt.start, doubt.end) for doubt in doubts))
        edges.update(edge for span in spans for edge in span if start < edge < end)
        ordered = sorted(edges)
        for first, last in pairwise(ordered):
            marked = any(low <= first and last <= high for low, high in row.spans)
            pieces.append((first, last, category, marked))
    return pieces


def _expand(text: str, column: int) -> tuple[str, int]:
    """Expands tabs and sanitizes the rest; returns the text and the column after it."""
    expanded: list[str] = []
    for index, piece in enumerate(text.split("\t")):
        if index:
            blanks = _TAB - column % _TAB
            expanded.append(" " * blanks)
            column += blanks
        harmless = sanitize_line(piece)
        expanded.append(harmless)
        column += len(harmless)
    return "".join(expanded), column
