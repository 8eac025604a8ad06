"""A dialog that makes two steps of one."""

import re
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Input, Static

from assistant.solving.events import Step
from assistant.ui.screens.dialogs import Dialog, text
from assistant.ui.widgets.editor import Editor

_JOINT = re.compile(r"[;.]\s+(?=\S)|,?\s+(?:and then|then|and)\s+")
"""Where a sentence has two parts."""


def halves(sentence: str) -> tuple[str, str]:
    """The two parts of a sentence; the second is empty where none is seen."""
    joints = list(_JOINT.finditer(sentence))
    if not joints:
        return sentence, ""
    middle = len(sentence) / 2
    joint = min(joints, key=lambda found: abs(found.start() - middle))
    first, second = sentence[: joint.start()], sentence[joint.end() :]
    return f"{first.rstrip('.')}.", second[:1].upper() + second[1:]


class SplitDialog(Dialog[tuple[str, str, str]]):
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
            with Horizontal(classes="buttons"):
                yield Button("Cancel", id="cancel", compact=True)
                yield Button("Split  ^s", id="save", compact=True)

    def on_mount(self) -> None:
        self.query_one("#second").focus()

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        event.stop()
        if event.button.id == "save":
            self.action_save()
        else:
            self.dismiss(None)

    def action_save(self) -> None:
        # The binding has priority: keys typed just before may still wait in a widget's queue.
        (self.focused or self).call_later(self._save)

    def _save(self) -> None:
        first, second = (self.query_one(f"#{name}", Editor).text.strip() for name in _EDITORS)
        target = self.query_one("#target", Input).value.strip()
        if not first or not second or not target.partition("::")[0]:
            self.query_one(".problem", Static).update("Both steps need something to do, and where.")
            return
        self.dismiss((first, second, target))


_EDITORS = ("first", "second")
