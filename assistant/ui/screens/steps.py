"""Dialogs about the steps of a plan: edit one, add one, make two of one."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, Static

from assistant.solving.events import Step, Verb
from assistant.ui.screens.dialogs import text
from assistant.ui.screens.forms import FormDialog
from assistant.ui.widgets.editor import Editor

_JOINT = re.compile(r"[;.]\s+(?=\S)|,?\s+(?:and then|then|and)\s+")
"""Where a sentence has two parts."""


@dataclass(frozen=True, slots=True)
class StepText:
    """The fields of the step dialog."""

    verb: Verb
    path: str
    unit: str
    sentence: str


class StepDialog(FormDialog[StepText]):
    """Edits a step, or adds one."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "save", "save", id="step.save", priority=True),
    ]

    def __init__(self, step: Step | None, paths: Sequence[str]) -> None:
        super().__init__()
        self._step, self._paths = step, frozenset(paths)

    def compose(self) -> ComposeResult:
        step = self._step
        with Vertical(classes="box"):
            yield text("Edit the step" if step else "Add a step", "title")
            yield text("Where: path or path::unit; a path that does not exist is created", "label")
            yield Input(step.target if step else "", id="target", compact=True)
            yield text("What to do there", "label")
            yield Editor(step.sentence if step else "", id="sentence", compact=True)
            yield text("", "quiet problem")
            yield from self.buttons()

    def on_mount(self) -> None:
        sentence = self.query_one("#sentence", Editor)
        sentence.move_cursor(sentence.document.end)
        self.query_one("#sentence" if self._step else "#target").focus()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.query_one("#sentence").focus()

    def saved(self) -> None:
        path, _, unit = self.query_one("#target", Input).value.strip().partition("::")
        sentence = self.query_one("#sentence", Editor).text.strip()
        if not path or not sentence:
            missing = "Say where." if not path else "Say what to do."
            self.query_one(".problem", Static).update(missing)
            return
        self.dismiss(StepText(self._verb(path), path, unit, sentence))

    def _verb(self, path: str) -> Verb:
        if self._step is not None and self._step.path == path:
            return self._step.verb
        return Verb.EDIT if path in self._paths else Verb.CREATE


def halves(sentence: str) -> tuple[str, str]:
    """The two parts of a sentence; the second is empty where none is seen."""
    joints = list(_JOINT.finditer(sentence))
    if not joints:
        return sentence, ""
    middle = len(sentence) / 2
    joint = min(joints, key=lambda found: abs(found.start() - middle))
    first, second = sentence[: joint.start()], sentence[joint.end() :]
    return f"{first.rstrip('.')}.", second[:1].upper() + second[1:]


class SplitDialog(FormDialog[tuple[str, str, str]]):
    """Returns what the two steps are to do, and the target of the second one."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "save", "save", id="split.save", priority=True),
    ]

    def __init__(self, step: Step) -> None:
        super().__init__()
        self._step = step

    def compose(self) -> ComposeResult:
        first, second = halves(self._step.sentence)
        with Vertical(classes="box"):
            yield text("Split the step", "title")
            yield text(f"What to do first, in {self._step.target}", "label")
            yield Editor(first, id="first", compact=True)
            yield text("What to do then", "label")
            yield Editor(second, id="second", compact=True)
            yield text("Where: path or path::unit", "label")
            yield Input(self._step.target, id="target", compact=True)
            yield text("", "quiet problem")
            yield from self.buttons("Split")

    def on_mount(self) -> None:
        self.query_one("#second").focus()

    def saved(self) -> None:
        first, second = (
            self.query_one(f"#{name}", Editor).text.strip() for name in ("first", "second")
        )
        target = self.query_one("#target", Input).value.strip()
        if not first or not second or not target.partition("::")[0]:
            self.query_one(".problem", Static).update("Both steps need something to do, and where.")
            return
        self.dismiss((first, second, target))
