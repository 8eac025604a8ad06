"""A dialog that edits the new lines of one hunk.

Untouched bytes and line ends are preserved. Lines that are not UTF-8 cannot be edited.
"""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from assistant.errors import UsageError
from assistant.proposal.changes import Hunk
from assistant.repo.files import decode_text, encode_text
from assistant.ui.screens.dialogs import text
from assistant.ui.screens.forms import FormDialog
from assistant.ui.widgets.editor import Editor


def text_of(hunk: Hunk) -> str:
    """Returns the new lines as text, without a line feed at the end.

    Raises UsageError for bytes that are not UTF-8, because an editor could not preserve them.
    """
    joined = b"".join(hunk.new)
    try:
        joined.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UsageError(
            "These lines are not valid UTF-8.",
            hint="Accept or reject them as they are.",
        ) from error
    lines = decode_text(joined).replace("\r\n", "\n")
    return lines.removesuffix("\n")


def lines_of(content: str, hunk: Hunk) -> tuple[bytes, ...]:
    """Splits the text into lines with the line ends of the hunk, including a missing last one."""
    if not content:
        return ()
    sample = [*hunk.new, *hunk.old]
    newline = b"\r\n" if any(line.endswith(b"\r\n") for line in sample) else b"\n"
    pieces = content.split("\n")
    lines = [encode_text(piece) + newline for piece in pieces]
    if sample and not (hunk.new or hunk.old)[-1].endswith(b"\n"):
        lines[-1] = lines[-1].removesuffix(newline)
    return tuple(lines)


class HunkDialog(FormDialog[tuple[bytes, ...]]):
    """Shows the new lines of a hunk in an editor."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "save", "accept as edited", id="hunk.save", priority=True),
    ]

    def __init__(self, hunk: Hunk) -> None:
        super().__init__()
        self._hunk = hunk
        self._text = text_of(hunk)

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield text(f"Edit the hunk   {self._hunk.path}, line {self._hunk.start + 1}", "title")
            yield Editor(
                self._text,
                id="lines",
                compact=True,
                soft_wrap=False,
                show_line_numbers=True,
                line_number_start=self._hunk.start + 1,
                tab_behavior="indent",
            )
            yield from self.buttons("Accept as edited")

    def on_mount(self) -> None:
        self.query_one(Editor).focus()

    def saved(self) -> None:
        content = self.query_one(Editor).text
        unchanged = content == self._text
        self.dismiss(self._hunk.new if unchanged else lines_of(content, self._hunk))
