"""Owns the task input: typing, pasting, history, and the list of completions above it.

Runs nothing: what was typed goes to the screen as one message.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.reactive import reactive
from textual.widgets import TextArea

from assistant.repo.units import Unit
from assistant.ui.amounts import size
from assistant.ui.commands import TASKS
from assistant.ui.completion import Completion, complete, wanted_units
from assistant.ui.history import History
from assistant.ui.widgets.bars import Bar
from assistant.ui.widgets.lines import CursorView
from assistant.ui.widgets.suggestions import Suggestions

_LONG_PASTE = 2_000
"""Characters, or lines beyond 30: a longer paste is attached instead of inserted."""


class TaskInput(TextArea):
    """The text itself. Enter submits; shift+enter or ctrl+j starts another line."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", "send", id="input.send", priority=True, tooltip="Run the task"),
        Binding("ctrl+j,shift+enter", "newline", "new line", key_display="^j", id="input.newline",
                priority=True, tooltip="Start another line"),
        Binding("tab", "complete", "Complete", show=False, priority=True),
        Binding("ctrl+t", "mode", "kind of task", id="input.mode"),
    ]  # fmt: skip

    @dataclass
    class Sent(Message):
        pass

    @dataclass
    class Edited(Message):
        pass

    @dataclass
    class Moved(Message):
        """Up or down was pressed at the edge, or in the list of completions."""

        by: int

    @dataclass
    class Completed(Message):
        """The chosen completion is to be taken; False when enter should send instead."""

        by_enter: bool

    @dataclass
    class ModeWanted(Message):
        pass

    @dataclass
    class LongPaste(Message):
        text: str

    completing = False
    """True while the list of completions is open."""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """With nothing typed to take back, the keys for it are the screen's: there they take back
        what was written."""
        if action == "undo":
            return bool(self.history.undo_stack)
        if action == "redo":
            return bool(self.history.redo_stack)
        return super().check_action(action, parameters)

    def action_submit(self) -> None:
        self.post_message(self.Completed(True) if self.completing else self.Sent())

    def action_newline(self) -> None:
        self.insert("\n")

    def action_complete(self) -> None:
        if self.completing:
            self.post_message(self.Completed(False))
        else:
            self.screen.focus_next()

    def action_mode(self) -> None:
        self.post_message(self.ModeWanted())

    def action_cursor_up(self, select: bool = False) -> None:
        if not select and (self.completing or self.cursor_at_first_line):
            self.post_message(self.Moved(-1))
        else:
            super().action_cursor_up(select)

    def action_cursor_down(self, select: bool = False) -> None:
        if not select and (self.completing or self.cursor_at_last_line):
            self.post_message(self.Moved(1))
        else:
            super().action_cursor_down(select)

    async def _on_key(self, event: events.Key) -> None:
        """Keys with an action of this widget are acted upon at once, as letters are.

        Otherwise the event bubbles to the app and back first, and of keys that come in a burst a
        letter overtakes the backspace before it.
        """
        bound = self._bindings.key_to_bindings.get(event.key, [])
        for binding in bound:
            if not binding.priority and await self.app.run_action(binding.action, self):
                event.stop()
                event.prevent_default()
                return
        await super()._on_key(event)

    async def _on_paste(self, event: events.Paste) -> None:
        if len(event.text) > _LONG_PASTE or event.text.count("\n") > 30:
            event.prevent_default()
            event.stop()
            self.post_message(self.LongPaste(event.text))
            return
        await super()._on_paste(event)


class Prompt(Vertical):
    """Kind of task, text, attached paste, completions."""

    mode: reactive[str] = reactive("plan", init=False)

    @dataclass
    class Submitted(Message):
        text: str
        pasted: str
        """A long text that was pasted; empty without one."""
        mode: str

    @dataclass
    class UnitsWanted(Message):
        path: str

    def __init__(
        self,
        history: History,
        *,
        paths: Callable[[], Sequence[str]],
        units: Callable[[str], Sequence[Unit]],
        arguments: Callable[[str], Sequence[str]],
        id: str | None = None,
    ) -> None:
        super().__init__(id=id)
        self._history = history
        self._paths, self._units, self._arguments = paths, units, arguments
        self._pasted = ""
        self._leafing = False

    def compose(self) -> ComposeResult:
        yield Suggestions(id="suggestions")
        with Horizontal(id="prompt-line"):
            yield Bar(id="prompt-mode")
            task = TaskInput(
                id="task",
                soft_wrap=True,
                compact=True,
                highlight_cursor_line=False,
                placeholder="What should change?   @ names a file, / a command",
            )
            # Blinking draws twice a second, all day long.
            task.set_reactive(TaskInput.cursor_blink, False)
            yield task
        yield Bar(id="prompt-pasted")

    @property
    def input(self) -> TaskInput:
        return self.query_one(TaskInput)

    @property
    def suggestions(self) -> Suggestions:
        return self.query_one(Suggestions)

    def on_mount(self) -> None:
        self.refresh_theme()

    def watch_mode(self) -> None:
        bar = self.query_one("#prompt-mode", Bar)
        bar.show([(f" {self.mode:>4} ❯", bar.palette("primary", "", "bold"))])

    def refresh_theme(self) -> None:
        """Draws the bars in the colours of the theme in use."""
        self.watch_mode()
        self._show_pasted()

    def set_text(self, text: str) -> None:
        """Puts a text in place of what was typed."""
        self.input.text = text
        self.input.move_cursor(self.input.document.end)

    def close_suggestions(self) -> bool:
        """False when none were open."""
        if not self.input.completing:
            return False
        self._offer(None)
        return True

    def unit_arrived(self) -> None:
        """Units that were asked for can be offered now."""
        self._complete()

    def _offer(self, completion: Completion | None) -> None:
        self.suggestions.show(completion)
        self.input.completing = completion is not None

    @on(TextArea.Changed)
    def _changed(self, event: TextArea.Changed) -> None:
        event.stop()
        if self._leafing:
            self._leafing = False
            self._offer(None)
            return
        self._complete()

    def _before(self) -> tuple[int, str]:
        row, column = self.input.cursor_location
        return row, self.input.document[row][:column]

    def _complete(self) -> None:
        row, before = self._before()
        if (path := wanted_units(before)) and not self._units(path):
            self.post_message(self.UnitsWanted(path))
        self._offer(
            complete(
                before,
                first_line=row == 0,
                paths=self._paths(),
                units=self._units,
                arguments=self._arguments,
            )
        )

    def on_task_input_completed(self, event: TaskInput.Completed) -> None:
        event.stop()
        completion = self.suggestions.completion
        if completion is None:
            return
        row, before = self._before()
        chosen = completion.suggestions[self.suggestions.cursor].text
        if event.by_enter and before[completion.start :].strip() == chosen.strip():
            self._offer(None)
            self._send()
            return
        self.input.replace(chosen, (row, completion.start), (row, len(before)))

    def on_cursor_view_clicked(self, event: CursorView.Clicked) -> None:
        event.stop()
        self.input.focus()
        self.input.post_message(TaskInput.Completed(False))

    def on_task_input_moved(self, event: TaskInput.Moved) -> None:
        event.stop()
        if self.input.completing:
            self.suggestions.cursor += event.by
            return
        text = self._history.older(self.input.text) if event.by < 0 else self._history.newer()
        if text is not None:
            self._leafing = text != self.input.text
            self.set_text(text)

    def on_task_input_mode_wanted(self, event: TaskInput.ModeWanted) -> None:
        event.stop()
        self.mode = TASKS[(TASKS.index(self.mode) + 1) % len(TASKS)]

    def on_task_input_long_paste(self, event: TaskInput.LongPaste) -> None:
        event.stop()
        self._pasted = event.text
        self._show_pasted()

    def _show_pasted(self) -> None:
        bar = self.query_one("#prompt-pasted", Bar)
        bar.display = bool(self._pasted)
        lines = self._pasted.count("\n") + 1
        text = f"        pasted: {lines:,} lines, {size(len(self._pasted))}"
        bar.show([(text, bar.palette("accent"))], [("escape removes it ", bar.palette("faint"))])

    def drop_paste(self) -> bool:
        """Removes the attached paste; False when there was none."""
        had = bool(self._pasted)
        self._pasted = ""
        self._show_pasted()
        return had

    def on_task_input_sent(self, event: TaskInput.Sent) -> None:
        event.stop()
        self._send()

    def _send(self) -> None:
        self.post_message(self.Submitted(self.input.text, self._pasted, self.mode))

    def accepted(self) -> None:
        """What was typed is taken: remembers it and empties the input."""
        self._history.add(self.input.text.strip())
        self._leafing = bool(self.input.text)
        self.input.text = ""
        self._offer(None)
        self.drop_paste()
