"""The text area for the task."""

from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from assistant.ui.widgets.editor import Editor

_LONG_PASTE = 2_000
"""Characters. A longer paste is attached instead of inserted."""
_LONG_PASTE_LINES = 30


class TaskInput(Editor):
    """Enter submits the text; shift+enter or ctrl+j starts another line."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", "send", id="input.send", priority=True, tooltip="Run the task"),
        Binding("ctrl+j,shift+enter", "newline", "new line", key_display="^j", id="input.newline",
                priority=True, tooltip="Start another line"),
        Binding("tab", "complete", "Complete", show=False, priority=True,
                tooltip="Complete, or go to the next part of the screen"),
        Binding("ctrl+t", "mode", "kind of task", id="input.mode",
                tooltip="Switch between plan, edit, fix and ask"),
        Binding("up", "cursor_up", "Earlier task", show=False,
                tooltip="In the first line: an earlier task"),
        Binding("down", "cursor_down", "Later task", show=False,
                tooltip="In the last line: a later task"),
    ]  # fmt: skip

    @dataclass
    class Sent(Message):
        pass

    @dataclass
    class Edited(Message):
        pass

    @dataclass
    class Moved(Message):
        """Up or down was pressed at an edge of the text, or in the list of completions."""

        by: int

    @dataclass
    class Completed(Message):
        """The current completion was chosen, with enter or with tab."""

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
        """Leaves undo and redo to the screen, which undoes writes, if no typing can be undone."""
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

    def take_key(self, event: events.Key) -> None:
        """Handles a key that went elsewhere because this widget did not have the focus yet."""
        self._forward_event(events.Key(event.key, event.character))

    async def _on_paste(self, event: events.Paste) -> None:
        """Attaches a long paste. Textual calls the handler of the base class after this one."""
        if len(event.text) > _LONG_PASTE or event.text.count("\n") > _LONG_PASTE_LINES:
            event.prevent_default()
            event.stop()
            self.post_message(self.LongPaste(event.text))
