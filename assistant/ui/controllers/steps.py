"""Keeps the states of the plan's steps in line with tasks, reviews and writes."""

from collections.abc import Mapping

from assistant.errors import AssistantError, Cancelled
from assistant.solving.events import Step, StepState
from assistant.ui.widgets.plan import PlanPanel


class StepTracker:
    """Sets the state of a step when its task, its review or its write changes."""

    def __init__(self, plan: PlanPanel) -> None:
        self._plan = plan
        self._written: dict[str, int] = {}
        """Ids of steps that were written, by the title of the write."""

    def restore(self, written: Mapping[str, int]) -> None:
        """Takes over which steps an earlier session has written, by the title of the write."""
        self._written = dict(written)

    def started(self, step: Step) -> None:
        """The task of a step runs."""
        self._plan.set_state(step.id, StepState.RUNNING, "")

    def proposed(self, step: Step | None, outcome: str) -> None:
        """The proposal for a step is under review; `outcome` is the proposal in a few words."""
        if step is not None:
            self._plan.set_state(step.id, StepState.REVIEW, outcome)

    def task_ended(self, step: Step | None, error: AssistantError | None) -> None:
        """A task ended. A step without a proposal failed, or was cancelled and can run again."""
        found = next((s for s in self._plan.steps if step and s.id == step.id), None)
        if found is None or found.state is not StepState.RUNNING:
            return
        stopped = error is None or isinstance(error, Cancelled)
        self._plan.set_state(
            found.id,
            StepState.ACCEPTED if stopped else StepState.FAILED,
            error.message if error is not None and not stopped else None,
        )

    def review_dropped(self) -> None:
        """The review ended without a write: its step can run again."""
        for step in self._plan.steps:
            if step.state is StepState.REVIEW:
                self._plan.set_state(step.id, StepState.ACCEPTED, f"discarded: {step.outcome}")

    def applied(self, title: str, outcome: str) -> None:
        """The proposal under review was written; `outcome` says how much of it."""
        step = next((s for s in self._plan.steps if s.state is StepState.REVIEW), None)
        if step is not None:
            self._written[title] = step.id
            self._plan.set_state(step.id, StepState.DONE, outcome)
            self._plan.go_to_next()

    def undone(self, title: str) -> None:
        """A write was undone."""
        self._set_written(title, StepState.ACCEPTED)

    def redone(self, title: str) -> None:
        """A write was redone."""
        self._set_written(title, StepState.DONE)

    def _set_written(self, title: str, state: StepState) -> None:
        if (step := self._written.get(title)) is not None:
            self._plan.set_state(step, state)
