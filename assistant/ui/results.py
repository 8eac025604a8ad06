"""Search results as rows: each file once, and its hits below it."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from assistant.repo.searchoutput import Hit


@dataclass(frozen=True, slots=True)
class Result:
    hit: Hit
    note: str = ""
    """What to say about the hit, such as that it may not be meant."""


@dataclass(slots=True)
class FileHits:
    """The row of a file."""

    path: str
    first: Hit
    count: int = 0


ResultRow = FileHits | Result


@dataclass(slots=True)
class Results:
    """The rows of a search. Hits of one file arrive one after the other."""

    rows: list[ResultRow] = field(default_factory=list)
    hits: int = 0
    files: int = 0

    def add(self, results: Iterable[Result]) -> int:
        """Adds results, and returns the number of the first row that changed."""
        changed = len(self.rows)
        for result in results:
            last = self.rows[-1] if self.rows else None
            path = last.hit.path if isinstance(last, Result) else ""
            if result.hit.path != path:
                self.rows.append(FileHits(result.hit.path, result.hit))
                self.files += 1
            head = self._head()
            head.count += 1
            self.rows.append(result)
            self.hits += 1
            changed = min(changed, len(self.rows) - 1 - head.count)
        return changed

    def _head(self) -> FileHits:
        for row in reversed(self.rows):
            if isinstance(row, FileHits):
                return row
        raise ValueError("a hit without its file")

    def hit(self, row: int) -> Hit | None:
        """What a row opens; None where there is no such row."""
        if not 0 <= row < len(self.rows):
            return None
        match self.rows[row]:
            case FileHits(first=hit) | Result(hit=hit):
                return hit
