"""Counts the tokens of the selection and has the engine read it ahead of time."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual import work
from textual.message import Message
from textual.worker import get_current_worker

from assistant.context.bundle import Context, Selected
from assistant.context.mentions import mentions
from assistant.engine.base import Cancel, Prefill
from assistant.errors import AssistantError
from assistant.ui.controllers.controller import Controller
from assistant.ui.controllers.secrets import SecretsController
from assistant.ui.session import CurrentSession
from assistant.ui.widgets.files import FilesPane
from assistant.ui.widgets.status import StatusLine

if TYPE_CHECKING:
    from assistant.solving.events import Step
    from assistant.ui.services import Warm

_SETTLED = 0.6
"""Seconds without another change after which the selection is read ahead."""


@dataclass
class SelectionCounted(Message):
    counts: dict[Selected, int]
    context: Context | None
    """What a task would read; None if nothing is selected, or it cannot be read."""
    problem: AssistantError | None = None


@dataclass
class WarmProgress(Message):
    progress: Prefill


class SelectionController(Controller):
    """Follows the selection in the file tree."""

    def __init__(
        self,
        current: CurrentSession,
        pane: FilesPane,
        status: StatusLine,
        warm: "Warm | None",
        busy: Callable[[], bool],
        secrets: SecretsController,
    ) -> None:
        """`warm` reads a selection into the prefix cache; `busy` is True while a task runs."""
        super().__init__(id="selection")
        self._current = current
        self._pane, self._files = pane, pane.list
        self._status = status
        self._warm_hook = warm
        self._busy = busy
        self._secrets = secrets
        self._warming: Cancel | None = None
        self._typed = ""
        """What the user has typed so far."""
        self._partial = False
        """True if what is read depends on the task."""

    @property
    def selected(self) -> tuple[Selected, ...]:
        """The selected files and units, in the order of selection."""
        return tuple(self._files.file_tree.selection)

    def select_mentions(self, task: str) -> None:
        """Adds the files and units that a task mentions with @ to the selection."""
        session = self._current.require()
        selected = self._files.file_tree.selection
        named = [item for item in mentions(task, session.paths) if item not in selected]
        if named:
            self._files.select(session.narrowed(named, task))

    def for_step(self, step: "Step | None") -> tuple[Selected, ...]:
        """Returns the selection, extended by the file of a step if the step names one."""
        selection = self.selected
        paths = {item.path for item in selection}
        missing = step is not None and bool(selection) and step.path not in paths
        if step is None or not missing or step.path not in self._current.paths:
            return selection
        return (*selection, Selected(step.path))

    def recount(self) -> None:
        """Counts the tokens of the selection, and reads it ahead once it has settled."""
        self.stop_warming()
        self._count(self.selected, self._typed)
        if self._warm_hook is not None:
            selection = self.selected
            self.set_timer(_SETTLED, lambda: self._warm_if_unchanged(selection))

    def task_edited(self, task: str) -> None:
        """Shows what would be read for the task once no more is typed, if that depends on it."""
        self._typed = task
        if self._partial:
            self.set_timer(_SETTLED, lambda: self._count_if_settled(task))

    def _count_if_settled(self, task: str) -> None:
        if task == self._typed:
            self._count(self.selected, task)

    @work(thread=True, exclusive=True, group="count", exit_on_error=False)
    def _count(self, selection: Sequence[Selected], task: str) -> None:
        session = self._current.value
        if session is None:
            return
        counted = SelectionCounted(session.count(selection), None)
        try:
            counted.context = session.reading(selection, task) if selection else None
        except AssistantError as error:
            counted.problem = error
        if not get_current_worker().is_cancelled:
            self.post_message(counted)

    def on_selection_counted(self, message: SelectionCounted) -> None:
        message.stop()
        context = message.context
        self._files.set_tokens(message.counts)
        self._pane.reading.show(context, message.problem)
        self._partial = context is not None and not all(file.whole for file in context.files)
        read = sum(file.tokens for file in context.files) if context is not None else 0
        self._status.set(used=read or sum(message.counts.values()))

    def _warm_if_unchanged(self, selection: tuple[Selected, ...]) -> None:
        if selection == self.selected:
            self.warm()

    def warm(self) -> None:
        """Has the engine read the selection ahead, if the engine is loaded and idle."""
        session, hook, selection = self._current.value, self._warm_hook, self.selected
        idle = not self._busy() and self._status.value.info is not None
        if session is None or hook is None or not selection or not idle:
            return
        self.stop_warming()
        cancel = self._warming = Cancel()
        workspace = session.workspace

        def progresses() -> Iterator[Prefill]:
            if self._secrets.allows(workspace.repository, selection):
                yield from hook(workspace, selection, cancel)

        self._read_ahead(progresses, cancel)

    def stop_warming(self) -> None:
        """Stops reading ahead."""
        if self._warming is not None:
            self._warming.set()
            self._warming = None
        self._status.set(warm=None)

    @work(thread=True, group="warm", exit_on_error=False)
    def _read_ahead(self, progresses: Callable[[], Iterator[Prefill]], cancel: Cancel) -> None:
        try:
            for progress in progresses():
                if not cancel.is_set:
                    self.post_message(WarmProgress(progress))
        except AssistantError:
            return  # The next task hits the same error and reports it.

    def on_warm_progress(self, message: WarmProgress) -> None:
        message.stop()
        if self._warming is not None:
            done, total = message.progress.done, message.progress.total
            self._status.set(warm=done / total if total else 1.0)
