"""The help screen: the keys of the focused pane first, then all others, then the commands."""

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from assistant.ui.commands import COMMANDS
from assistant.ui.keyhelp import KeySection
from assistant.ui.screens.dialogs import Dialog, text

_KEY_WIDTH = 18
_COMMAND_WIDTH = 24


class HelpDialog(Dialog[None]):
    """Lists keys and commands."""

    BINDINGS = [Binding("question_mark", "dismiss(None)", "close", show=False)]

    def __init__(self, sections: Sequence[KeySection]) -> None:
        """`sections` are the keys of the screen below, as `key_sections` returns them."""
        super().__init__()
        self._sections = tuple(sections)

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield text("Keys and commands", "title")
            with VerticalScroll():
                yield Static(_content(self._sections))

    def on_mount(self) -> None:
        self.query_one(VerticalScroll).focus()


def _content(sections: Sequence[KeySection]) -> Content:
    parts: list[str | Content | tuple[str, str]] = []
    for section in sections:
        parts.append((f"{section.title}\n", "bold $foreground"))
        for keys, meaning in section.rows:
            parts.append((f"  {keys:<{_KEY_WIDTH}} ", "$primary"))
            parts.append((f"{meaning}\n", "$muted"))
        parts.append("\n")
    parts.append(("Commands\n", "bold $foreground"))
    for spec in COMMANDS:
        name = f"/{spec.name} {spec.argument}".rstrip()
        parts.append((f"  {name:<{_COMMAND_WIDTH}} ", "$primary"))
        parts.append((f"{spec.summary}\n", "$muted"))
    return Content.assemble(*parts)
