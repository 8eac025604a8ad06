"""Tasks that were entered while one runs, or before the repository is open: each starts when
nothing it would disturb is open."""

from collections.abc import Callable
from dataclasses import dataclass

from assistant.errors import AssistantError
from assistant.ui.commands import Command
from assistant.ui.widgets.status import StatusLine


@dataclass(frozen=True, slots=True)
class Waiting:
    command: Command
    pasted: str
    """Text that was pasted with it."""


class TaskQueue:
    """Starts tasks in the order in which they were entered."""

    def __init__(
        self,
        status: StatusLine,
        busy: Callable[[], bool],
        reviewing: Callable[[], bool],
        start: Callable[[Command, str], None],
        show_error: Callable[[AssistantError], None],
    ) -> None:
        """`busy` is True while no task can start, `reviewing` while a proposal is under review."""
        self._status = status
        self._busy = busy
        self._reviewing = reviewing
        self._start = start
        self._show_error = show_error
        self._waiting: list[Waiting] = []

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def must_wait(self) -> bool:
        """Whether a task that is entered now has to wait."""
        return self._busy()

    def add(self, command: Command, pasted: str) -> None:
        """Starts the task after those that wait already."""
        self._waiting.append(Waiting(command, pasted))
        self._show()

    def clear(self) -> bool:
        """Forgets the tasks that wait. Returns False if there are none."""
        found = bool(self._waiting)
        self._waiting.clear()
        if found:
            self._show()
        return found

    def start_next(self) -> None:
        """Starts the first task, unless one runs, or it would replace a proposal under review."""
        if not self._waiting or self._busy():
            return
        first = self._waiting[0]
        if first.command.name in ("edit", "fix") and self._reviewing():
            return
        del self._waiting[0]
        self._show()
        try:
            self._start(first.command, first.pasted)
        except AssistantError as error:
            self._show_error(error)
            self.start_next()

    def _show(self) -> None:
        self._status.set(queued=len(self._waiting))
