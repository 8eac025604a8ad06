"""Owns the plan as the user works on it: its steps, their order and states, and the cursor.

Runs nothing: it asks the screen to run a step or to edit one.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.strip import Strip

from assistant.solving.events import Plan, Step, StepState, Verb
from assistant.ui.rows import Part, crop, fit, strip_of, wrap
from assistant.ui.widgets.lines import CursorView

_MARKS = {
    StepState.PROPOSED: ("○", "proposed", "muted"),
    StepState.ACCEPTED: ("●", "accepted", "primary"),
    StepState.REJECTED: ("✗", "rejected", "faint"),
    StepState.RUNNING: ("▸", "running", "warning"),
    StepState.REVIEW: ("◐", "in review", "accent"),
    StepState.DONE: ("✓", "done", "success"),
    StepState.FAILED: ("!", "failed", "error"),
}
_FIXED = (StepState.RUNNING, StepState.REVIEW)
_INDENT = 7


class PlanView(CursorView):
    """The steps of one plan."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "run", "run step", id="plan.run",
                tooltip="Run the accepted step under the cursor, or the first accepted one; "
                "where none is accepted, accept this one and run it"),
        Binding("a", "mark('accepted')", "accept", id="plan.accept",
                tooltip="Accept this step; again takes it back"),
        Binding("r", "mark('rejected')", "reject", id="plan.reject",
                tooltip="Reject this step; again takes it back"),
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
        """Id of the step to add after; 0 for the start."""

    @dataclass
    class Changed(Message):
        steps: tuple[Step, ...]

    def __init__(self, clock: Callable[[], float], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._clock = clock
        self._title = ""
        self._steps: tuple[Step, ...] = ()
        self._lines: list[tuple[int, Strip]] = []
        self._writing = False
        self._asked_at = 0.0

    @property
    def steps(self) -> tuple[Step, ...]:
        return self._steps

    @property
    def task_text(self) -> str:
        """What the steps together shall do; empty when the user wrote them all."""
        return self._title

    @property
    def writing(self) -> bool:
        """True while more steps may come."""
        return self._writing

    @property
    def current(self) -> Step | None:
        return self._steps[self.cursor] if self._steps else None

    def begin(self, task: str) -> None:
        """A plan is being written."""
        self._title, self._steps, self._writing = task, (), True
        self.set_reactive(PlanView.cursor, 0)
        self.update_lines()

    def add(self, step: Step) -> None:
        """A step has come in."""
        self._change((*self._steps, step))

    def show(self, plan: Plan) -> None:
        """The plan is complete."""
        self._writing = False
        self._title = plan.task
        self._change(plan.steps)

    def stop(self) -> None:
        """No more steps come; those that are there stay."""
        self._writing = False
        self.update_lines()

    def set_state(self, step_id: int, state: StepState) -> None:
        self._change(tuple(replace(s, state=state) if s.id == step_id else s for s in self._steps))

    def replace_step(self, step: Step) -> None:
        """The user's own version of a step."""
        self._change(tuple(step if s.id == step.id else s for s in self._steps))

    def insert(self, verb: Verb, path: str, unit: str, sentence: str, after: int) -> None:
        """The user's own step; it is accepted by being written."""
        number = max((step.id for step in self._steps), default=0) + 1
        step = Step(number, verb, path, unit, sentence, StepState.ACCEPTED)
        at = next((i + 1 for i, s in enumerate(self._steps) if s.id == after), 0)
        self._change((*self._steps[:at], step, *self._steps[at:]))
        self.cursor = at

    @property
    def is_done(self) -> bool:
        """True when no step is left that could be run."""
        return all(step.state in (StepState.DONE, StepState.REJECTED) for step in self._steps)

    def go_to_next(self) -> None:
        """To the first step that is still to be done: accepted before merely proposed."""
        step = self._first(StepState.ACCEPTED) or self._first(StepState.PROPOSED)
        if step is not None:
            self.cursor = self._steps.index(step)

    def _first(self, state: StepState) -> Step | None:
        return next((step for step in self._steps if step.state is state), None)

    @property
    def next_to_run(self) -> Step | None:
        """What enter runs: the accepted or failed step under the cursor, else the first accepted.

        Where none is accepted it is the step under the cursor, unless that one was rejected. None
        while a step runs.
        """
        step = self.current
        if step is None or self._first(StepState.RUNNING):
            return None
        if step.state in (StepState.ACCEPTED, StepState.FAILED):
            return step
        if accepted := self._first(StepState.ACCEPTED):
            return accepted
        return step if step.state in (StepState.PROPOSED, StepState.DONE) else None

    def describe_key(self, action: str) -> str:
        """What a key does now, for the key line; empty when its usual description holds."""
        step, current = self.next_to_run, self.current
        if current is None or step is None:
            return ""
        number = self._steps.index(step) + 1
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

    def _change(self, steps: tuple[Step, ...]) -> None:
        self._steps = steps
        self.set_reactive(PlanView.cursor, self.validate_cursor(self.cursor))
        self.update_lines()
        self.refresh_bindings()
        self.post_message(self.Changed(steps))

    def action_run(self) -> None:
        if (step := self.next_to_run) is not None:
            self.post_message(self.RunRequested(step))

    def action_mark(self, name: str) -> None:
        """Sets the state of the step under the cursor, which stays there; the same again resets."""
        step, state = self.current, StepState(name)
        if step is not None and step.state not in _FIXED:
            self.set_state(step.id, StepState.PROPOSED if step.state is state else state)

    def action_accept_all(self) -> None:
        self._change(
            tuple(
                replace(s, state=StepState.ACCEPTED) if s.state is StepState.PROPOSED else s
                for s in self._steps
            )
        )

    def action_edit(self) -> None:
        if self.current is not None and self.current.state not in _FIXED:
            self.post_message(self.EditRequested(self.current))

    def action_add(self) -> None:
        self.post_message(self.AddRequested(self.current.id if self.current else 0))

    def action_remove(self) -> None:
        step = self.current
        if step is not None and step.state not in _FIXED:
            self._change(tuple(s for s in self._steps if s.id != step.id))

    def action_reorder(self, by: int) -> None:
        target = self.cursor + by
        if self._steps and 0 <= target < len(self._steps):
            steps = list(self._steps)
            steps[self.cursor], steps[target] = steps[target], steps[self.cursor]
            self._change(tuple(steps))
            self.cursor = target

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "run":
            return self.next_to_run is not None
        if action in ("mark", "edit", "remove", "reorder", "accept_all"):
            return bool(self._steps)
        return True

    # What is drawn

    def update_lines(self) -> None:
        self._lines = list(self._drawn(self.scrollable_content_region.width or 80))
        super().update_lines()

    def watch_cursor(self) -> None:
        self.update_lines()
        super().watch_cursor()

    @property
    def line_count(self) -> int:
        return len(self._lines)

    @property
    def item_count(self) -> int:
        return len(self._steps)

    def first_line(self, item: int) -> int:
        return next((n for n, (i, _) in enumerate(self._lines) if i == item), 0)

    def height_of(self, item: int) -> int:
        return sum(1 for i, _ in self._lines if i == item)

    def item_at(self, line: int) -> int:
        return max(0, self._lines[line][0])

    def draw(self, line: int, width: int) -> Strip:
        item, strip = self._lines[line]
        if item != self.cursor or not self._steps:
            return strip
        ground = "cursor" if self.has_focus else "cursor-blurred"
        return strip.extend_cell_length(width).apply_style(self.palette("", ground))

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    def _drawn(self, width: int) -> list[tuple[int, Strip]]:
        style = self.palette
        lines: list[tuple[int, Strip]] = []
        if self._title:
            done = sum(step.state is StepState.DONE for step in self._steps)
            count = f"  {done} of {len(self._steps)} done" if self._steps else ""
            task = crop(self._title.strip().split("\n", 1)[0], width - len(count) - 2)
            head: list[Part] = [
                (" " + task, style("foreground", "", "bold")),
                (count, style("muted")),
            ]
            lines += [(-1, strip_of(head)), (-1, strip_of([]))]
        for at, step in enumerate(self._steps):
            lines += [(at, strip) for strip in self._step(at, step, width)]
        if self._writing:
            text = "   writing the next step …" if self._steps else "   writing the plan …"
            lines.append((-1, strip_of([(text, style("muted", "", "italic"))])))
        return lines

    def _step(self, at: int, step: Step, width: int) -> list[Strip]:
        style = self.palette
        mark, word, colour = _MARKS[step.state]
        quiet = step.state is StepState.REJECTED
        head: list[Part] = [
            (f" {mark} ", style(colour, "", "bold")),
            (f"{at + 1:>2}  ", style("faint")),
            (f"{step.verb.value} ", style("faint" if quiet else "secondary")),
            (step.target, style("faint" if quiet else "syntax-function")),
        ]
        if step.state is not StepState.PROPOSED:
            head.append((f"  {word}", style(colour)))
        text = style("faint" if quiet else "foreground", "", "strike" if quiet else "")
        body = [
            strip_of([(" " * _INDENT, style()), (piece, text)])
            for piece in wrap(step.sentence, width - _INDENT - 1)
        ]
        return [strip_of(fit(head, width)), *body]
