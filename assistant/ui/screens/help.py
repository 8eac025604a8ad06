"""The help screen: all keys and commands."""

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from assistant.ui.commands import COMMANDS
from assistant.ui.screens.dialogs import Dialog, text

_KEYS = (
    ("Everywhere", (
        ("1 … 5", "files, plan, diff, checks, log"),
        ("tab  shift+tab", "next, previous part of the screen"),
        ("i", "go to the task line; escape leaves it"),
        ("escape", "stop the running task, or close what is open"),
        ("ctrl+g", "end the running task with the best candidate so far"),
        ("ctrl+p", "command palette"),
        ("ctrl+z  ctrl+y", "undo, redo the last write"),
        ("ctrl+q", "leave the app"),
    )),
    ("Task", (
        ("enter", "run it; shift+enter or ctrl+j starts a new line"),
        ("@  /", "complete a path or unit, or a command"),
        ("up  down", "history, in the first and last line of the text"),
        ("ctrl+t", "switch the default between plan, edit, fix and ask"),
    )),
    ("Files", (
        ("space  enter", "add to the context, or remove"),
        ("→  ←", "open or close a folder, or the units of a file"),
        ("/", "filter by name"),
        ("c", "deselect everything"),
    )),
    ("Plan", (
        ("enter", "run the accepted step under the cursor, or the first accepted"),
        ("a  r  A", "accept or reject a step (again takes it back), accept all"),
        ("e  n  d", "edit, add, remove a step"),
        ("J  K", "move the step down, up"),
    )),
    ("Diff", (
        ("n  p", "next, previous hunk; h, j, k and l scroll"),
        ("a  r  u", "accept, reject, reset the hunk"),
        ("A  R", "accept, reject all undecided hunks"),
        ("e", "edit the new lines, then accept them"),
        ("s", "say what is wrong with the hunk, and have only it written again"),
        ("x", "run the checks on exactly what is accepted"),
        ("[  ]", "other candidates for the same step"),
        ("w", "write what was accepted, and nothing else"),
        ("o", "sort hunks by risk: lowest token probability first"),
        ("underlined  ?", "token probability below 50%; bold: below 20%"),
    )),
)  # fmt: skip
_KEY_WIDTH = 18


class HelpDialog(Dialog[None]):
    """Lists all keys and commands."""

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
