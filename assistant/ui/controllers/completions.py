"""What completion while typing needs of a session. Tasks come first."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from assistant.engine.base import Cancel
from assistant.ui.controllers.controller import Controller
from assistant.ui.controllers.tasks import TaskController
from assistant.ui.session import CurrentSession

if TYPE_CHECKING:
    from assistant.completing.completer import Completer


class Completions(Controller):
    """Lets files be completed while no task runs."""

    def __init__(
        self, current: CurrentSession, tasks: TaskController, log: Callable[[str, str], None]
    ) -> None:
        """`log` gets the kind and the text of an entry."""
        super().__init__(id="completions")
        self._current = current
        self._tasks = tasks
        self.report = log
        self._completing: Cancel | None = None

    @property
    def enabled(self) -> bool:
        session = self._current.value
        return session is not None and session.workspace.settings.completes

    def completer(self) -> "Completer":
        """For one file. Raises UsageError while no repository is open."""
        from assistant.completing.completer import Completer

        return Completer(self._current.require().workspace.engine)

    def begin(self) -> Cancel | None:
        """A new completion may begin, which ends the one before; None while a task runs."""
        self.stop()
        if self._tasks.busy or not self.enabled:
            return None
        self._completing = Cancel()
        return self._completing

    def stop(self) -> None:
        """Ends what is being completed."""
        if self._completing is not None:
            self._completing.set()
            self._completing = None

    def on_mount(self) -> None:
        self.watch(self._tasks, "phase", self.stop, init=False)

    def on_unmount(self) -> None:
        self.stop()
