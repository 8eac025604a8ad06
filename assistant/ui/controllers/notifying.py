"""Tells a user who looks elsewhere that a task has ended: bell, notification, window title."""

from collections.abc import Callable

from textual.app import App

from assistant.errors import AssistantError, Cancelled
from assistant.sanitize import sanitize_line
from assistant.ui.jobs import Job

LONG = 10.0
"""A task that runs longer than this many seconds triggers a notification when it ends."""
_MOST = 80
"""Characters of a title."""


def send(app: App[object], text: str) -> None:
    """Sends text to the terminal as it is."""
    if app._driver is not None:  # Textual offers no other way
        app._driver.write(text)


class Notifier:
    """Writes to the terminal the sequences that most of them know, and the others ignore."""

    def __init__(
        self, clock: Callable[[], float], write: Callable[[str], None], *, enabled: bool
    ) -> None:
        """`write` sends text to the terminal as it is."""
        self._clock = clock
        self._write = write
        self._enabled = enabled
        self._began = 0.0
        self._titled = False

    def began(self) -> None:
        """A task begins: the title is what it was before."""
        self._began = self._clock()
        self.restore()

    def ended(self, job: Job, error: AssistantError | None) -> None:
        """Tells the end of a long task, unless the user stopped it."""
        if not self._enabled or isinstance(error, Cancelled):
            return
        if self._clock() - self._began < LONG:
            return
        title = job.title.strip().split("\n", 1)[0]
        what = f"{job.kind} {'failed' if error else 'done'}: {title}" if title else f"{job.kind}"
        text = sanitize_line(what)[:_MOST]
        save = "" if self._titled else "\x1b[22;2t"  # onto the terminal's stack of titles
        self._write(f"{save}\x1b]2;assistant: {text}\x07\x1b]9;{text}\x07\x07")
        self._titled = True

    def restore(self) -> None:
        """Gives the window its title back."""
        if self._titled:
            self._write("\x1b[23;2t")
            self._titled = False
