"""Owns the writing on the main screen: applying what was reviewed, undo, redo, commit.

The writer does it, in a thread; afterwards the working tree is looked at again.
"""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from textual import work
from textual.message import Message

from assistant.errors import AssistantError, StaleFile, UsageError
from assistant.review.decisions import Reviewed
from assistant.solving.events import StepState
from assistant.ui.history import History
from assistant.ui.messages import Committed, Written
from assistant.ui.screens.dialogs import ConfirmDialog
from assistant.ui.screens.repository import RepositoryScreen
from assistant.ui.services import Services

if TYPE_CHECKING:
    from assistant.apply.journal import Entry


class WritingScreen(RepositoryScreen):
    """Has the writer write, and shows what it did."""

    def __init__(self, services: Services, clock: Callable[[], float], history: History) -> None:
        super().__init__(services, clock, history)
        self._written_steps: dict[str, int] = {}
        """Steps of the plan that were written, by the title of their write."""

    def write(self, reviewed: Reviewed) -> None:
        """Has the reviewed changes written."""
        writer = self.require_session().writer
        self._change_tree("applied", lambda: writer.apply(reviewed))

    @work(exclusive=True, group="undo")
    async def action_undo(self) -> None:
        """Takes back the last write; asks before it works around the user's later edits."""
        if self.session is None:
            return
        writer = self.session.writer
        try:
            entry = await asyncio.to_thread(writer.undo)
        except StaleFile as error:
            question = ConfirmDialog(
                "Take back around your edits?",
                f"{error.message} Your own lines stay as they are, the rest goes back.",
                yes="Keep my edits",
            )
            if await self.app.push_screen_wait(question):
                self._change_tree("undone", lambda: writer.undo(merge=True))
        except AssistantError as error:
            self.show_error(error)
        else:
            self.post_message(Written("undone", entry.title, entry.paths))

    def action_redo(self) -> None:
        """Writes again what was taken back."""
        if self.session is not None:
            self._change_tree("redone", self.session.writer.redo)

    def _change_tree(self, verb: str, change: "Callable[[], Entry]") -> None:
        def written() -> Written:
            entry = change()
            return Written(verb, entry.title, entry.paths)

        self._in_thread(written)

    def on_written(self, message: Written) -> None:
        message.stop()
        paths = ", ".join(message.paths)
        self.log_view.add("good", f"{message.verb.capitalize()}: {message.title} ({paths})")
        hint = "^y writes it again" if message.verb == "undone" else "^z takes it back"
        self.status.set(phase=f"{message.verb} {paths}", detail=hint)
        if message.verb == "applied":
            self._settle_review(message.title)
        else:
            self._settle_step_of(message.title, done=message.verb == "redone")
        self.refresh_snapshot()

    def _settle_step_of(self, title: str, *, done: bool) -> None:
        """The step of the plan that a taken back or repeated write carried out."""
        if (step := self._written_steps.get(title)) is not None:
            self.plan.set_state(step, StepState.DONE if done else StepState.ACCEPTED)

    def on_committed(self, message: Committed) -> None:
        message.stop()
        self.log_view.add("good", message.line)
        self.status.set(phase="committed", detail=message.line)
        self.refresh_snapshot()

    def _settle_review(self, title: str) -> None:
        self.review.clear()
        step = next((s for s in self.plan.steps if s.state is StepState.REVIEW), None)
        if step is not None:
            self._written_steps[title] = step.id
            self.plan.set_state(step.id, StepState.DONE)
            self.plan.go_to_next()
        self.go_on("log")

    def go_on(self, otherwise: str) -> None:
        """A review has ended: to the plan's next step, or else to the task line.

        Without a plan the pane shown is `otherwise`.
        """
        self.show_pane("plan" if self.plan.steps else otherwise)
        if self.plan.is_done:
            self.action_prompt()
        else:
            self.focus_pane()

    def commit(self, message: str) -> None:
        """Commits what was written last. Raises UsageError without a message."""
        writer = self.require_session().writer
        if not message:
            raise UsageError("A commit needs a message.", hint="Type it after /commit.")

        def commit() -> Committed:
            done = writer.commit(message)
            where = f"on {done.branch}" if done.branch else "on no branch: git switch -c keeps it"
            return Committed(f"{done.id[:8]} {where}: {', '.join(done.paths)}")

        self._in_thread(commit)

    @work(thread=True, group="write", exit_on_error=False)
    def _in_thread(self, action: Callable[[], Message]) -> None:
        self.post_message(self.guarded(action))
