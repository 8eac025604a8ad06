"""Paints the lines of a diff, in one column or two: headers here, code in `codepaint`.

All text from files is sanitized.
"""

from dataclasses import dataclass

from rich.style import Style
from textual.strip import Strip

from assistant.proposal.changes import ChangeKind, Hunk
from assistant.proposal.rows import RowKind
from assistant.review.decisions import Decision, Review
from assistant.ui.codepaint import CodePainter
from assistant.ui.diffmodel import (
    Blank,
    CodeLine,
    CommentLine,
    DiffColours,
    DiffModel,
    FileHead,
    HunkHead,
    PairLine,
)
from assistant.ui.rows import Part, crop_start, spread, strip_of, width_of
from assistant.ui.themes import Palette

_DECISIONS = {
    Decision.UNDECIDED: ("○", "undecided", "muted"),
    Decision.ACCEPTED: ("✓", "accepted", "added-sign"),
    Decision.REJECTED: ("✗", "rejected", "removed-sign"),
    Decision.EDITED: ("✎", "edited", "accent"),
    Decision.PARTLY: ("◐", "", "accent"),
}
_VERBS = (("a", "accept"), ("r", "reject"), ("e", "edit"), ("u", "undo"))
_KINDS = {
    ChangeKind.MODIFY: "",
    ChangeKind.CREATE: "new file",
    ChangeKind.DELETE: "deleted",
    ChangeKind.RENAME: "renamed",
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
    chosen: range = range(0)
    """Rows of the range that is to be decided."""

    def paint(self, line: int, width: int) -> Strip:
        """Paints one line in at most `width` cells."""
        match self.model.lines[line]:
            case FileHead() as head:
                return self._file(head, width)
            case HunkHead() as head:
                return self._hunk(head, width)
            case CodeLine() as code:
                return self._code(code, width, chosen=line in self.chosen)
            case PairLine(old, new):
                return self._painter.pair(old, new, width, chosen=line in self.chosen)
            case CommentLine(text, first):
                mark = "✎" if first else " "
                return strip_of(
                    [
                        ("▌" if self._is_current(line) else " ", self.palette("primary")),
                        (f"      {mark}  ", self.palette("accent", "", "bold")),
                        (text, self.palette("accent")),
                    ]
                )
            case Blank():
                return strip_of([])

    def _is_current(self, line: int) -> bool:
        starts, ends = self.model.starts, self.model.ends
        return self.current in starts and starts[self.current] <= line < ends[self.current]

    @property
    def _painter(self) -> CodePainter:
        return CodePainter(
            self.palette, self.model, self.review, self.colours, self.current, self.shift
        )

    def _code(self, line: CodeLine, width: int, *, chosen: bool) -> Strip:
        if line.row.kind is RowKind.GAP:
            faint = self.palette("faint")
            return spread([("   ⋯ ", faint), (f"{line.row.hidden} unchanged", faint)], [], width)
        if self.model.in_columns:
            return self._painter.pair(line, line, width)
        return self._painter.line(line, width, chosen=chosen)

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
        word = word or self._parts_of(hunk)
        left: list[Part] = [
            ("▌" if current else " ", style("primary")),
            (f"{mark} ", style(colour, "", "bold")),
            (f"{head.number}/{len(self.review.hunks)} {word}", style(colour)),
        ]
        if hunk.id in self.review.conflicts:
            left.append(("  ! changed on disk", style("warning")))
        right: list[Part] = []
        for key, verb in _VERBS if current else ():
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

    def _parts_of(self, hunk: Hunk) -> str:
        """Says how many lines of a hunk that is decided in part are decided and open."""
        lines = self.review.line_decisions(hunk)
        still = len(lines.open_in(hunk))
        count, word = len(lines.accepted), "accepted"
        if not count:
            count, word = len(lines.rejected), "rejected"
        decided = f"{count} of {len(hunk.old) + len(hunk.new)} lines {word}"
        return f"{decided}, {still} open" if still else decided


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
