"""The list of models, the detected hardware, and the progress of a download."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from assistant.models.progress import PullProgress
from assistant.ui.amounts import duration, size
from assistant.ui.rows import Part, spread, strip_of
from assistant.ui.services import ModelChoice
from assistant.ui.themes import palette_of
from assistant.ui.widgets.lines import CursorView


class ModelList(CursorView):
    """Two lines per model: name and size, then licence and expected performance."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", "use this model", id="models.choose"),
    ]  # fmt: skip

    @dataclass
    class Chosen(Message):
        choice: ModelChoice

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._choices: tuple[ModelChoice, ...] = ()

    def show(self, choices: Sequence[ModelChoice]) -> None:
        self._choices = tuple(choices)
        self.styles.height = self.line_count
        self.update_lines()

    @property
    def current(self) -> ModelChoice | None:
        return self._choices[self.cursor] if self._choices else None

    def go_to(self, name: str) -> None:
        """Moves the cursor to a model, if it is listed."""
        at = next((n for n, choice in enumerate(self._choices) if choice.name == name), 0)
        self.cursor = at

    @property
    def line_count(self) -> int:
        return 2 * len(self._choices)

    @property
    def item_count(self) -> int:
        return len(self._choices)

    def first_line(self, item: int) -> int:
        return 2 * item

    def height_of(self, item: int) -> int:
        return 2

    def item_at(self, line: int) -> int:
        return line // 2

    def action_choose(self) -> None:
        if self.current is not None:
            self.post_message(self.Chosen(self.current))

    def on_cursor_view_clicked(self, event: CursorView.Clicked) -> None:
        event.stop()
        self.action_choose()

    def draw(self, line: int, width: int) -> Strip:
        style, choice = self.palette, self._choices[line // 2]
        on = line // 2 == self.cursor
        if line % 2:
            note = " · ".join(part for part in (choice.licence, choice.note) if part)
            strip = spread([("     ", style()), (note, style("muted"))], [], width)
        else:
            left: list[Part] = [
                (" ❯ " if on else "   ", style("primary", "", "bold")),
                (
                    "● " if choice.installed else "○ ",
                    style("success" if choice.installed else "faint"),
                ),
                (choice.title, style("foreground", "", "bold" if on else "")),
            ]
            if choice.recommended:
                left.append(("  recommended here", style("primary")))
            download = f"{size(choice.size)} to download" if choice.size else "nothing to download"
            cost = "installed" if choice.installed else download
            strip = spread(left, [(f"{cost} ", style("muted"))], width)
        return style.lay(strip.extend_cell_length(width), "cursor" if on else "")


class Facts(Widget):
    """Aligned pairs of name and value."""

    ALLOW_SELECT = False

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._facts: tuple[tuple[str, str], ...] = ()

    def show(self, facts: Sequence[tuple[str, str]]) -> None:
        self._facts = tuple(facts)
        self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self._facts)

    def render_line(self, y: int) -> Strip:
        if y >= len(self._facts):
            return Strip.blank(self.size.width, self.rich_style)
        style = palette_of(self.app.theme_variables)
        name, value = self._facts[y]
        column = max(len(name) for name, _ in self._facts) + 2
        parts: list[Part] = [(f"{name:<{column}}", style("faint")), (value, style("foreground"))]
        return spread(parts, [], self.size.width).apply_style(self.rich_style)


class PullBar(Widget):
    """Three lines: the stage of a download, a bar, and amount, rate and time left."""

    ALLOW_SELECT = False

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._title = ""
        self._progress: PullProgress | None = None

    def start(self, title: str) -> None:
        self._title, self._progress = title, None
        self.refresh()

    def show(self, progress: PullProgress) -> None:
        self._progress = progress
        self.refresh()

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        style = palette_of(self.app.theme_variables)
        progress = self._progress
        if y == 0:
            stage = progress.stage if progress else "starting"
            left: list[Part] = [
                (f"{stage} ", style("foreground", "", "bold")),
                (self._title, style("muted")),
            ]
            detail = progress.detail if progress else ""
            strip = spread(left, [(detail, style("faint"))] if detail else [], width)
        elif y == 1:
            share = progress.fraction if progress else 0.0
            full = round(share * width)
            strip = strip_of(
                [("━" * full, style("primary")), ("━" * (width - full), style("line"))]
            )
        else:
            strip = spread(self._amount(progress), self._speed(progress), width)
        return strip.adjust_cell_length(width, self.rich_style).apply_style(self.rich_style)

    def _amount(self, progress: PullProgress | None) -> list[Part]:
        style = palette_of(self.app.theme_variables)
        if progress is None or not progress.total:
            return []
        if progress.stage == "converting":
            return [(f"{progress.fraction:.0%}", style("foreground"))]
        text = f"{size(progress.done)} of {size(progress.total)}"
        return [(f"{progress.fraction:.0%}  ", style("foreground")), (text, style("muted"))]

    def _speed(self, progress: PullProgress | None) -> list[Part]:
        style = palette_of(self.app.theme_variables)
        if progress is None:
            return []
        words = []
        if progress.rate and progress.stage != "converting":
            words.append(f"{size(progress.rate)}/s")
        if progress.seconds_left is not None:
            words.append(f"{duration(progress.seconds_left)} left")
        return [("  ".join(words), style("muted"))]
