"""The title of a file screen: path, state, and place of the cursor."""

from dataclasses import dataclass

from assistant.ui.rows import Part
from assistant.ui.widgets.bars import Bar


@dataclass(frozen=True, slots=True)
class FileState:
    """What the title tells."""

    path: str
    reason: str
    """Why the file can only be read; empty for one that can be edited."""
    line: int
    column: int
    """Of the cursor, 1-based."""
    changed: bool
    searching: bool
    """True while the meaning of a name is looked for."""


class FileTitle(Bar):
    """A bar. A note is shown until something else happens."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._note = ""
        self._state: FileState | None = None

    def show_file(self, state: FileState) -> None:
        """Shows the state of the file."""
        if state != self._state:
            self._note = ""
        self._state = state
        self._draw()

    def note(self, text: str) -> None:
        """Shows a note until the state changes; an empty one is ignored."""
        if text:
            self._note = text
            self._draw()

    def _draw(self) -> None:
        state = self._state
        if state is None:
            return
        style = self.palette
        left: list[Part] = [(f" {state.path}", style("foreground", "", "bold"))]
        if state.changed:
            left.append(("  ● not saved", style("warning")))
        if state.reason:
            left.append((f"  read only: {state.reason}", style("warning")))
        if state.searching:
            left.append(("  looking for the name…  esc stops", style("muted")))
        elif self._note:
            left.append((f"  {self._note}", style("success")))
        where = f"{state.line:,}" if state.reason else f"{state.line:,}:{state.column}"
        self.show(left, [(f"{where} ", style("muted"))])
