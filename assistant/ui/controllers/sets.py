"""Saves the selection under a name, and selects what was saved."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from textual import work
from textual.message import Message

from assistant.context.bundle import Selected
from assistant.errors import AssistantError
from assistant.sessions.selections import RESERVED, SelectionSets
from assistant.ui.controllers.controller import Controller
from assistant.ui.session import CurrentSession, Session
from assistant.ui.widgets.files import FileList
from assistant.ui.widgets.log import LogView


@dataclass
class SetFound(Message):
    """The items of a saved selection that are still there, and those that are not."""

    name: str
    there: tuple[Selected, ...]
    gone: tuple[Selected, ...]


class SetController(Controller):
    """Handles /select."""

    def __init__(
        self,
        current: CurrentSession,
        state_dir: Path,
        files: FileList,
        log: LogView,
        show_log: Callable[[], None],
    ) -> None:
        super().__init__(id="sets")
        self._current = current
        self._state_dir = state_dir
        self._files = files
        self._log = log
        self._show_log = show_log

    @property
    def completions(self) -> tuple[str, ...]:
        """What can follow /select; nothing while no repository is open, or none can be read."""
        if self._current.value is None:
            return ()
        try:
            names = self._sets(self._current.value).names
        except AssistantError:
            return ()
        return (*names, "save ", *(f"delete {name}" for name in names))

    def run(self, argument: str) -> None:
        """Carries out /select. Raises UsageError if that is not possible."""
        session = self._current.require()
        sets = self._sets(session)
        word, _, name = argument.strip().partition(" ")
        if not word:
            self._list(sets)
        elif word not in RESERVED:
            self._find(session, argument.strip(), sets.load(argument.strip()))
        elif word == "save":
            items = tuple(self._files.file_tree.selection)
            sets.save(name.strip(), items)
            self._files.notify(f"{_count(items)} saved as {name.strip()}.", markup=False)
        else:
            sets.delete(name.strip())
            self._files.notify(f"{name.strip()} is deleted; no file changes.", markup=False)

    def _sets(self, session: Session) -> SelectionSets:
        return SelectionSets(self._state_dir, session.workspace.repository.root)

    def _list(self, sets: SelectionSets) -> None:
        names = sets.names
        for name in names:
            paths = ", ".join(_label(item) for item in sets.load(name))
            self._log.add("note", f"{name}: {paths}")
        if not names:
            self._log.add("note", "No selection is saved yet: /select save NAME")
        self._show_log()

    @work(thread=True, exclusive=True, group="sets", exit_on_error=False)
    def _find(self, session: Session, name: str, items: tuple[Selected, ...]) -> None:
        """Units are looked up in their files, which takes time."""
        there = tuple(item for item in items if _exists(session, item))
        self.post_message(SetFound(name, there, tuple(i for i in items if i not in there)))

    def on_set_found(self, message: SetFound) -> None:
        message.stop()
        self._files.select(message.there, only=True)
        said = f"{_count(message.there)} of {message.name} selected"
        gone = ", ".join(_label(item) for item in message.gone)
        self._log.add("note", f"{said}; not there any more: {gone}" if gone else said)
        self._files.notify(
            f"{said}. Not there any more: {gone}" if gone else f"{said}.",
            severity="warning" if gone else "information",
            markup=False,
        )


def _exists(session: Session, item: Selected) -> bool:
    if item.unit:
        return item.unit in {unit.name for unit in session.read_units(item.path)}
    inside = f"{item.path}/"
    return item.path == "." or any(
        path == item.path or path.startswith(inside) for path in session.paths
    )


def _label(item: Selected) -> str:
    return f"{item.path}::{item.unit}" if item.unit else item.path


def _count(items: tuple[Selected, ...]) -> str:
    return f"{len(items)} " + ("file or unit" if len(items) == 1 else "files and units")
