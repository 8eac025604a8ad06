"""Shows how much of each selected file a task would read."""

from assistant.context.bundle import Context, ContextFile
from assistant.context.describing import MOST_FILES, amount, count_units
from assistant.errors import AssistantError
from assistant.ui.amounts import tokens
from assistant.ui.rows import Part, width_of, wrap
from assistant.ui.themes import Palette, palette_of
from assistant.ui.widgets.splitlines import SplitLine, SplitLines


class Reading(SplitLines):
    """One or two lines for each file; hidden while nothing is selected."""

    ALLOW_SELECT = False
    DEFAULT_CSS = """
    Reading {
        height: auto;
        max-height: 12;
        width: 1fr;
        margin: 1 0 0 0;
        display: none;
    }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._read: Context | None = None
        self._problem: AssistantError | None = None

    def show(self, context: Context | None, problem: AssistantError | None = None) -> None:
        """Shows a context, or why the selection cannot be read."""
        self._read, self._problem = context, problem
        self.display = context is not None or problem is not None
        self.refresh(layout=True)

    @property
    def text(self) -> str:
        """The lines as plain text."""
        return "\n".join(self.render_line(y).text.rstrip() for y in range(self.size.height))

    def lines_for(self, width: int) -> list[SplitLine]:
        style = palette_of(self.app.theme_variables)
        if self._problem is not None:
            text = wrap(f"{self._problem.message} {self._problem.hint}".strip(), width - 2)
            return [([(" ", style()), (line, style("warning"))], ()) for line in text]
        if self._read is None:
            return []
        files = self._read.files
        lines = [line for file in files[:MOST_FILES] for line in _file_lines(style, file, width)]
        if len(files) > MOST_FILES:
            lines.append(([(f" {len(files) - MOST_FILES:,} more files", style("faint"))], ()))
        if unread := self._read.unread:
            named = unread[0] if len(unread) == 1 else f"{len(unread):,} files"
            lines.append(([(f" not read: {named}", style("warning"))], ()))
        return lines


def _file_lines(style: Palette, file: ContextFile, width: int) -> list[SplitLine]:
    """The file and how much of it is read, on two lines where it does not fit on one."""
    colour = "muted" if file.whole else "warning"
    name: list[Part] = [(f" {file.path.rpartition('/')[2]}", style("foreground"))]
    how: list[Part] = [(f"{amount(file)} ", style(colour))]
    if width_of(name) + width_of(how) < width:
        return [(name, how)]
    if width_of(how) + 2 > width:
        shown, units = count_units(file)
        amounts = f"{tokens(file.tokens)} of {tokens(file.full_tokens)}"
        how = [(f"{shown:,} of {units:,} units · {amounts} ", style(colour))]
    return [(name, ()), ((), how)]
