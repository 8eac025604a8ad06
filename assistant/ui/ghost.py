"""Ghost text: a completion that is shown after the cursor until it is accepted or dismissed."""

import re
from dataclasses import dataclass, replace

_WORD = re.compile(r"\s*(?:\w+|[^\w\s]+)")


@dataclass(frozen=True, slots=True)
class Ghost:
    """A completion at a place in the text, some of which may have been inserted already."""

    row: int
    before: str
    """The line up to the cursor."""
    after: str
    """The rest of the line."""
    text: str = ""
    """What is left to accept."""
    taken: str = ""
    """What was inserted of the completion."""

    def grown(self, whole: str) -> "Ghost | None":
        """With a longer completion; None if what was inserted is not its beginning."""
        if not whole.startswith(self.taken):
            return None
        return replace(self, text=whole[len(self.taken) :])

    def followed(self, row: int, line: str, column: int) -> "Ghost | None":
        """The ghost after the cursor has moved to a column of a line, which may have changed.

        None unless the line is the same but for characters that the ghost began with.
        """
        typed = line[len(self.before) : column]
        expected = self.before + typed + self.after
        if row != self.row or column < len(self.before) or line != expected:
            return None
        if not self.text.startswith(typed):
            return None
        left, taken = self.text[len(typed) :], self.taken + typed
        return replace(self, before=line[:column], text=left, taken=taken)

    def moved(self, count: int, row: int, line: str, column: int) -> "Ghost":
        """The ghost after `count` of its characters were inserted, and the cursor is there."""
        return Ghost(
            row, line[:column], line[column:], self.text[count:], self.taken + self.text[:count]
        )

    @property
    def word(self) -> int:
        """Length of its first word, with the white space before it."""
        found = _WORD.match(self.text)
        return found.end() if found else len(self.text)

    @property
    def line(self) -> int:
        """Length of its first line, or of the second where only the break before it is left."""
        end = self.text.find("\n", 1)
        return len(self.text) if end < 0 else end
