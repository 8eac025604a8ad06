"""Takes a review to its end: edits hunks, asks before risky writes, and moves on afterwards.

The review panel keeps the decisions; the writing controller applies them.
"""

import asyncio
from collections.abc import Callable

from textual import work

from assistant.apply.origin import Origin
from assistant.checks.results import Status
from assistant.checks.syntax import check_syntax
from assistant.errors import AssistantError
from assistant.proposal.changes import ChangeKind, Hunk
from assistant.proposal.omissions import needs_confirmation
from assistant.review.decisions import Review, Reviewed
from assistant.solving.values import Candidate
from assistant.ui.controllers.controller import Controller
from assistant.ui.controllers.steps import StepTracker
from assistant.ui.controllers.writing import Written
from assistant.ui.screens.dialogs import ConfirmDialog
from assistant.ui.screens.hunk import HunkDialog
from assistant.ui.standing import note_on
from assistant.ui.tally import tally
from assistant.ui.widgets.checks import Section
from assistant.ui.widgets.problem import Problem
from assistant.ui.widgets.workbench import Workbench


class ReviewController(Controller):
    """Handles what the review panel requests."""

    def __init__(
        self,
        panes: Workbench,
        problem: Problem,
        steps: StepTracker,
        write: Callable[[Reviewed, Origin], None],
        origin: Callable[[Review], Origin],
        focus_prompt: Callable[[], None],
        dropped: Callable[[], None],
    ) -> None:
        """`dropped` is called when a review ends without a write."""
        super().__init__(id="reviewing")
        self._panes = panes
        self._problem = problem
        self._steps = steps
        self._write = write
        self._origin = origin
        self._focus_prompt = focus_prompt
        self._dropped = dropped

    def changed(self, candidate: Candidate) -> None:
        """Shows the checks of the candidate that is now on screen."""
        panel = self._panes.review
        proposal, review, part = panel.proposal, panel.review, panel.part
        if proposal is not None and review is not None:
            sections = []
            if part is not None:
                heading = f"Accepted part: {part.hunks}"
                sections.append(Section(heading, part.note(review), part.evidence))
            whole = f"After: {proposal.title}"
            sections.append(Section(whole, note_on(review, candidate), candidate.evidence))
            self._panes.checks.after(sections)
        self._panes.update_tabs()

    async def may_drop(self) -> bool:
        """Asks whether to drop an unfinished review, and drops it. True if none is left."""
        undecided = self._panes.review.undecided
        if not undecided:
            return True
        drop = await self.app.push_screen_wait(
            ConfirmDialog(
                "Leave this review?",
                f"{undecided} hunks are undecided. The proposal will be dropped.",
                yes="Drop it",
            )
        )
        if drop:
            self._drop()
        return bool(drop)

    def reject(self) -> None:
        """Ends a review in which every hunk was rejected."""
        self.close("Every hunk was rejected; nothing was written")

    def close(self, note: str) -> None:
        """Ends a review without writing, and says why in the log."""
        self._panes.log_view.add("note", note)
        self._drop()
        self._go_on("diff")

    def _drop(self) -> None:
        self._panes.review.clear()
        self._dropped()
        self._steps.review_dropped()
        self._panes.update_tabs()

    def written(self, message: Written) -> None:
        """Ends the review after its changes were written; updates the plan after undo and redo."""
        match message.verb:
            case "applied":
                outcome = self._written_part()
                self._panes.review.clear()
                self._steps.applied(message.title, outcome)
                self._go_on("log")
            case "undone":
                self._steps.undone(message.title)
            case "redone":
                self._steps.redone(message.title)

    def _written_part(self) -> str:
        """How much of the proposal under review is written."""
        review = self._panes.review.review
        if review is None:
            return ""
        counts = tally(review)
        return f"{counts.writes} of {counts.total} hunk{'s' if counts.total != 1 else ''}"

    def _go_on(self, otherwise: str) -> None:
        """Moves to the next step of the plan, or to the task line if none is left.

        Without a plan, shows the pane `otherwise`.
        """
        plan = self._panes.plan
        self._panes.show_pane("plan" if plan.steps else otherwise)
        if plan.is_done:
            self._focus_prompt()
        else:
            self._panes.focus_pane()

    @work(exclusive=True, group="hunk")
    async def edit_hunk(self, hunk: Hunk) -> None:
        """Opens a dialog to edit the lines of a hunk."""
        try:
            dialog = HunkDialog(hunk)
        except AssistantError as error:
            self._problem.show(error)
            return
        lines = await self.app.push_screen_wait(dialog)
        if lines is not None:
            self._panes.review.edited(hunk.id, lines)

    @work(exclusive=True, group="apply")
    async def apply(self, review: Review) -> None:
        """Writes what was accepted, after the user has confirmed every risky change."""
        reviewed = await asyncio.to_thread(review.reviewed)
        origin = await asyncio.to_thread(self._origin, review)
        for title, body, yes in await asyncio.to_thread(_questions, reviewed):
            if not await self.app.push_screen_wait(ConfirmDialog(title, body, yes=yes)):
                return
        self._write(reviewed, origin)


def _questions(reviewed: Reviewed) -> list[tuple[str, str, str]]:
    """Returns what to confirm before writing: title, body, and label of the yes button."""
    questions = []
    for change in reviewed.changes:
        if change.kind is ChangeKind.DELETE:
            body = f"{change.path} will be removed from the working tree. Undo restores it."
            questions.append(("Delete this file?", body, "Delete"))
        elif needs_confirmation(change):
            body = f"More than half of the lines of {change.path} will be removed."
            questions.append(("Remove this much?", body, "Write it"))
        if change.new is not None:
            syntax = check_syntax(change.path, change.new, change.old)
            if syntax.status is Status.FAILED:
                body = f"What was accepted does not parse: {syntax.detail}"
                questions.append(("Write broken code?", body, "Write it"))
    return questions
