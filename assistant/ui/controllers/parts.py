"""Runs the checks on the accepted part of a review, before it is written."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace

from textual import work

from assistant.engine.base import Cancel
from assistant.errors import AssistantError, UsageError
from assistant.review.decisions import Review
from assistant.solving.events import Event
from assistant.solving.values import Candidate, Proposal
from assistant.ui.controllers.checks import CheckController
from assistant.ui.controllers.controller import Controller
from assistant.ui.controllers.requests import TaskStarter
from assistant.ui.controllers.tasks import TaskController
from assistant.ui.session import CurrentSession
from assistant.ui.standing import CheckedPart
from assistant.ui.widgets.workbench import Workbench


class PartController(Controller):
    """Handles `x` in the diff."""

    def __init__(
        self,
        current: CurrentSession,
        panes: Workbench,
        tasks: TaskController,
        starter: TaskStarter,
        checking: CheckController,
        show_error: Callable[[AssistantError], None],
    ) -> None:
        super().__init__(id="parts")
        self._current = current
        self._panes = panes
        self._jobs = tasks
        self._starter = starter
        self._checking = checking
        self._show_error = show_error

    @work(exclusive=True, group="check part")
    async def check(self) -> None:
        """Judges exactly what is accepted now, as if it were a candidate."""
        try:
            await self._check()
        except AssistantError as error:
            self._show_error(error)

    async def _check(self) -> None:
        panel = self._panes.review
        self._jobs.require_idle()
        await self._checking.ask_for_tests()
        proposal, review = panel.proposal, panel.review
        if proposal is None or review is None:
            return
        reviewed = await asyncio.to_thread(review.reviewed)
        if not reviewed.changes:
            raise UsageError(
                "No hunk is accepted, so there is nothing to check.",
                hint="Accept some with a, then press x.",
            )
        candidate = proposal.candidates[panel.candidate]
        part = replace(candidate, changes=reviewed.changes, evidence=(), votes=1)
        self._start(proposal, review, part)

    def _start(self, proposal: Proposal, review: Review, part: Candidate) -> None:
        from assistant.tasks.proposing import proposed

        request = self._starter.about_review(proposal.title)
        workspace = self._current.require().workspace.for_request(request)

        def events(cancel: Cancel) -> Iterator[Event]:
            return proposed(workspace, request, part, proposal.reason, cancel)

        self._jobs.start_about(
            "recheck",
            f"Check what is accepted of: {proposal.title}",
            workspace,
            events,
            lambda judged: self._show(proposal, review, judged.best),
        )

    def _show(self, proposal: Proposal, review: Review, judged: Candidate) -> None:
        panel, log = self._panes.review, self._panes.log_view
        part = CheckedPart.of(review, judged)
        log.add("good" if part.stands else "bad", f"Checked {part.hunks}: {part.verdict.value}")
        if panel.proposal is proposal:
            panel.part = part
            self._panes.show_pane("checks")
            self._panes.focus_pane()
