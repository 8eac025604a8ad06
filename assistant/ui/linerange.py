"""A range of changed lines inside one hunk of a diff, which is decided at once."""

from dataclasses import dataclass, replace

from assistant.review.decisions import Decision, Review
from assistant.ui.diffmodel import CodeLine, DiffModel, PairLine


@dataclass(frozen=True, slots=True)
class LineRange:
    """Rows of a diff, from where the range began to its end, which moves."""

    hunk: str
    start: int
    end: int

    @property
    def rows(self) -> range:
        return range(min(self.start, self.end), max(self.start, self.end) + 1)

    def moved(self, model: DiffModel, by: int) -> "LineRange":
        """Moves the end, within the hunk."""
        return self.moved_to(model, self.end + by)

    def moved_to(self, model: DiffModel, row: int) -> "LineRange":
        """Moves the end to a row of the hunk; where that has no line, to the next one that has."""
        rows = changed_rows(model, self.hunk)
        end = max(rows.start, min(row, rows.stop - 1))
        back = range(end, rows.start - 1, -1)
        onward = range(end, rows.stop) if end > self.end else back
        found = (at for part in (onward, back) for at in part if lines_at(model, at))
        return replace(self, end=next(found, self.end))

    def restarted(self) -> "LineRange":
        """Begins at the end."""
        return replace(self, start=self.end)

    def lines(self, model: DiffModel) -> frozenset[int]:
        """The lines of the hunk in the range, as in `review.lines`."""
        return frozenset(line for row in self.rows for line in lines_at(model, row))


def changed_rows(model: DiffModel, hunk: str) -> range:
    """The rows of a hunk below its header."""
    return range(model.starts[hunk] + 1, model.ends[hunk]) if hunk in model.starts else range(0)


def lines_at(model: DiffModel, row: int) -> tuple[int, ...]:
    """The lines of a hunk on a row: one, or two side by side. Empty for other rows."""
    match model.lines[row]:
        case CodeLine(index=index):
            return (index,) if index >= 0 else ()
        case PairLine(old=old, new=new):
            return tuple(line.index for line in (old, new) if line is not None)
        case _:
            return ()


def first_range(model: DiffModel, review: Review, hunk: str, top: int = 0) -> LineRange | None:
    """A range on the first open line of a hunk, at or below the row `top` if possible.

    If no line is open, it is on the first line. None if the hunk has no lines.
    """
    rows = changed_rows(model, hunk)
    if not rows:
        return None
    below = [row for row in rows if row >= top] or list(rows)
    order = [*below, *range(rows.start, below[0])]
    some = next((row for row in order if lines_at(model, row)), below[0])
    row = next((row for row in order if _is_open(model, review, hunk, row)), some)
    return LineRange(hunk, row, row)


def _is_open(model: DiffModel, review: Review, hunk: str, row: int) -> bool:
    lines = lines_at(model, row)
    return any(review.line_decision(hunk, line) is Decision.UNDECIDED for line in lines)
