"""A tour of the program on a sample project: says what to press, and goes on when it was done.

It shows what the model really does there. Where the model finds nothing, the tour says so.
"""

from collections.abc import Callable
from dataclasses import dataclass

from assistant.ui.widgets.bars import TitleBar

_SECONDS = 0.25
"""How often the tour looks at what has happened."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What has happened so far."""

    running: bool = False
    proposed: bool = False
    accepted: bool = False
    written: bool = False
    undone: bool = False


@dataclass(frozen=True, slots=True)
class Stop:
    """One step of the tour."""

    text: str
    done: Callable[[Seen], bool]


STOPS = (
    Stop(
        "A test of this sample project fails. Type  /fix python -m unittest -q  and press Enter. "
        "Enter twice more lets the command run, in a sandbox.",
        lambda seen: seen.running or seen.proposed,
    ),
    Stop(
        "The model reads the code, writes candidates, and runs the tests on each of them. "
        "Escape stops it, Ctrl+G takes the best so far.",
        lambda seen: seen.proposed,
    ),
    Stop(
        "This is the change. n and p go from one hunk to the next, a accepts a hunk, "
        "r rejects it, u takes that back. Accept one.",
        lambda seen: seen.accepted or seen.written,
    ),
    Stop("Press w. It writes what you accepted, and nothing else.", lambda seen: seen.written),
    Stop("It is written. Ctrl+Z undoes it, byte for byte.", lambda seen: seen.undone),
    Stop(
        "That was all. F1 lists the keys, Ctrl+Q leaves, and this copy is deleted. "
        "Then start the assistant in a repository of yours.",
        lambda seen: False,
    ),
)
NOTHING_FOUND = (
    "The model found nothing that it could propose. That happens with small models. "
    "Press i, Up and Enter to try again, or Ctrl+Q to leave."
)
_WRITING = 1
"""The stop at which the model works."""


class Tour:
    """Where a user is on the tour."""

    def __init__(self) -> None:
        self._at = 0
        self._worked = False

    def text(self, seen: Seen) -> str:
        """Goes on if the current step is done, and says what to do next."""
        while STOPS[self._at].done(seen):
            self._at += 1
        if self._at == _WRITING:
            self._worked |= seen.running
            if self._worked and not seen.running:
                return NOTHING_FOUND
        return f"{self._at + 1} of {len(STOPS)}  {STOPS[self._at].text}"


class TourLine(TitleBar):
    """Shows the current step of the tour."""

    DEFAULT_CSS = "TourLine { background: $cursor; }"

    def __init__(self, look: Callable[[], Seen], *, id: str | None = None) -> None:
        """`look` says what has happened so far."""
        super().__init__(id=id)
        self._look = look
        self._tour = Tour()
        self.text = ""

    def on_mount(self) -> None:
        self.update_text()
        self.set_interval(_SECONDS, self.update_text)

    def update_text(self) -> None:
        """Shows what to do now."""
        self.text = self._tour.text(self._look())
        style = self.palette
        self.show([(" Tour  ", style("primary", "cursor", "bold")),
                   (self.text, style("foreground", "cursor"))])  # fmt: skip
