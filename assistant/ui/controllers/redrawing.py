"""Sends a hunk back: asks for the reason, has it drawn again, and goes on with the review."""

import asyncio
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from textual import work

from assistant.engine.base import Cancel
from assistant.errors import AssistantError
from assistant.review.comments import Comment, with_comments
from assistant.review.decisions import Review
from assistant.review.pinning import Pinned
from assistant.sessions.records import Decided, LaidOut, Proposed, Record
from assistant.solving.events import Event
from assistant.solving.redrawing import SentBack
from assistant.solving.values import Proposal
from assistant.ui.controllers.commenting import CommentController
from assistant.ui.controllers.controller import Controller
from assistant.ui.controllers.requests import TaskStarter
from assistant.ui.controllers.secrets import SecretsController
from assistant.ui.controllers.tasks import TaskController
from assistant.ui.preparing import Prepared
from assistant.ui.redrawing import resumed
from assistant.ui.screens.reason import ReasonDialog
from assistant.ui.session import CurrentSession
from assistant.ui.widgets.workbench import Workbench

if TYPE_CHECKING:
    from assistant.solving.request import TaskRequest, Workspace


class RedrawController(Controller):
    """Handles `s` in the diff."""

    def __init__(
        self,
        current: CurrentSession,
        panes: Workbench,
        tasks: TaskController,
        starter: TaskStarter,
        secrets: SecretsController,
        comments: CommentController,
        record: Callable[[Record], None],
        show_error: Callable[[AssistantError], None],
    ) -> None:
        """`record` adds to the stored session."""
        super().__init__(id="redrawing")
        self._current = current
        self._panes = panes
        self._jobs = tasks
        self._starter = starter
        self._secrets = secrets
        self._comments = comments
        self._record = record
        self._show_error = show_error

    @work(exclusive=True, group="send back")
    async def send_back(self, hunk_id: str) -> None:
        """Asks why a hunk of the review is not right, and starts drawing it again."""
        try:
            await self._send_back(hunk_id)
        except AssistantError as error:
            self._show_error(error)

    async def _send_back(self, hunk_id: str) -> None:
        panel = self._panes.review
        proposal, review, at = panel.proposal, panel.review, panel.candidate
        if proposal is None or review is None:
            return
        self._jobs.require_idle()
        hunk = Pinned.of(review, hunk_id).hunk
        comments = self._comments.on_hunk(hunk_id)
        reason = await self.app.push_screen_wait(ReasonDialog(hunk, len(comments)))
        if reason is None or panel.proposal is not proposal:
            return
        reason = with_comments(reason, comments)
        back = SentBack(proposal, proposal.candidates[at], panel.reviews[at], hunk_id, reason)
        self._start(back, comments)

    def _start(self, back: SentBack, comments: tuple[Comment, ...] = ()) -> None:
        """Starts drawing again, after a question where secrets are selected."""
        workspace = self._current.require().workspace
        request = self._starter.about_review(back.proposal.title)
        self._secrets.guard(
            workspace.repository,
            request.selection,
            lambda: self._draw(back, comments, workspace, request),
            lambda: None,
        )

    def _draw(
        self,
        back: SentBack,
        comments: tuple[Comment, ...],
        workspace: "Workspace",
        request: "TaskRequest",
    ) -> None:
        from assistant.tasks.redraw import redraw

        if self._panes.review.proposal is not back.proposal:
            return
        selected = frozenset(each.path for each in request.selection)

        def events(cancel: Cancel) -> Iterator[Event]:
            return redraw(workspace, request, back, cancel)

        def found(proposal: Proposal) -> None:
            self._comments.used(comments)
            self._go_on(back, proposal, selected)

        self._jobs.start_about("redraw", f"Send back: {back.reason}", workspace, events, found)
        first = back.reason.splitlines()[0]
        self._panes.log_view.add("you", f"Sent back {_place(back)}: {first}")

    @work(exclusive=True, group="go on")
    async def _go_on(self, back: SentBack, proposal: Proposal, selected: frozenset[str]) -> None:
        """Puts the redrawn hunk into the review, with the decisions that were made meanwhile."""
        panel, log = self._panes.review, self._panes.log_view
        reviews: tuple[Review, ...] = ()
        while panel.proposal is back.proposal:
            reviews = panel.reviews
            prepared = await asyncio.to_thread(resumed, back, proposal, reviews, selected)
            if panel.proposal is back.proposal and panel.reviews == reviews:
                self._store(prepared)
                panel.show(prepared)
                panel.diff.current = back.hunk
                verdict = prepared.proposal.best.verdict.value
                log.add("good", f"Drawn again: {_place(back)} ({verdict})")
                return
        log.add("note", "The review has ended; the hunk that was drawn again is dropped")

    def _store(self, prepared: Prepared) -> None:
        """Stores the proposal as it is now, with all decisions."""
        laid_out = tuple(map(LaidOut.of, prepared.reviews))
        self._record(Proposed(prepared.proposal, prepared.selected, laid_out))
        for at in reversed(range(len(prepared.reviews))):  # what is decided last is on screen
            self._record(Decided.of(at, prepared.reviews[at]))


def _place(back: SentBack) -> str:
    hunk = next(each for each in back.review.hunks if each.id == back.hunk)
    return f"{hunk.path}, line {hunk.start + 1}"
