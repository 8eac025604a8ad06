"""The plan that the user works on: its steps, their order and their states.

Runs nothing. The screen is asked to run, edit or add a step.
"""

from dataclasses import dataclass
from typing import ClassVar, Literal, TypeAlias

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import ContentSwitcher

from assistant.solving.events import Plan, Step, StepState, Verb
from assistant.ui.steps import LOCKED, StepHistory, Steps
from assistant.ui.widgets.hints import Hints
from assistant.ui.widgets.planlist import WELCOME, PlanList

_ON_STEPS = ("mark", "edit", "note", "split", "merge", "remove", "reorder", "accept_all")
"""Actions that need a step."""

StepEdit: TypeAlias = Literal["edit", "note", "split", "merge", "add"]
"""What is to be done with a step; `merge` takes the next one, `add` puts one after it."""


class PlanPanel(ContentSwitcher):
    """The steps of one plan, or a few hints before the first plan."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "run", "run step", id="plan.run",
                tooltip="Run the accepted step under the cursor, or the first accepted step. "
                "If none is accepted, accept this step and run it"),
        Binding("greater_than_sign", "run_all", "run all", key_display=">", id="plan.run_all",
                tooltip="Run all accepted steps one after the other; each waits for its review"),
        Binding("a", "mark('accepted')", "accept", id="plan.accept",
                tooltip="Accept this step; press again to take it back"),
        Binding("r", "mark('rejected')", "reject", id="plan.reject",
                tooltip="Reject this step; press again to take it back"),
        Binding("A", "accept_all", "accept all", show=False, id="plan.accept_all"),
        Binding("e", "edit", "edit", id="plan.edit", tooltip="Edit this step"),
        Binding("n", "add", "add", id="plan.add", tooltip="Add a step after this one"),
        Binding("d,delete", "remove", "remove", id="plan.remove", tooltip="Remove this step"),
        Binding("c", "note", "note", id="plan.note",
                tooltip="Write a note on this step, which the model reads with it"),
        Binding("S", "split", "split", show=False, id="plan.split",
                tooltip="Make two steps of this one"),
        Binding("m", "merge", "merge", show=False, id="plan.merge",
                tooltip="Make one step of this one and the next"),
        Binding("u", "undo", "undo", show=False, id="plan.undo",
                tooltip="Undo the last change of the plan"),
        Binding("J,shift+down", "reorder(1)", "move", key_display="J K", id="plan.down",
                tooltip="Move the step down or up"),
        Binding("K,shift+up", "reorder(-1)", "Move up", show=False, id="plan.up"),
    ]  # fmt: skip

    @dataclass
    class RunRequested(Message):
        step: Step | None
        """None for all accepted steps."""

    @dataclass
    class EditRequested(Message):
        step: Step | None
        """None only where a step is to be added at the start."""
        how: StepEdit

    @dataclass
    class Changed(Message):
        steps: tuple[Step, ...]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(initial="plan-empty", id=id)
        self.list = PlanList(id="plan")
        self._title = ""
        self._steps = Steps()
        self._history = StepHistory()
        self._writing = False
        self._remaining = 0
        """Steps that are still to run of all that were started at once."""

    def compose(self) -> ComposeResult:
        yield Hints(WELCOME, id="plan-empty")
        yield self.list

    @property
    def steps(self) -> tuple[Step, ...]:
        return self._steps.items

    @property
    def task_text(self) -> str:
        """The task of the plan; empty when the user wrote all steps."""
        return self._title

    @property
    def is_done(self) -> bool:
        """True when no step is left to run."""
        return self._steps.is_done

    def begin(self, task: str) -> None:
        """Starts a plan that is being written."""
        self._title, self._steps, self._writing = task, Steps(), True
        self._history.clear()
        self.list.set_reactive(PlanList.cursor, 0)
        self._show()

    def add(self, step: Step) -> None:
        """Appends a step of the plan that is being written."""
        self._change(Steps((*self.steps, step)))

    def show(self, plan: Plan) -> None:
        """Shows a complete plan."""
        self._title, self._writing = plan.task, False
        self._history.clear()
        self._change(Steps(plan.steps))

    def stop(self) -> None:
        """No more steps will come. Those already written stay."""
        self._writing = False
        self._show()

    def set_state(self, step_id: int, state: StepState, outcome: str | None = None) -> None:
        """Sets the state of a step, and what came of it unless that is None.

        What was changed before a step runs cannot be undone any more.
        """
        if state is StepState.RUNNING:
            self._history.clear()
        self._history.moved_on(step_id, state, outcome)
        self._change(self._steps.with_state(step_id, state, outcome))

    def set_remaining(self, count: int) -> None:
        """Shows how many steps are still to run of all that were started at once."""
        if count != self._remaining:
            self._remaining = count
            self._show()

    def replace_step(self, step: Step) -> None:
        """Replaces the step with the same id."""
        self._edit(self._steps.replaced(step))

    def split_step(self, step: Step, first: str, second: str, target: str) -> None:
        """Makes two steps of one, if it is still there as it was."""
        if step in self.steps:
            self._edit(self._steps.split(step, first, second, target))

    def merge_with_next(self, step: Step) -> None:
        """Makes one step of a step and the next. Raises UsageError where they cannot be one."""
        if step in self.steps:
            self._edit(self._steps.merged(self.steps.index(step)))

    def insert(self, verb: Verb, path: str, unit: str, sentence: str, after: int) -> None:
        """Inserts a step written by the user, which counts as accepted."""
        steps, at = self._steps.inserted(verb, path, unit, sentence, after)
        self._edit(steps)
        self.list.cursor = at

    def go_to_next(self) -> None:
        """Moves the cursor to the first accepted step, or else to the first proposed one."""
        steps = self._steps
        step = steps.first(StepState.ACCEPTED) or steps.first(StepState.PROPOSED)
        if step is not None:
            self.list.cursor = self.steps.index(step)

    @property
    def next_to_run(self) -> Step | None:
        """The step that enter runs."""
        return self._steps.next_to_run(self.list.current)

    @property
    def _in_review(self) -> bool:
        """Whether the proposal of the step under the cursor is under review."""
        current = self.list.current
        return current is not None and current.state is StepState.REVIEW

    def describe_key(self, action: str) -> str:
        """Describes what a key does now; empty if its usual description applies."""
        step, current = self.next_to_run, self.list.current
        if action == "run" and self._in_review:
            return "show the proposal"
        if current is None or step is None:
            return ""
        number = self.steps.index(step) + 1
        match action, step.state:
            case "run", StepState.PROPOSED:
                return f"accept and run step {number}"
            case "run", StepState.DONE | StepState.FAILED:
                return f"run step {number} again"
            case "run", _:
                return f"run step {number}"
            case "mark('accepted')", _ if current.state is StepState.ACCEPTED:
                return "take back"
            case "mark('rejected')", _ if current.state is StepState.REJECTED:
                return "take back"
            case _:
                return ""

    def _edit(self, steps: Steps) -> None:
        """Changes the plan as the user wants, so that it can be undone."""
        if steps != self._steps:
            self._history.add(self._steps)
            self._change(steps)

    def _change(self, steps: Steps) -> None:
        self._steps = steps
        self._show()
        self.refresh_bindings()
        self.post_message(self.Changed(steps.items))

    def _show(self) -> None:
        self.list.show(self._title, self.steps, writing=self._writing, remaining=self._remaining)
        self.current = "plan" if self.steps or self._writing else "plan-empty"

    def action_run(self) -> None:
        if self._in_review:
            self.post_message(self.RunRequested(self.list.current))
        elif (step := self.next_to_run) is not None:
            self.post_message(self.RunRequested(step))

    def action_run_all(self) -> None:
        self.post_message(self.RunRequested(None))

    def action_mark(self, name: str) -> None:
        """Sets the state of the step under the cursor; the same state again resets it."""
        step, state = self.list.current, StepState(name)
        if step is not None and step.state not in LOCKED:
            wanted = StepState.PROPOSED if step.state is state else state
            self._edit(self._steps.with_state(step.id, wanted))

    def action_accept_all(self) -> None:
        self._edit(self._steps.all_accepted())

    def action_edit(self) -> None:
        self._request("edit")

    def action_note(self) -> None:
        self._request("note")

    def action_split(self) -> None:
        self._request("split")

    def action_merge(self) -> None:
        self._request("merge")

    def _request(self, how: StepEdit) -> None:
        step = self.list.current
        if step is not None and step.state not in LOCKED:
            self.post_message(self.EditRequested(step, how))

    def action_undo(self) -> None:
        """Takes back the last change of the plan by the user."""
        if self._history:
            self._change(self._history.back())

    def action_add(self) -> None:
        self.post_message(self.EditRequested(self.list.current, "add"))

    def action_remove(self) -> None:
        step = self.list.current
        if step is not None and step.state not in LOCKED:
            self._edit(self._steps.without(step))

    def action_reorder(self, by: int) -> None:
        at = self.list.cursor
        if self.steps and 0 <= at + by < len(self.steps):
            self._edit(self._steps.swapped(at, at + by))
            self.list.cursor = at + by

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "run":
            return self._in_review or self.next_to_run is not None
        if action == "run_all":
            runs = self._steps.first(StepState.RUNNING) is not None
            return not runs and self._steps.first(StepState.ACCEPTED) is not None
        if action == "undo":
            return bool(self._history)
        if action in _ON_STEPS:
            return bool(self.steps)
        return True
