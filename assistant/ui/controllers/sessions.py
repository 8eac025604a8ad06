"""Keeps the session stored, and opens earlier ones again."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from textual import work

from assistant.errors import AssistantError, UsageError
from assistant.prompt.conversation import Exchange
from assistant.sessions.recorder import Recorder, Reopened
from assistant.sessions.records import (
    Decided,
    Logged,
    Planned,
    ReviewClosed,
    Selection,
    Wrote,
)
from assistant.sessions.state import SessionState
from assistant.sessions.store import SessionStore
from assistant.solving.events import Plan
from assistant.ui.controllers.controller import Controller
from assistant.ui.controllers.steps import StepTracker
from assistant.ui.controllers.writing import Committed, Outdated, Written
from assistant.ui.preparing import Prepared, prepare_again
from assistant.ui.screens.sessions import SessionsDialog
from assistant.ui.session import CurrentSession
from assistant.ui.widgets.workbench import Workbench

LAST = "last"
"""Reopens the session that was written to last."""
LIST = "list"
"""Shows the list of sessions first."""


class SessionController(Controller):
    """Handles /sessions and /new, and what the program is started with."""

    def __init__(
        self,
        current: CurrentSession,
        state_dir: Path,
        panes: Workbench,
        steps: StepTracker,
        require_idle: Callable[[], None],
        show_error: Callable[[AssistantError], None],
    ) -> None:
        super().__init__(id="sessions")
        self._current = current
        self._state_dir = state_dir
        self._panes = panes
        self._steps = steps
        self._require_idle = require_idle
        self._show_error = show_error
        self._reopen = ""
        self.recorder = Recorder(self._store, self._cannot_store)
        panes.log_view.added = self._logged

    def _store(self) -> SessionStore | None:
        session = self._current.value
        return SessionStore(self._state_dir, session.snapshot.root) if session else None

    def _cannot_store(self, problem: str) -> None:
        self.notify(problem, title="Not stored", severity="warning")

    def reopen_at_start(self, which: str) -> None:
        """What to reopen once the repository is open: LAST, LIST, an id, or nothing if empty."""
        self._reopen = which

    def repository_opened(self) -> None:
        """Reopens what the program was started with, the first time only."""
        which, self._reopen = self._reopen, ""
        if which == LIST:
            self.show_list()
        elif which:
            self.resume(which)

    def exchanges(self) -> tuple[Exchange, ...]:
        """The questions and answers of this session, oldest first."""
        return tuple(Exchange(each.question, each.answer) for each in self.recorder.answers)

    # What happens is recorded as the panes show it

    def _logged(self, kind: str, text: str) -> None:
        if kind != "answer":  # answers are recorded with their questions
            self.recorder.add(Logged(kind, text))

    def plan_changed(self) -> None:
        plan = self._panes.plan
        self.recorder.add(Planned(plan.task_text, plan.steps))

    def review_changed(self) -> None:
        panel = self._panes.review
        if panel.review is not None:
            self.recorder.add(Decided.of(panel.candidate, panel.review))

    def review_dropped(self) -> None:
        """A review ended without a write."""
        self.recorder.add(ReviewClosed())

    def selection_changed(self) -> None:
        self.recorder.add(Selection(tuple(self._panes.files.file_tree.selection)))

    def written(self, message: Written) -> None:
        self.recorder.add(Wrote(message.verb, message.title, message.paths))

    def committed(self, message: Committed) -> None:
        self.recorder.add(Wrote("committed", message.summary))

    def finish(self) -> None:
        """Completes the session and closes it: no message with a change is waited for."""
        if self._panes.plan.steps:
            self.plan_changed()
        self.review_changed()
        self.selection_changed()
        self.recorder.close()

    def on_unmount(self) -> None:
        self.finish()

    # Earlier sessions

    @work(exclusive=True, group="sessions")
    async def show_list(self) -> None:
        """Lists the sessions of this repository, and resumes the chosen one."""
        store = self._store()
        if store is None:
            return
        chosen = await self.app.push_screen_wait(SessionsDialog(store, self.recorder.session))
        if chosen is not None:
            await self._resume(chosen)

    @work(exclusive=True, group="sessions")
    async def resume(self, which: str) -> None:
        """Goes on with an earlier session: LAST, or the begin or end of its id."""
        await self._resume(which)

    async def _resume(self, which: str) -> None:
        try:
            self._require_idle()
            reopened = await asyncio.to_thread(self._read, which)
            prepared = await asyncio.to_thread(self._prepare, reopened.state)
        except AssistantError as error:
            self._show_error(error)
            return
        self.finish()
        self.recorder.go_on(reopened)
        self._show(reopened.state, prepared)

    def _read(self, which: str) -> Reopened:
        store = self._store()
        if store is None:
            raise UsageError("The repository is not open yet.", hint="Wait a moment.")
        if which != LAST:
            return self.recorder.read(store.find(which))
        found = store.summaries()
        if not found:
            raise UsageError(
                "There is no earlier session of this repository.",
                hint="One begins with the first task, and is kept.",
            )
        return self.recorder.read(found[0].id)

    def _prepare(self, state: SessionState) -> Prepared | None:
        root = self._current.require().snapshot.root
        return prepare_again(state.review, root) if state.review else None

    def start_new(self) -> None:
        """Starts another session; the selection stays. Raises UsageError while a task runs."""
        self._require_idle()
        selection = tuple(self._panes.files.file_tree.selection)
        self.finish()
        self._show(SessionState(selection=selection), None)
        self.recorder.add(Selection(selection))

    def _show(self, state: SessionState, prepared: Prepared | None) -> None:
        """Shows a session in place of what is shown."""
        panes = self._panes
        panes.log_view.restore(state.log)
        panes.plan.show(Plan(state.plan.task, state.plan.steps) if state.plan else Plan("", ()))
        self._steps.restore(state.written)
        panes.files.select(state.selection, only=True)
        panes.checks.clear()
        if state.checked is not None:
            panes.checks.before(state.checked)
        if state.failures:
            panes.checks.failures(state.failures)
        panes.review.clear()
        panes.review.body.set_comments(state.comments)
        if prepared is not None:
            panes.review.show(prepared)
        pane = "diff" if prepared else "plan" if state.plan and state.plan.steps else "log"
        panes.show_pane(pane)
        panes.focus_pane()
        if state.interrupted:
            line = state.interrupted.strip().split("\n", 1)[0]
            panes.log_view.add("note", f"The program ended while this ran: {line}")
        if prepared and prepared.stale:
            self.post_message(Outdated())
