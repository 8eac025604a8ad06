"""Runs the steps of the plan, and opens the dialogs that edit and add steps."""

from typing import TYPE_CHECKING

from textual import work

from assistant.errors import AssistantError
from assistant.solving.events import Step, StepState
from assistant.ui.controllers.controller import Controller
from assistant.ui.controllers.reviewing import ReviewController
from assistant.ui.controllers.steps import StepTracker
from assistant.ui.screens.dialogs import StepDialog
from assistant.ui.session import CurrentSession
from assistant.ui.widgets.plan import PlanPanel
from assistant.ui.widgets.problem import Problem

if TYPE_CHECKING:
    from assistant.ui.controllers.requests import TaskStarter


class PlanController(Controller):
    """Handles what the plan panel requests."""

    def __init__(
        self,
        current: CurrentSession,
        plan: PlanPanel,
        problem: Problem,
        steps: StepTracker,
        starter: "TaskStarter",
        reviewing: ReviewController,
    ) -> None:
        super().__init__(id="planning")
        self._current = current
        self._plan = plan
        self._problem = problem
        self._steps = steps
        self._starter = starter
        self._reviewing = reviewing

    @work(exclusive=True, group="step")
    async def run_step(self, step: Step) -> None:
        """Starts the task of a step. Asks first if this would drop an unfinished review."""
        if not await self._reviewing.may_drop():
            return
        try:
            self._starter.start("edit", self._plan.task_text or step.sentence, step=step)
        except AssistantError as error:
            self._problem.show(error)
            return
        self._steps.started(step)

    @work(exclusive=True, group="step")
    async def edit_step(self, step: Step) -> None:
        """Opens a dialog to edit a step."""
        text = await self.app.push_screen_wait(StepDialog(step, self._current.paths))
        if text is not None:
            self._plan.replace_step(
                Step(step.id, text.verb, text.path, text.unit, text.sentence, StepState.ACCEPTED)
            )

    @work(exclusive=True, group="step")
    async def add_step(self, after: int) -> None:
        """Opens a dialog to add a step after the one with id `after`; 0 means at the start."""
        text = await self.app.push_screen_wait(StepDialog(None, self._current.paths))
        if text is not None:
            self._plan.insert(text.verb, text.path, text.unit, text.sentence, after)
