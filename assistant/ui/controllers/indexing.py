"""Keeps the search index of a large repository up to date, in a process of its own.

Tasks do without it until it is there, so nothing waits for it, and its failures are not shown.
"""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from textual import work
from textual.message import Message
from textual.worker import Worker, get_current_worker

from assistant.errors import AssistantError
from assistant.repo.search import INDEXED_FROM
from assistant.ui.controllers.controller import Controller
from assistant.ui.session import CurrentSession, Session
from assistant.ui.widgets.status import StatusLine


@dataclass
class IndexProgress(Message):
    share: float | None
    """Between 0 and 1; None at the end."""


@dataclass(frozen=True, slots=True)
class _Stop:
    """Is set when the worker is cancelled, as it is when the app ends."""

    worker: "Worker[Any]"

    @property
    def is_set(self) -> bool:
        return self.worker.is_cancelled


class IndexController(Controller):
    """Updates the search index after the repository was opened and whenever it has changed."""

    def __init__(self, current: CurrentSession, status: StatusLine) -> None:
        super().__init__(id="indexing")
        self._current = current
        self._status = status
        self._updating = False

    def update(self) -> None:
        """Updates the index in the background, if the repository is large enough to have one."""
        session = self._current.value
        if session is None or self._updating or session.workspace.repository.index is None:
            return
        if len(session.snapshot.files) >= INDEXED_FROM:
            self._updating = True
            self._update(session)

    @work(thread=True, group="index", exit_on_error=False)
    def _update(self, session: Session) -> None:
        from assistant.models.processes import run_module

        repository, stop = session.workspace.repository, _Stop(get_current_worker())
        state_dir = session.workspace.settings.state_dir.absolute()
        try:
            if repository.index is None or repository.index.is_current():
                return
            run_module(
                "assistant.repo.indexing.child",
                (str(repository.root), str(state_dir)),
                folder=Path(sys.executable).parent,  # not the repository: see run_module
                cancel=stop,
                message=self._report,
            )
        except (AssistantError, OSError):
            pass
        finally:
            self.post_message(IndexProgress(None))

    def _report(self, record: dict[str, Any]) -> None:
        self.post_message(IndexProgress(record["done"] / record["total"]))

    def on_index_progress(self, message: IndexProgress) -> None:
        message.stop()
        self._updating = message.share is not None
        self._status.set(indexed=message.share)
