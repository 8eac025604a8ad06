"""The basis of widgets whose height follows from their lines, each with a left and a right part."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import TypeAlias

from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget

from assistant.ui.rows import Part, spread

SplitLine: TypeAlias = tuple[Sequence[Part], Sequence[Part]]
"""The parts on the left and on the right of a line."""


class SplitLines(Widget):
    """As many lines as `lines_for` gives for the width."""

    @abstractmethod
    def lines_for(self, width: int) -> list[SplitLine]: ...

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self.lines_for(width))

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        lines = self.lines_for(width)
        if y >= len(lines):
            return Strip.blank(width, self.rich_style)
        return spread(*lines[y], width).apply_style(self.rich_style)
