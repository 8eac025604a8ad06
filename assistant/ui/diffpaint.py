"""Paints the lines of a diff: headers, margin, syntax and changed words.

All text from files is sanitized.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from rich.style import Style
from textual.strip import Strip

from assistant.proposal.changes import ChangeKind, Doubt
from assistant.proposal.rows import Row, RowKind
from assistant.review.decisions import Decision, Review
from assistant.sanitize import sanitize_line
from assistant.ui.diffmodel import Blank, CodeLine, DiffColours, DiffModel, FileHead, HunkHead
from assistant.ui.highlight import Runs
from assistant.ui.rows import Part, crop_start, spread, strip_of, width_of
from assistant.ui.themes import Palette

_DECISIONS = {
    Decision.UNDECIDED: ("○", "undecided", "muted"),
    Decision.ACCEPTED: ("✓", "accepted", "added-sign"),
    Decision.REJECTED: ("✗", "rejected", "removed-sign"),
    Decision.EDITED: ("✎", "edited", "accent"),
}
_KINDS = {
    ChangeKind.MODIFY: "",
    ChangeKind.CREATE: "new file",
    ChangeKind.DELETE: "deleted",
    ChangeKind.RENAME: "renamed",
}
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


@dataclass(frozen=True, slots=True)
class DiffPainter:
    """Paints the lines of one diff in one state."""

    palette: Palette
    model: DiffModel
    review: Review
    colours: DiffColours
    current: str
    """Id of the hunk under the cursor."""
    shift: int
    """Cells by which the code is scrolled to the left."""

    def paint(self, line: int, width: int) -> Strip:
        """Paints one line in at most `width` cells."""
        match self.model.lines[line]:
            case FileHead() as head:
                return self._file(head, width)
            case HunkHead() as head:
                return self._hunk(head, width)
            case CodeLine() as code:
                return self._code(code, width)
            case Blank():
                return strip_of([])

    def _file(self, head: FileHead, width: int) -> Strip:
        style = self.palette
        left: list[Part] = [
            (" ", style()),
            (crop_start(head.path, width - 24), style("foreground", "", "bold")),
        ]
        if head.renamed_from:
            left.append((f"  from {head.renamed_from}", style("muted")))
        if kind := _KINDS[head.kind]:
            left.append((f"  {kind}", style("muted")))
        if head.outside:
            left.append(("  ! not in your selection", style("warning")))
        right = [
            (f"+{head.added}", style("added-sign")),
            (f" −{head.removed} ", style("removed-sign")),
        ]
        return spread(left, right, width)

    def _hunk(self, head: HunkHead, width: int) -> Strip:
        style, hunk = self.palette, head.hunk
        current = hunk.id == self.current
        ground = "hunk-current" if current else "hunk"
        mark, word, colour = _DECISIONS[self.review.decisions[hunk.id]]
        left: list[Part] = [
            ("▌" if current else " ", style("primary")),
            (f"{mark} ", style(colour, "", "bold")),
            (f"{head.number}/{len(self.review.hunks)} {word}", style(colour)),
        ]
        right: list[Part] = []
        if current:
            for key, verb in (("a", "accept"), ("r", "reject"), ("e", "edit"), ("u", "undo")):
                meta = Style(meta={"verb": verb})
                right.append((f"{key} ", style("primary", "", "bold") + meta))
                right.append((f"{verb}  ", style("muted") + meta))
        room = width - width_of(left) - width_of(right) - 1
        short, long = certainty_of(head)
        left.append((long if len(long) <= room else short, style("unsure")))
        if width_of(left) + width_of(right) + 1 > width:
            right = []
        strip = spread(left, right, width)
        return style.lay(strip, ground)

    def _code(self, line: CodeLine, width: int) -> Strip:
        style = self.palette
        row = line.row
        if row.kind is RowKind.GAP:
            return spread(
                [("   ⋯ ", style("faint")), (f"{row.hidden} unchanged", style("faint"))], [], width
            )
        ground, strong = _GROUNDS[row.kind]
        rejected = bool(row.hunk) and self._decision(row.hunk) is Decision.REJECTED
        if rejected:
            ground = strong = ""
        parts = self._margin(line, width)
        code = self._styled(line, ground, strong, rejected)
        room = width - width_of(parts)
        strip = strip_of(code).crop(self.shift, self.shift + room)
        whole = Strip.join([strip_of(parts), strip]).extend_cell_length(width)
        return style.lay(whole, ground)

    def _decision(self, hunk: str) -> Decision:
        return self.review.decisions.get(hunk, Decision.UNDECIDED)

    def _margin(self, line: CodeLine, width: int) -> list[Part]:
        """Paints the cursor bar, line numbers, doubt mark and sign."""
        style, row, digits = self.palette, line.row, self.model.digits
        old = str(row.old_number or "") if row.kind is not RowKind.ADDED else ""
        new = str(row.new_number or "") if row.kind is not RowKind.REMOVED else ""
        numbers = f"{old:>{digits}} {new:>{digits}}" if width >= 60 else f"{new or old:>{digits}}"
        sign, colour = _SIGNS[row.kind]
        bar = "▌" if row.hunk and row.hunk == self.current else " "
        doubt = "?" if any(d.probability < UNSURE for d in line.doubts) else " "
        return [
            (bar, style("primary")),
            (f"{numbers} ", style("faint")),
            (doubt, style("unsure", "", "bold")),
            (f"{sign} ", style(colour, "", "bold")),
        ]

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


def certainty_of(head: HunkHead) -> tuple[str, str]:
    """Says where the model hesitated in a hunk, in a short and a long form.

    Both are empty where it did not, or is not known: that the model was sure of its text does not
    make it right.
    """
    if head.hunk.confidence is None or head.edited:
        return "", ""
    if head.from_words:
        return "  from words", "  written from the task alone"
    if head.lowest is None:
        return "", ""
    return (
        f"  ? {head.lowest:.0%}",
        f"  the model hesitated: lowest token probability {head.lowest:.0%}",
    )


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
