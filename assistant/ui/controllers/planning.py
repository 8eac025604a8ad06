"""Runs the steps of the plan, one or all, and opens the dialogs that edit and add steps."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from textual import work

from assistant.errors import AssistantError, UsageError
from assistant.solving.events import Step, StepState
from assistant.ui.controllers.controller import Controller
from assistant.ui.controllers.reviewing import ReviewController
from assistant.ui.controllers.steps import StepTracker
from assistant.ui.runningall import Next, RunningAll
from assistant.ui.screens.dialogs import ConfirmDialog
from assistant.ui.screens.remark import RemarkDialog
from assistant.ui.screens.steps import SplitDialog, StepDialog
from assistant.ui.session import CurrentSession
from assistant.ui.stepneeds import unmet
from assistant.ui.widgets.plan import StepEdit
from assistant.ui.widgets.problem import Problem
from assistant.ui.widgets.workbench import Workbench

if TYPE_CHECKING:
    from assistant.ui.controllers.requests import TaskStarter


class PlanController(Controller):
    """Handles what the plan panel requests."""

    def __init__(
        self,
        current: CurrentSession,
        panes: Workbench,
        problem: Problem,
        steps: StepTracker,
        starter: "TaskStarter",
        reviewing: ReviewController,
        busy: Callable[[], bool],
    ) -> None:
        """`busy` is True while a task runs."""
        super().__init__(id="planning")
        self._current = current
        self._panes = panes
        self._plan = panes.plan
        self._problem = problem
        self._steps = steps
        self._starter = starter
        self._reviewing = reviewing
        self._busy = busy
        self._all = RunningAll()

    @work(exclusive=True, group="step")
    async def run_step(self, step: Step) -> None:
        """Starts the task of a step, or shows its proposal if that is under review.

        Asks first if it needs a step that is not written, or if an unfinished review would be
        dropped.
        """
        if step.state is StepState.REVIEW:
            self._panes.show_pane("diff")
            self._panes.focus_pane()
            return
        if not await self._may_come_now(step):
            return
        self.stop_all()  # before a review is dropped, which would start the next of all steps
        if await self._reviewing.may_drop():
            self._start(step)

    async def _may_come_now(self, step: Step) -> bool:
        """Asks about a step that needs what others make that are not written. True if none is."""
        steps = self._plan.steps
        missing = unmet(steps, step.id)
        if not missing:
            return True
        number = next(at for at, each in enumerate(steps, start=1) if each.id == step.id)
        title = f"Run step {number} before {_numbers(missing)}?"
        body = "\n".join(
            f"Step {at + 1} is not written: {steps[at].verb.value} {steps[at].target}"
            for at in missing
        )
        body = f"Step {number} needs what comes before it.\n\n{body}"
        run = await self.app.push_screen_wait(ConfirmDialog(title, body, yes="Run it"))
        return bool(run)

    def _start(self, step: Step) -> None:
        try:
            self._starter.start("edit", self._plan.task_text or step.sentence, step=step)
        except AssistantError as error:
            self.stop_all()
            self._problem.show(error)
            return
        self._steps.started(step)

    # All accepted steps, one after the other

    @work(exclusive=True, group="step")
    async def run_all(self) -> None:
        """Runs all accepted steps. Each proposal waits for its review."""
        if self._busy():
            self._problem.show(UsageError("A task is running.", hint="Wait, or press escape."))
            return
        if await self._reviewing.may_drop():
            self._all.begin(self._plan.steps)
            self.go_on()

    def go_on(self) -> None:
        """Runs the next of all accepted steps, once the one before it is written or discarded."""
        self._all.seen(self._plan.steps)
        if not self._all.active or self._busy() or self._panes.review.proposal is not None:
            return
        match self._all.next(self._plan.steps):
            case Next(step=Step() as step):
                self._start(step)
            case Next(problem=str() as problem) if problem:
                self._panes.log_view.add("note", problem)
                self._problem.show(UsageError(problem, hint="The other steps are still accepted."))
            case _:
                pass
        self._plan.set_remaining(self._all.remaining)

    def stop_all(self) -> bool:
        """No other step is started. Returns False if none was to come."""
        stopped = self._all.stop()
        self._plan.set_remaining(0)
        return stopped

    # What the board asks for

    def change(self, step: Step | None, how: StepEdit) -> None:
        """Changes a step, with a dialog unless it is merged."""
        if step is None or how == "add":
            self.add_step(step.id if step is not None else 0)
            return
        match how:
            case "edit":
                self.edit_step(step)
            case "note":
                self.note_step(step)
            case "split":
                self.split_step(step)
            case "merge":
                self.merge_step(step)

    def merge_step(self, step: Step) -> None:
        """Makes one step of a step and the next, or says why not."""
        try:
            self._plan.merge_with_next(step)
        except AssistantError as error:
            self._problem.show(error)

    @work(exclusive=True, group="step")
    async def note_step(self, step: Step) -> None:
        """Opens a dialog for the note on a step."""
        about = f"{step.verb.value} {step.target}\n{step.sentence}"
        dialog = RemarkDialog("Note on the step", about, "What the model must also know", step.note)
        note = await self.app.push_screen_wait(dialog)
        if note is not None:
            self._plan.replace_step(replace(self._now(step), note=note))

    @work(exclusive=True, group="step")
    async def split_step(self, step: Step) -> None:
        """Opens a dialog that makes two steps of one."""
        parts = await self.app.push_screen_wait(SplitDialog(step))
        if parts is not None:
            self._plan.split_step(self._now(step), *parts)

    def _now(self, step: Step) -> Step:
        """The step as it is now; it may have changed while a dialog was open."""
        return next((each for each in self._plan.steps if each.id == step.id), step)

    @work(exclusive=True, group="step")
    async def edit_step(self, step: Step) -> None:
        """Opens a dialog to edit a step."""
        text = await self.app.push_screen_wait(StepDialog(step, self._current.paths))
        if text is not None:
            self._plan.replace_step(
                replace(
                    self._now(step),
                    verb=text.verb,
                    path=text.path,
                    unit=text.unit,
                    sentence=text.sentence,
                    state=StepState.ACCEPTED,
                )
            )

    @work(exclusive=True, group="step")
    async def add_step(self, after: int) -> None:
        """Opens a dialog to add a step after the one with id `after`; 0 means at the start."""
        text = await self.app.push_screen_wait(StepDialog(None, self._current.paths))
        if text is not None:
            self._plan.insert(text.verb, text.path, text.unit, text.sentence, after)


def _numbers(indexes: tuple[int, ...]) -> str:
    """Such as "step 2" or "steps 1, 2"."""
    noun = "step" if len(indexes) == 1 else "steps"
    return f"{noun} {', '.join(str(at + 1) for at in indexes)}"
