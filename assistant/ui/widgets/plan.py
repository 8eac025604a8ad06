"""The plan that the user works on: its steps, their order and their states.

Runs nothing. The screen is asked to run, edit or add a step.
"""

from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import ContentSwitcher

from assistant.solving.events import Plan, Step, StepState, Verb
from assistant.ui.steps import LOCKED, Steps
from assistant.ui.widgets.hints import Hints
from assistant.ui.widgets.planlist import PlanList

_WELCOME = (
    ("Say what should change.", "foreground"),
    ("", "muted"),
    ("Select files with space, or name them with @ in the task.", "muted"),
    ("Enter writes a plan; nothing is changed before you accept it.", "muted"),
    ("", "muted"),
    ("/edit   change code right away        /fix   repair what a check finds", "muted"),
    ("/ask    ask about the code            F1     all keys and commands", "muted"),
)


class PlanPanel(ContentSwitcher):
    """The steps of one plan, or a few hints before the first plan."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "run", "run step", id="plan.run",
                tooltip="Run the accepted step under the cursor, or the first accepted step. "
                "If none is accepted, accept this step and run it"),
        Binding("a", "mark('accepted')", "accept", id="plan.accept",
                tooltip="Accept this step; press again to take it back"),
        Binding("r", "mark('rejected')", "reject", id="plan.reject",
                tooltip="Reject this step; press again to take it back"),
        Binding("A", "accept_all", "accept all", show=False, id="plan.accept_all"),
        Binding("e", "edit", "edit", id="plan.edit", tooltip="Edit this step"),
        Binding("n", "add", "add", id="plan.add", tooltip="Add a step after this one"),
        Binding("d,delete", "remove", "remove", id="plan.remove", tooltip="Remove this step"),
        Binding("J,shift+down", "reorder(1)", "move", key_display="J K", id="plan.down",
                tooltip="Move the step down or up"),
        Binding("K,shift+up", "reorder(-1)", "Move up", show=False, id="plan.up"),
    ]  # fmt: skip

    @dataclass
    class RunRequested(Message):
        step: Step

    @dataclass
    class EditRequested(Message):
        step: Step

    @dataclass
    class AddRequested(Message):
        after: int
        """Id of the step to add after; 0 means at the start."""

    @dataclass
    class Changed(Message):
        steps: tuple[Step, ...]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(initial="plan-empty", id=id)
        self.list = PlanList(id="plan")
        self._title = ""
        self._steps = Steps()
        self._writing = False

    def compose(self) -> ComposeResult:
        yield Hints(_WELCOME, id="plan-empty")
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
        self.list.set_reactive(PlanList.cursor, 0)
        self._show()

    def add(self, step: Step) -> None:
        """Appends a step of the plan that is being written."""
        self._change(Steps((*self.steps, step)))

    def show(self, plan: Plan) -> None:
        """Shows a complete plan."""
        self._title, self._writing = plan.task, False
        self._change(Steps(plan.steps))

    def stop(self) -> None:
        """No more steps will come. Those already written stay."""
        self._writing = False
        self._show()

    def set_state(self, step_id: int, state: StepState) -> None:
        self._change(self._steps.with_state(step_id, state))

    def replace_step(self, step: Step) -> None:
        """Replaces the step with the same id."""
        self._change(self._steps.replaced(step))

    def insert(self, verb: Verb, path: str, unit: str, sentence: str, after: int) -> None:
        """Inserts a step written by the user, which counts as accepted."""
        steps, at = self._steps.inserted(verb, path, unit, sentence, after)
        self._change(steps)
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

    def describe_key(self, action: str) -> str:
        """Describes what a key does now; empty if its usual description applies."""
        step, current = self.next_to_run, self.list.current
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

    def _change(self, steps: Steps) -> None:
        self._steps = steps
        self._show()
        self.refresh_bindings()
        self.post_message(self.Changed(steps.items))

    def _show(self) -> None:
        self.list.show(self._title, self.steps, writing=self._writing)
        self.current = "plan" if self.steps or self._writing else "plan-empty"

    def action_run(self) -> None:
        if (step := self.next_to_run) is not None:
            self.post_message(self.RunRequested(step))

    def action_mark(self, name: str) -> None:
        """Sets the state of the step under the cursor; the same state again resets it."""
        step, state = self.list.current, StepState(name)
        if step is not None and step.state not in LOCKED:
            self.set_state(step.id, StepState.PROPOSED if step.state is state else state)

    def action_accept_all(self) -> None:
        self._change(self._steps.all_accepted())

    def action_edit(self) -> None:
        step = self.list.current
        if step is not None and step.state not in LOCKED:
            self.post_message(self.EditRequested(step))

    def action_add(self) -> None:
        step = self.list.current
        self.post_message(self.AddRequested(step.id if step else 0))

    def action_remove(self) -> None:
        step = self.list.current
        if step is not None and step.state not in LOCKED:
            self._change(self._steps.without(step))

    def action_reorder(self, by: int) -> None:
        at = self.list.cursor
        if self.steps and 0 <= at + by < len(self.steps):
            self._change(self._steps.swapped(at, at + by))
            self.list.cursor = at + by

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "run":
            return self.next_to_run is not None
        if action in ("mark", "edit", "remove", "reorder", "accept_all"):
            return bool(self.steps)
        return True
