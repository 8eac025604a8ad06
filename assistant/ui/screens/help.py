"""Owns the help screen: what the keys do, what the commands are."""

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from assistant.ui.commands import COMMANDS
from assistant.ui.screens.dialogs import Dialog, text

_KEYS = (
    ("Everywhere", (
        ("1 … 5", "files, plan, diff, checks, log"),
        ("tab  shift+tab", "next, previous part"),
        ("i", "to the task input; escape leaves it"),
        ("escape", "stop the running task; close what is open"),
        ("ctrl+g", "end the running task with the best answer so far"),
        ("ctrl+p", "command palette"),
        ("ctrl+z  ctrl+y", "undo, redo the last write"),
        ("ctrl+q", "leave"),
    )),
    ("Task", (
        ("enter", "run it; shift+enter or ctrl+j starts a line"),
        ("@  /", "complete a path or a unit; a command"),
        ("up  down", "history, at the edges of the text"),
        ("ctrl+t", "plan, edit, fix or ask by default"),
    )),
    ("Files", (
        ("space  enter", "put in context, or take out"),
        ("→  ←", "show the units of a file, open a folder; close"),
        ("/", "filter by name"),
        ("c", "deselect everything"),
    )),
    ("Plan", (
        ("enter", "run the accepted step under the cursor, or the first accepted"),
        ("a  r  A", "accept, reject a step (again takes it back); accept all"),
        ("e  n  d", "edit, add, remove a step"),
        ("J  K", "move the step down, up"),
    )),
    ("Diff", (
        ("n  p", "next, previous hunk; j and k scroll, h and l shift"),
        ("a  r  u", "accept, reject, reset the hunk"),
        ("A  R", "accept, reject all that are undecided"),
        ("e", "edit the new lines, then accept them"),
        ("[  ]", "other answers to the same step"),
        ("w", "write what was accepted; nothing else is touched"),
        ("o", "riskiest hunks first: those of the lowest token probability"),
        ("underlined  ?", "a token that the model gave less than 50%; bold: less than 20%"),
    )),
)  # fmt: skip
_KEY_WIDTH = 18


class HelpDialog(Dialog[None]):
    """All keys and commands, scrollable."""

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield text("Keys and commands", "title")
            with VerticalScroll():
                yield Static(_content())

    def on_mount(self) -> None:
        self.query_one(VerticalScroll).focus()


def _content() -> Content:
    parts: list[str | Content | tuple[str, str]] = []
    for title, keys in _KEYS:
        parts.append((f"{title}\n", "bold $foreground"))
        for key, meaning in keys:
            parts.append((f"  {key:<{_KEY_WIDTH}}", "$primary"))
            parts.append((f"{meaning}\n", "$muted"))
        parts.append("\n")
    parts.append(("Commands\n", "bold $foreground"))
    for spec in COMMANDS:
        name = f"/{spec.name} {spec.argument}".rstrip()
        parts.append((f"  {name:<{_KEY_WIDTH + 6}}", "$primary"))
        parts.append((f"{spec.summary}\n", "$muted"))
    return Content.assemble(*parts)
