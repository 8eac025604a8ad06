"""The colours of the lines of a file that is being edited: syntax, matches, and odd characters."""

from collections.abc import Sequence

from assistant.sanitize import sanitize
from assistant.ui.filetext import ADDED, CHANGED, REMOVED
from assistant.ui.finding import Match
from assistant.ui.highlight import Runs

MARKS = {ADDED: ("▎", "added-sign"), CHANGED: ("▎", "git-changed"), REMOVED: ("▔", "removed-sign")}
"""Sign and colour of a line that differs from HEAD."""


class Colours:
    """The runs of lines, also after some of them were edited or moved."""

    def __init__(self, lines: Sequence[str] = (), runs: Sequence[Runs] = ()) -> None:
        """`lines` are those that were coloured, with the runs of each; runs may be missing."""
        self._lines, self._runs = lines, runs
        self._by_text = dict(zip(lines, runs, strict=False))

    def of(self, number: int, text: str) -> Runs:
        """The runs of a line: of the same one, else of another one with the same text."""
        if number < min(len(self._lines), len(self._runs)) and self._lines[number] == text:
            return self._runs[number]
        return self._by_text.get(text, ())


class Matches:
    """The matches of a search in a file, by line."""

    def __init__(self, found: Sequence[Match] = ()) -> None:
        self.found = found
        self._by_line: dict[int, list[Match]] = {}
        for match in found:
            self._by_line.setdefault(match.line, []).append(match)

    def of(self, line: int) -> Sequence[Match]:
        return self._by_line.get(line, ())


def visible(text: str) -> str:
    """The line with a visible sign for each control character; columns stay the same."""
    if sanitize(text) == text:
        return text
    return "".join(c if sanitize(c) == c else _sign(c) for c in text)


def _sign(character: str) -> str:
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    return "␡" if code == 0x7F else "�"
