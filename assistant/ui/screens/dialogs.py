"""Small modal screens that ask for one thing and return it: a yes or no, a check.

Text from files and models is sanitized and shown without markup.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Input, OptionList, Static
from textual.widgets.option_list import Option

from assistant.checks.sandbox import isolates
from assistant.sanitize import sanitize, sanitize_line

Result = TypeVar("Result")


def text(content: str, classes: str) -> Static:
    """Returns a label with sanitized text and without markup."""
    return Static(sanitize(content), markup=False, classes=classes)


class Dialog(ModalScreen[Result | None], Generic[Result]):
    """A modal screen. Escape closes it and returns None."""

    CSS_PATH = "dialogs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "close", id="dialog.close"),
        Binding("f1", "app.help", "Help", show=False, tooltip="Keys and commands"),
    ]


class ConfirmDialog(Dialog[bool]):
    """Asks one question. The safe button has the focus."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", "yes", id="confirm.yes"),
        Binding("n", "answer(False)", "no", id="confirm.no"),
        Binding("left", "app.focus_previous", "Previous button", show=False),
        Binding("right", "app.focus_next", "Next button", show=False),
    ]

    def __init__(self, title: str, body: str, *, yes: str, no: str = "Cancel") -> None:
        super().__init__(classes="-danger")
        self._title, self._body, self._yes, self._no = title, body, yes, no

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield text(self._title, "title")
            yield text(self._body, "text")
            with Horizontal(classes="buttons"):
                yield Button(self._no, id="no", compact=True)
                yield Button(self._yes, id="yes", compact=True)

    def on_mount(self) -> None:
        self.query_one("#no").focus()

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        event.stop()
        self.dismiss(event.button.id == "yes")

    def action_answer(self, yes: bool) -> None:
        self.dismiss(yes)


@dataclass(frozen=True, slots=True)
class Consent:
    """The user's consent to run one command."""

    command: str
    always: bool
    """True to remember the consent for this repository."""


class ConsentDialog(Dialog[Consent]):
    """Shows which command would run, where, and how it is confined.

    The command has the focus, so that a stray enter does not run it.
    """

    def __init__(self, found: Sequence[tuple[str, str]], confinement: str, purpose: str) -> None:
        """`found` are commands, each with the file that suggests it. The first is the default."""
        super().__init__()
        self._found = tuple(found)
        self._confinement, self._purpose = confinement, purpose

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield text("Run a check command?", "title")
            yield text(self._purpose, "quiet")
            yield text("Command, run without a shell", "label")
            first = self._found[0][0] if self._found else ""
            yield Input(
                sanitize_line(first), placeholder="python -m pytest -q", id="command", compact=True
            )
            if len(self._found) > 1:
                yield text("Found in this repository", "label")
                yield OptionList(
                    *(Option(f"{sanitize_line(c)}   ({sanitize_line(s)})") for c, s in self._found),
                    markup=False,
                    compact=True,
                )
            yield text(self._confined(), "quiet")
            yield text("Enter moves to Run once; Enter again runs it.", "quiet")
            with Horizontal(classes="buttons"):
                yield Button("Cancel", id="cancel", compact=True)
                yield Button("Always here", id="always", compact=True)
                yield Button("Run once", id="once", compact=True)

    def _confined(self) -> str:
        if isolates(self._confinement):
            return (
                f"It runs on a copy of your files in a sandbox ({self._confinement}): no network, "
                "no home folder, and no write access outside the copy."
            )
        return (
            "There is no sandbox on this machine. It runs on a copy of your files with limits on "
            "time, memory and output, but with your permissions and network access."
        )

    def on_mount(self) -> None:
        self.query_one("#command").focus()

    @on(OptionList.OptionSelected)
    def _choose(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.query_one("#command", Input).value = sanitize_line(self._found[event.option_index][0])
        self.query_one("#once").focus()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.query_one("#once").focus()

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        event.stop()
        command = self.query_one("#command", Input).value.strip()
        if event.button.id == "cancel":
            self.dismiss(None)
        elif not command:
            self.query_one("#command").focus()
        else:
            self.dismiss(Consent(command, always=event.button.id == "always"))
