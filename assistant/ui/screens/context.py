"""What will be sent with the next task, or was sent with the last: parts, tokens, reasons."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Input

from assistant.errors import AssistantError
from assistant.prompt.parts import Composition
from assistant.ui.completion import complete
from assistant.ui.contextaccess import ContextAccess
from assistant.ui.places import Place
from assistant.ui.widgets.bars import TitleBar
from assistant.ui.widgets.keys import KeyLine
from assistant.ui.widgets.parts import BudgetBar, PartList, PartText
from assistant.ui.widgets.problem import Problem
from assistant.ui.widgets.suggestions import Suggestions
from assistant.ui.workers import ActionFailed, guarded

if TYPE_CHECKING:
    from assistant.solving.request import TaskRequest

_NOTHING_SENT = "Nothing was sent yet.\nRun a task, or ask a question."


@dataclass
class Composed(Message):
    """The parts of a prompt are known."""

    found: Composition | None
    sent: bool


class ContextScreen(Screen[Place]):
    """Lists the parts of the prompt. Returns a place to open, or None."""

    CSS_PATH = "context.tcss"
    AUTO_FOCUS = "#parts"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("plus", "add", "add", key_display="+", id="context.add",
                tooltip="Select a file, a folder or a unit by its path"),
        Binding("t", "toggle_sent", "what was sent", id="context.sent",
                tooltip="What will be sent, or what was sent last"),
        Binding("escape", "back", "close", id="context.back"),
    ]  # fmt: skip

    def __init__(self, access: ContextAccess) -> None:
        super().__init__()
        self._access = access
        self._sent = False
        self.list = PartList(id="parts")
        self.bar = BudgetBar(id="budget")
        self.title_bar = TitleBar(id="context-title")
        self.input = Input(placeholder="path, folder/ or path::unit", id="add", compact=True)
        self.suggestions = Suggestions(id="add-suggestions")
        self.problem = Problem(id="problem")

    def compose(self) -> ComposeResult:
        yield self.title_bar
        yield self.bar
        yield self.list
        yield PartText(id="part-text")
        yield self.problem
        yield self.suggestions
        yield self.input
        yield KeyLine(id="keys")

    def on_mount(self) -> None:
        self.app.theme_changed_signal.subscribe(self, lambda _: self._read())
        self._read()

    # What is shown

    def _read(self) -> None:
        kind, request = self._access.request()
        self._show_title(kind)
        self._compose_parts(kind, request, self._sent)

    @work(thread=True, exclusive=True, group="compose", exit_on_error=False)
    def _compose_parts(self, kind: str, request: "TaskRequest", sent: bool) -> None:
        def composed() -> Message:
            found = self._access.last() if sent else self._access.coming(kind, request)
            return Composed(found, sent)

        self.post_message(guarded(composed))

    def on_composed(self, message: Composed) -> None:
        message.stop()
        if message.sent is not self._sent:
            return
        nothing = _NOTHING_SENT if message.sent else ""
        self.list.show(message.found, nothing)
        self.bar.show_budget(message.found)

    def on_action_failed(self, message: ActionFailed) -> None:
        message.stop()
        self.problem.show(message.error)
        self.list.show(None, "The selection cannot be sent.")
        self.bar.show_budget(None)

    def _show_title(self, kind: str) -> None:
        bar = self.title_bar
        style = bar.palette
        noun = "question" if kind == "ask" else kind
        when = "what was sent last" if self._sent else f"what will be sent with the next {noun}"
        note = "" if self._sent or self._access.selected else "nothing selected: the task chooses "
        bar.show(
            [(" Context   ", style("primary", "", "bold")), (when, style("foreground"))],
            [(note, style("muted"))],
        )

    def on_part_list_highlighted(self, event: PartList.Highlighted) -> None:
        event.stop()
        self.query_one(PartText).show(self.list.current)

    # What the user does

    def on_part_list_toggled(self, event: PartList.Toggled) -> None:
        event.stop()
        self._access.toggle(event.item)
        self._changed()

    def on_part_list_open_wanted(self, event: PartList.OpenWanted) -> None:
        event.stop()
        units = {unit.name: unit.start for unit in self._access.units(event.item.path)}
        self.dismiss(Place(event.item.path, units.get(event.item.unit, 1)))

    def _changed(self) -> None:
        """Shows what will be sent with the selection as it is now."""
        self.problem.close()
        self._sent = False
        self._read()

    def action_toggle_sent(self) -> None:
        self.problem.close()
        self._sent = not self._sent
        self._read()

    def action_add(self) -> None:
        self.input.add_class("-open")
        self.input.focus()

    def action_back(self) -> None:
        """Closes the error or the line for a path, or leaves the screen."""
        if self.problem.close():
            return
        if self.input.has_class("-open"):
            self._close_input()
        else:
            self.dismiss(None)

    def _close_input(self) -> None:
        self.input.value = ""
        self.input.remove_class("-open")
        self.suggestions.show(None)
        self.list.focus()

    # The line for a path

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        text = f'@"{event.value}' if event.value else ""
        completion = complete(
            text,
            first_line=False,
            paths=self._access.paths,
            units=self._access.units,
            arguments=lambda _: (),
        )
        self.suggestions.show(completion)

    def on_key(self, event: events.Key) -> None:
        """Moves through the completions, and takes one with tab."""
        completion = self.suggestions.completion
        if self.focused is not self.input or completion is None:
            return
        if event.key in ("up", "down"):
            event.stop()
            self.suggestions.cursor += 1 if event.key == "down" else -1
        elif event.key == "tab":
            event.stop()
            event.prevent_default()
            self.input.value = self._chosen()
            self.input.cursor_position = len(self.input.value)

    def _chosen(self) -> str:
        """The completion under the cursor, else what was typed."""
        completion = self.suggestions.completion
        if completion is None:
            return self.input.value
        return completion.suggestions[self.suggestions.cursor].text.strip().strip('@"')

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        try:
            self._access.add(self._chosen())
        except AssistantError as error:
            self.problem.show(error)
            return
        self._close_input()
        self._changed()
