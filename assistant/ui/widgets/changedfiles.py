"""The files of a proposal, above its diff."""

from collections.abc import Sequence
from dataclasses import dataclass

from textual import events
from textual.message import Message
from textual.strip import Strip

from assistant.proposal.changes import ChangeKind
from assistant.ui.rows import Part, crop_start, spread, width_of
from assistant.ui.tally import FileTally
from assistant.ui.widgets.lines import LineView

_LETTERS = {
    ChangeKind.MODIFY: ("M", "git-changed"),
    ChangeKind.CREATE: ("A", "git-staged"),
    ChangeKind.DELETE: ("D", "removed-sign"),
    ChangeKind.RENAME: ("R", "git-untracked"),
}
_MOST_LINES = 5
_COUNTS = 22
"""Cells for what is next to a path: letter, lines, decisions and gaps."""


class ChangedFiles(LineView, can_focus=False):
    """A cell for each file: what happens to it, lines added and removed, hunks decided.

    Hidden for a single file. Cells stand side by side if the width allows it.
    """

    DEFAULT_CSS = "ChangedFiles { height: auto; }"

    @dataclass
    class Pressed(Message):
        path: str

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._files: Sequence[FileTally] = ()
        self._current = ""

    def show(self, files: Sequence[FileTally], current: str) -> None:
        """Shows the files of a review. `current` is the path of the hunk under the cursor."""
        if (files, current) == (self._files, self._current):
            return
        self._files, self._current = files, current
        self._fit()
        at = next((n for n, file in enumerate(files) if file.path == current), 0)
        line, top = at // self._columns, self.scroll_offset.y
        if not top <= line < top + _MOST_LINES:
            self.scroll_to(y=line, animate=False, force=True)
        self.refresh()

    def on_resize(self) -> None:
        self._fit()

    def _fit(self) -> None:
        """Takes as many lines as the cells need, up to a limit."""
        self.display = len(self._files) > 1
        self.styles.height = min(self.line_count, _MOST_LINES)
        self.update_lines()

    @property
    def _columns(self) -> int:
        longest = max((len(file.path) for file in self._files), default=0)
        fitting = self.size.width // (longest + _COUNTS)
        return max(1, min(len(self._files), fitting))

    @property
    def line_count(self) -> int:
        return -(-len(self._files) // self._columns)

    def on_click(self, event: events.Click) -> None:
        event.stop()
        columns = self._columns
        column = event.x * columns // max(1, self.size.width)
        at = (event.y + self.scroll_offset.y) * columns + min(column, columns - 1)
        if 0 <= at < len(self._files):
            self.post_message(self.Pressed(self._files[at].path))

    def draw(self, line: int, width: int) -> Strip:
        columns = self._columns
        cells = self._files[line * columns : (line + 1) * columns]
        edges = [width * n // columns for n in range(columns + 1)]
        return Strip.join(
            [self._cell(file, edges[n + 1] - edges[n]) for n, file in enumerate(cells)]
        )

    def _cell(self, file: FileTally, width: int) -> Strip:
        style, current = self.palette, file.path == self._current
        letter, colour = _LETTERS[file.kind]
        done = file.decided == file.total
        right: list[Part] = [
            (f"+{file.added} ", style("added-sign")),
            (f"−{file.removed}  ", style("removed-sign")),
            (f"{file.decided}/{file.total} ", style("success" if done else "muted")),
        ]
        left: list[Part] = [
            ("▌" if current else " ", style("primary")),
            (f"{letter} ", style(colour)),
        ]
        room = width - width_of(left) - width_of(right) - 1
        path = crop_start(file.path, room)
        left.append((path, style("foreground", "", "bold" if current else "")))
        return spread(left, right, width)
