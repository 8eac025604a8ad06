"""The task line: text, attached paste, history, and the list of completions above it.

Runs nothing. The text goes to the screen as one message.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from textual import on
from textual.app import ComposeResult
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
from assistant.ui.widgets.taskinput import TaskInput


class Prompt(Vertical):
    """The kind of task, its text, an attached paste, and completions."""

    mode: reactive[str] = reactive("plan", init=False)

    @dataclass
    class Submitted(Message):
        text: str
        pasted: str
        """A long paste that is attached; empty if there is none."""
        mode: str

    @dataclass
    class Edited(Message):
        text: str

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
        self._recalled = False
        self._completed = ""
        """The text before the cursor that the list of completions is for."""
        self.input = TaskInput(
            id="task",
            soft_wrap=True,
            compact=True,
            highlight_cursor_line=False,
            placeholder="What should change?   @ names a file, / a command",
        )
        # A blinking cursor would redraw the screen twice a second.
        self.input.set_reactive(TaskInput.cursor_blink, False)

    def compose(self) -> ComposeResult:
        yield Suggestions(id="suggestions")
        with Horizontal(id="prompt-line"):
            yield Bar(id="prompt-mode")
            yield self.input
        yield Bar(id="prompt-pasted")

    @property
    def suggestions(self) -> Suggestions:
        return self.query_one(Suggestions)

    def on_mount(self) -> None:
        self.refresh_theme()

    def watch_mode(self) -> None:
        bar = self.query_one("#prompt-mode", Bar)
        bar.show([(f" {self.mode:>4} ❯", bar.palette("primary", "", "bold"))])

    def refresh_theme(self) -> None:
        """Draws the bars in the colours of the current theme."""
        self.watch_mode()
        self._show_pasted()

    def set_text(self, text: str) -> None:
        """Replaces the text and moves the cursor to its end."""
        self.input.text = text
        self.input.move_cursor(self.input.document.end)

    def close_suggestions(self) -> bool:
        """Closes the list of completions. Returns False if it was not open."""
        if not self.input.completing:
            return False
        self._offer(None)
        return True

    def unit_arrived(self) -> None:
        """Completes again, now that requested units are known."""
        self._complete()

    def _offer(self, completion: Completion | None) -> None:
        self.suggestions.show(completion)
        self.input.completing = completion is not None

    @on(TextArea.Changed)
    def _changed(self, event: TextArea.Changed) -> None:
        event.stop()
        self.post_message(self.Edited(self.input.text))
        if self._recalled:
            self._recalled = False
            self._offer(None)
            return
        self._complete()

    def _before(self) -> tuple[int, str]:
        row, column = self.input.cursor_location
        return row, self.input.document[row][:column]

    def _complete(self) -> None:
        row, before = self._before()
        self._completed = before
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
        row, before = self._before()
        if before != self._completed:  # keys came faster than the list could follow
            self._complete()
        completion = self.suggestions.completion
        if completion is None:
            if event.by_enter:
                self._send()
            return
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
            self._recalled = text != self.input.text
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
        """Removes the attached paste. Returns False if there was none."""
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
        """Adds the text to the history and clears the input."""
        self._history.add(self.input.text.strip())
        self._recalled = bool(self.input.text)
        self.input.text = ""
        self._offer(None)
        self.drop_paste()
