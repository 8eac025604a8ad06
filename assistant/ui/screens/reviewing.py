"""Owns the steps of the plan and the review on the main screen: running, editing, confirming.

Decisions on hunks are the review panel's; writing is `repository`'s.
"""

import asyncio

from textual import work

from assistant.errors import AssistantError
from assistant.proposal.changes import ChangeKind
from assistant.proposal.omissions import needs_confirmation
from assistant.review.decisions import Reviewed
from assistant.solving.events import Step, StepState
from assistant.ui.jobs import TaskKind
from assistant.ui.screens.checking import CheckingScreen
from assistant.ui.screens.dialogs import ConfirmDialog, StepDialog
from assistant.ui.screens.hunk import HunkDialog
from assistant.ui.widgets.plan import PlanView
from assistant.ui.widgets.review import ReviewPanel


class ReviewingScreen(CheckingScreen):
    """Carries a step from the plan to the working tree."""

    def start_task(self, kind: TaskKind, task: str, pasted: str, step: Step | None = None) -> None:
        """Starts a task; the main screen knows how."""
        raise NotImplementedError

    # The plan

    def on_plan_view_changed(self, event: PlanView.Changed) -> None:
        event.stop()
        self.show_plan(bool(event.steps) or self.plan.writing)
        self.update_tabs()

    def on_plan_view_run_requested(self, event: PlanView.RunRequested) -> None:
        event.stop()
        self._run_step(event.step)

    @work(exclusive=True, group="step")
    async def _run_step(self, step: Step) -> None:
        if self.review.undecided and not await self._may_drop_review():
            return
        try:
            self.start_task("edit", self.plan.task_text or step.sentence, "", step)
        except AssistantError as error:
            self.problem.show(error)
            return
        self.plan.set_state(step.id, StepState.RUNNING)

    async def _may_drop_review(self) -> bool:
        answer = await self.app.push_screen_wait(
            ConfirmDialog(
                "Leave this review?",
                f"{self.review.undecided} hunks are not decided. The proposal is dropped.",
                yes="Drop it",
            )
        )
        if answer:
            self._drop_review()
        return bool(answer)

    def _drop_review(self) -> None:
        self.review.clear()
        for step in self.plan.steps:
            if step.state is StepState.REVIEW:
                self.plan.set_state(step.id, StepState.ACCEPTED)
        self.update_tabs()

    @work(exclusive=True, group="step")
    async def on_plan_view_edit_requested(self, event: PlanView.EditRequested) -> None:
        event.stop()
        step = event.step
        text = await self.app.push_screen_wait(StepDialog(step, self.paths()))
        if text is not None:
            self.plan.replace_step(
                Step(step.id, text.verb, text.path, text.unit, text.sentence, StepState.ACCEPTED)
            )

    @work(exclusive=True, group="step")
    async def on_plan_view_add_requested(self, event: PlanView.AddRequested) -> None:
        event.stop()
        text = await self.app.push_screen_wait(StepDialog(None, self.paths()))
        if text is not None:
            self.plan.insert(text.verb, text.path, text.unit, text.sentence, event.after)

    # The review

    def on_review_panel_changed(self, event: ReviewPanel.Changed) -> None:
        event.stop()
        if self.review.proposal is not None:
            title = self.review.proposal.title
            self.checks.candidate(title, event.candidate)
        self.update_tabs()

    def on_review_panel_finished(self, event: ReviewPanel.Finished) -> None:
        event.stop()
        self.log_view.add("note", "Every hunk was rejected; nothing was written")
        self._drop_review()
        self.go_on("diff")

    @work(exclusive=True, group="hunk")
    async def on_review_panel_edit_requested(self, event: ReviewPanel.EditRequested) -> None:
        event.stop()
        try:
            dialog = HunkDialog(event.hunk)
        except AssistantError as error:
            self.problem.show(error)
            return
        lines = await self.app.push_screen_wait(dialog)
        if lines is not None:
            self.review.edited(event.hunk.id, lines)

    @work(exclusive=True, group="apply")
    async def on_review_panel_apply_requested(self, event: ReviewPanel.ApplyRequested) -> None:
        event.stop()
        reviewed = await asyncio.to_thread(event.review.reviewed)
        for title, body, yes in await asyncio.to_thread(_questions, reviewed):
            if not await self.app.push_screen_wait(ConfirmDialog(title, body, yes=yes)):
                return
        self.write(reviewed)


def _questions(reviewed: Reviewed) -> list[tuple[str, str, str]]:
    """What must be confirmed before this is written: title, body, and the word for yes."""
    questions = []
    for change in reviewed.changes:
        if change.kind is ChangeKind.DELETE:
            body = f"{change.path} is removed from the working tree. Undo brings it back."
            questions.append(("Delete this file?", body, "Delete"))
        elif needs_confirmation(change):
            body = f"More than half of the lines of {change.path} go away."
            questions.append(("Remove that much?", body, "Write it"))
    return questions
