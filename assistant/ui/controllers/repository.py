"""Opens the repository, takes snapshots of the working tree, and reads units of files.

Everything slow runs in a thread and comes back as a message.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual import work
from textual.message import Message

from assistant.engine.base import EngineInfo
from assistant.repo.files import Snapshot
from assistant.repo.units import Unit
from assistant.ui.controllers.controller import Controller
from assistant.ui.controllers.indexing import IndexController
from assistant.ui.controllers.selection import SelectionController
from assistant.ui.services import Services
from assistant.ui.session import CurrentSession, Session
from assistant.ui.widgets.files import FileList
from assistant.ui.widgets.log import LogView
from assistant.ui.widgets.status import HeadLine, StatusLine
from assistant.ui.workers import guarded

if TYPE_CHECKING:
    from assistant.apply.writer import Writer
    from assistant.solving.request import Workspace


@dataclass
class WorkspaceOpened(Message):
    """The repository is open. Bubbles to the screen."""

    workspace: "Workspace"
    writer: "Writer"
    snapshot: Snapshot
    notice: str = ""
    """How an interrupted write was recovered, if there was one."""


@dataclass
class EngineLoaded(Message):
    info: EngineInfo


@dataclass
class SnapshotTaken(Message):
    snapshot: Snapshot


@dataclass
class UnitsRead(Message):
    """The units of a file were read. Bubbles to the screen."""

    path: str
    units: tuple[Unit, ...]


class RepositoryController(Controller):
    """Opens the repository and keeps the file tree up to date."""

    def __init__(
        self,
        services: Services,
        clock: Callable[[], float],
        current: CurrentSession,
        selection: SelectionController,
        indexing: IndexController,
        files: FileList,
        head: HeadLine,
        status: StatusLine,
        log: LogView,
        busy: Callable[[], bool],
        opened: Callable[[], None],
    ) -> None:
        """`busy` is True while a task runs; `opened` is called when the repository is open."""
        super().__init__(id="repository")
        self._services = services
        self._clock = clock
        self._current = current
        self._selection = selection
        self._indexing = indexing
        self._files = files
        self._head = head
        self._status = status
        self._log_view = log
        self._busy = busy
        self._opened_repository = opened

    def open(self, model: str) -> None:
        """Opens the repository, or opens it again with another model."""
        self.show_head()
        self._status.set(
            phase="opening the repository", running=True, since=self._clock(), model=model
        )
        self._open(model)

    def show_head(self) -> None:
        """Draws the head line: the name of the repository and its git state."""
        session = self._current.value
        if session is None:
            self._head.show_repository(self._services.folder.name or "/", None)
        else:
            self._head.show_repository(session.snapshot.root.name, session.snapshot)

    @work(thread=True, exclusive=True, group="open", exit_on_error=False)
    def _open(self, model: str) -> None:
        message = guarded(lambda: self._opened(model))
        self.post_message(message)
        if isinstance(message, WorkspaceOpened):
            engine = message.workspace.engine
            self.post_message(guarded(lambda: EngineLoaded(engine.info())))

    def _opened(self, model: str) -> WorkspaceOpened:
        workspace = self._services.open_workspace(model)
        writer = self._services.open_writer(workspace)
        recovery = writer.recover()
        notice = recovery.text if recovery else ""
        return WorkspaceOpened(workspace, writer, workspace.repository.snapshot(), notice)

    def on_workspace_opened(self, message: WorkspaceOpened) -> None:
        if self._current.value is not None:
            self._current.value.workspace.engine.close()
        session = Session(message.workspace, message.writer, message.snapshot)
        self._current.value = session
        self._status.set(phase="loading the model", since=self._clock(), budget=session.budget)
        self._show_snapshot(session)
        if message.notice:
            self._log_view.add("note", message.notice)
            self.notify(message.notice, title="Recovered an interrupted write")
        self._selection.recount()
        self._opened_repository()

    def on_engine_loaded(self, message: EngineLoaded) -> None:
        message.stop()
        self._status.set(info=message.info, model=message.info.model)
        if message.info.address:
            model, device = message.info.model, message.info.device
            self._log_view.add("note", f"Prompts go to {message.info.address} ({device}, {model})")
        if not self._busy():
            self._status.set(phase="ready", running=False)
            self._selection.warm()

    @work(thread=True, exclusive=True, group="snapshot", exit_on_error=False)
    def refresh_snapshot(self) -> None:
        """Takes another snapshot of the working tree."""
        session = self._current.value
        if session is not None:
            repository = session.workspace.repository
            self.post_message(guarded(lambda: SnapshotTaken(repository.snapshot())))

    def on_snapshot_taken(self, message: SnapshotTaken) -> None:
        message.stop()
        session = self._current.value
        if session is not None:
            session.snapshot = message.snapshot
            self._show_snapshot(session)
            self._selection.recount()

    def _show_snapshot(self, session: Session) -> None:
        self._indexing.update()
        session.units.clear()
        self._files.load(session.snapshot)
        self.show_head()
        tree = self._files.file_tree
        for path in [path for path in tree.open if path in tree.entries]:
            self.read_units(path)
        if session.snapshot.truncated:
            count = len(session.snapshot.files)
            self.notify(f"Only the first {count:,} files are listed.", title="Large repository")

    def read_units(self, path: str) -> None:
        """Reads the units of a file in the background, if the file exists."""
        if self._current.value and path in self._files.file_tree.entries:
            self._read_units(path, self._current.value)

    @work(thread=True, group="units", exit_on_error=False)
    def _read_units(self, path: str, session: Session) -> None:
        self.post_message(UnitsRead(path, session.read_units(path)))

    def on_units_read(self, message: UnitsRead) -> None:
        if self._current.value is not None:
            self._current.value.units[message.path] = message.units
            self._files.set_units(message.path, message.units)
