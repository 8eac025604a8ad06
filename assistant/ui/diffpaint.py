"""Owns how one line of a diff looks: heads, margin, syntax, words.

A line is a strip of styled text; every piece of foreign text in it was made harmless.
"""

from dataclasses import dataclass
from itertools import pairwise

from rich.style import Style
from textual.strip import Strip

from assistant.proposal.changes import SURE, ChangeKind, Hunk
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
    """Paints lines of one diff in one state."""

    palette: Palette
    model: DiffModel
    review: Review
    colours: DiffColours
    current: str
    """Id of the hunk under the cursor."""
    shift: int
    """Cells that code is scrolled to the left by."""

    def paint(self, line: int, width: int) -> Strip:
        """One line of the diff, at most `width` cells."""
        match self.model.lines[line]:
            case FileHead() as head:
                return self._file(head, width)
            case HunkHead() as head:
                return self._hunk(head.hunk, head.number, width)
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

    def _hunk(self, hunk: Hunk, number: int, width: int) -> Strip:
        style = self.palette
        current = hunk.id == self.current
        ground = "hunk-current" if current else "hunk"
        mark, word, colour = _DECISIONS[self.review.decisions[hunk.id]]
        left: list[Part] = [
            ("▌" if current else " ", style("primary")),
            (f"{mark} ", style(colour, "", "bold")),
            (f"{number}/{len(self.review.hunks)} {word}", style(colour)),
        ]
        if hunk.confidence is not None:
            sure = hunk.confidence >= SURE
            text = f"  {'sure' if sure else 'unsure'} {hunk.confidence:.0%}"
            left.append((text, style("muted" if sure else "unsure")))
        right: list[Part] = []
        if current:
            for key, verb in (("a", "accept"), ("r", "reject"), ("e", "edit"), ("u", "undo")):
                meta = Style(meta={"verb": verb})
                right.append((f"{key} ", style("primary", "", "bold") + meta))
                right.append((f"{verb}  ", style("muted") + meta))
        if width_of(left) + width_of(right) + 2 > width:
            right = []
        strip = spread(left, right, width)
        return strip.apply_style(style("", ground))

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
        return whole.apply_style(style("", ground)) if ground else whole

    def _decision(self, hunk: str) -> Decision:
        return self.review.decisions.get(hunk, Decision.UNDECIDED)

    def _margin(self, line: CodeLine, width: int) -> list[Part]:
        """The cursor bar, line numbers, doubt and sign."""
        style, row, digits = self.palette, line.row, self.model.digits
        old = str(row.old_number or "") if row.kind is not RowKind.ADDED else ""
        new = str(row.new_number or "") if row.kind is not RowKind.REMOVED else ""
        numbers = f"{old:>{digits}} {new:>{digits}}" if width >= 60 else f"{new or old:>{digits}}"
        sign, colour = _SIGNS[row.kind]
        bar = "▌" if row.hunk and row.hunk == self.current else " "
        doubt = "?" if line.probability is not None and line.probability < SURE else " "
        return [
            (bar, style("primary")),
            (f"{numbers} ", style("faint")),
            (doubt, style("unsure", "", "bold")),
            (f"{sign} ", style(colour, "", "bold")),
        ]

    def _styled(self, line: CodeLine, ground: str, strong: str, rejected: bool) -> list[Part]:
        row = line.row
        text = row.text
        doubtful = line.probability is not None and line.probability < 0.5
        parts: list[Part] = []
        column = 0
        for start, end, category, marked in _cuts(row, self._runs(line)):
            piece, column = _expand(text[start:end], column)
            colour = "faint" if rejected else (f"syntax-{category}" if category else "foreground")
            attributes = "underline" if doubtful and not rejected and piece.strip() else ""
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


def _cuts(row: Row, runs: Runs) -> list[tuple[int, int, str, bool]]:
    """The row's text in pieces of one category and one mark: start, end, category, marked."""
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
        edges.update(edge for span in row.spans for edge in span if start < edge < end)
        ordered = sorted(edges)
        for first, last in pairwise(ordered):
            marked = any(low <= first and last <= high for low, high in row.spans)
            pieces.append((first, last, category, marked))
    return pieces


def _expand(text: str, column: int) -> tuple[str, int]:
    """Tabs become blanks up to the next stop; everything else is made harmless."""
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
