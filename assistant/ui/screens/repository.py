"""Owns what the main screen has to do with the repository: opening, selection, reading ahead.

Everything slow happens in threads and comes back as a message.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from textual import work
from textual.message import Message
from textual.worker import get_current_worker

from assistant.context.bundle import Selected
from assistant.engine.base import Cancel, Prefill
from assistant.errors import AssistantError
from assistant.repo.units import Unit
from assistant.ui.history import History
from assistant.ui.jobs import internal_error
from assistant.ui.messages import (
    ActionFailed,
    EngineLoaded,
    SelectionCounted,
    SnapshotTaken,
    UnitsRead,
    WarmProgress,
    WorkspaceOpened,
)
from assistant.ui.screens.tasks import TaskScreen
from assistant.ui.services import Services
from assistant.ui.session import Session
from assistant.ui.widgets.files import FileList
from assistant.ui.widgets.prompt import Prompt

if TYPE_CHECKING:
    from assistant.apply.writer import Recovery

_SETTLED = 0.6
"""Seconds without another change after which a selection is read ahead."""


class RepositoryScreen(TaskScreen):
    """Opens the repository and follows the selection."""

    def __init__(self, services: Services, clock: Callable[[], float], history: History) -> None:
        super().__init__(services, clock, history)
        self._warming: Cancel | None = None

    # Opening

    def open_repository(self, model: str) -> None:
        """Opens, or opens again with another model."""
        self.phase = "opening"
        self.head.place(self.services.folder.name or "/", None)
        self.status.set(
            phase="opening the repository", running=True, since=self._clock(), model=model
        )
        self._open(model)

    def guarded(self, action: Callable[[], Message]) -> Message:
        """For threads: the action's message, or the one that says how it failed."""
        try:
            return action()
        except AssistantError as error:
            return ActionFailed(error)
        except Exception as error:  # noqa: BLE001 - a thread's boundary: the app must live on
            return ActionFailed(internal_error(error))

    @work(thread=True, exclusive=True, group="open", exit_on_error=False)
    def _open(self, model: str) -> None:
        message = self.guarded(lambda: self._opened(model))
        self.post_message(message)
        if isinstance(message, WorkspaceOpened):
            engine = message.workspace.engine
            self.post_message(self.guarded(lambda: EngineLoaded(engine.info())))

    def _opened(self, model: str) -> WorkspaceOpened:
        workspace = self.services.open_workspace(model)
        writer = self.services.open_writer(workspace)
        recovery = writer.recover()
        notice = _notice(recovery) if recovery else ""
        return WorkspaceOpened(workspace, writer, workspace.repository.snapshot(), notice)

    def on_workspace_opened(self, message: WorkspaceOpened) -> None:
        message.stop()
        if self.session is not None:
            self.session.workspace.engine.close()
        self.session = Session(message.workspace, message.writer, message.snapshot)
        budget = self.session.budget
        self.status.set(phase="loading the model", since=self._clock(), budget=budget)
        self._show_snapshot()
        if message.notice:
            self.log_view.add("note", message.notice)
            self.notify(message.notice, title="An interrupted write was put right")
        if self.job is None:
            self.phase = "idle"
        self.recount()

    def on_engine_loaded(self, message: EngineLoaded) -> None:
        message.stop()
        self.status.set(info=message.info, model=message.info.model)
        if self.job is None:
            self.status.set(phase="ready", running=False)
            self.warm()

    def on_action_failed(self, message: ActionFailed) -> None:
        message.stop()
        if self.job is None:
            self.phase = "idle"
            self.status.set(phase="ready" if self.session else "not open", running=False)
        self.show_error(message.error)

    # The working tree

    @work(thread=True, exclusive=True, group="snapshot", exit_on_error=False)
    def refresh_snapshot(self) -> None:
        """Looks at the working tree again."""
        session = self.session
        if session is not None:
            repository = session.workspace.repository
            self.post_message(self.guarded(lambda: SnapshotTaken(repository.snapshot())))

    def on_snapshot_taken(self, message: SnapshotTaken) -> None:
        message.stop()
        if self.session is not None:
            self.session.snapshot = message.snapshot
            self._show_snapshot()
            self.recount()

    def _show_snapshot(self) -> None:
        session = self.require_session()
        session.units.clear()
        self.files.load(session.snapshot)
        self.head.place(session.snapshot.root.name, session.snapshot)
        for path in [
            path for path in self.files.file_tree.open if path in self.files.file_tree.entries
        ]:
            self._read_units(path)
        if session.snapshot.truncated:
            count = len(session.snapshot.files)
            self.notify(f"Only the first {count:,} files are listed.", title="A large repository")

    def paths(self) -> Sequence[str]:
        return self.session.paths if self.session else ()

    def units(self, path: str) -> Sequence[Unit]:
        return self.session.units.get(path, ()) if self.session else ()

    def on_file_list_units_wanted(self, event: FileList.UnitsWanted) -> None:
        event.stop()
        self._read_units(event.path)

    def on_prompt_units_wanted(self, event: Prompt.UnitsWanted) -> None:
        event.stop()
        if self.session and event.path in self.files.file_tree.entries:
            self._read_units(event.path)

    @work(thread=True, group="units", exit_on_error=False)
    def _read_units(self, path: str) -> None:
        if self.session is not None:
            self.post_message(UnitsRead(path, self.session.read_units(path)))

    def on_units_read(self, message: UnitsRead) -> None:
        message.stop()
        if self.session is not None:
            self.session.units[message.path] = message.units
            self.files.set_units(message.path, message.units)
            if message.units:
                self.prompt.unit_arrived()

    # The selection

    def on_file_list_selection_changed(self, event: FileList.SelectionChanged) -> None:
        event.stop()
        self.update_tabs()
        self.recount()

    def on_file_list_too_many(self, event: FileList.TooMany) -> None:
        event.stop()
        self.notify(f"{event.folder}/ holds too many files to select at once.", severity="warning")

    def recount(self) -> None:
        """Counts the selection's tokens anew, and reads it ahead once it has settled."""
        self._stop_warming()
        self._count_selection(tuple(self.files.file_tree.selection))
        self._warm_soon()

    @work(thread=True, exclusive=True, group="count", exit_on_error=False)
    def _count_selection(self, selection: tuple[Selected, ...]) -> None:
        session = self.session
        if session is not None:
            counts = session.count(selection)
            if not get_current_worker().is_cancelled:
                self.post_message(SelectionCounted(counts))

    def on_selection_counted(self, message: SelectionCounted) -> None:
        message.stop()
        self.files.set_tokens(message.counts)
        self.status.set(used=sum(message.counts.values()))

    # Reading ahead

    def _warm_soon(self) -> None:
        if self.services.warm is not None:
            selection = tuple(self.files.file_tree.selection)
            self.set_timer(_SETTLED, lambda: self._warm_if(selection))

    def _warm_if(self, selection: tuple[Selected, ...]) -> None:
        if selection == tuple(self.files.file_tree.selection):
            self.warm()

    def warm(self) -> None:
        """Has the engine read the selection ahead, unless something better is to be done."""
        session, hook = self.session, self.services.warm
        selection = tuple(self.files.file_tree.selection)
        idle = self.job is None and self.status.value.info is not None
        if session is None or hook is None or not selection or not idle:
            return
        self._stop_warming()
        cancel = self._warming = Cancel()
        self._warm(lambda: hook(session.workspace, selection, cancel), cancel)

    def _stop_warming(self) -> None:
        if self._warming is not None:
            self._warming.set()
            self._warming = None
        self.status.set(warm=None)

    @work(thread=True, group="warm", exit_on_error=False)
    def _warm(self, progresses: Callable[[], Iterator[Prefill]], cancel: Cancel) -> None:
        try:
            for progress in progresses():
                if not cancel.is_set:
                    self.post_message(WarmProgress(progress))
        except AssistantError:
            return  # A real request meets the same error and reports it.

    def on_warm_progress(self, message: WarmProgress) -> None:
        message.stop()
        if self._warming is not None:
            done, total = message.progress.done, message.progress.total
            self.status.set(warm=done / total if total else 1.0)


def _notice(recovery: "Recovery") -> str:
    """What became of a write that an earlier session did not finish."""
    text = f"{recovery.title}: {recovery.outcome.value}."
    if recovery.conflicts:
        text += f" Left as you changed them: {', '.join(recovery.conflicts)}."
    return text
