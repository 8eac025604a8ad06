"""The list of settings, one per line, and the explanation of the one under the cursor."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from assistant.preferences import Preference, Source
from assistant.ui.rows import Part, crop, spread, strip_of, wrap
from assistant.ui.themes import palette_of
from assistant.ui.widgets.lines import CursorView

_NAME = 22
_SOURCES = {
    Source.DEFAULT: ("default", "faint"),
    Source.FILE: ("file", "primary"),
    Source.ENVIRONMENT: ("environment", "warning"),
    Source.OPTION: ("option", "warning"),
}


class SettingsList(CursorView):
    """Name, value and source of every setting."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,e", "edit", "edit", id="settings.edit", tooltip="Change this setting"),
        Binding("d,delete", "reset", "default", id="settings.reset",
                tooltip="Go back to the default: remove it from the file"),
    ]  # fmt: skip

    @dataclass
    class EditWanted(Message):
        preference: Preference

    @dataclass
    class ResetWanted(Message):
        preference: Preference

    @dataclass
    class Highlighted(Message):
        preference: Preference

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._entries: tuple[Preference, ...] = ()

    def show(self, entries: Sequence[Preference]) -> None:
        self._entries = tuple(entries)
        self.update_lines()
        self._announce()

    @property
    def current(self) -> Preference | None:
        """The setting under the cursor."""
        return self._entries[self.cursor] if self._entries else None

    @property
    def line_count(self) -> int:
        return len(self._entries)

    def watch_cursor(self) -> None:
        super().watch_cursor()
        self._announce()

    def _announce(self) -> None:
        if self.current is not None:
            self.post_message(self.Highlighted(self.current))

    def action_edit(self) -> None:
        if self.current is not None:
            self.post_message(self.EditWanted(self.current))

    def action_reset(self) -> None:
        if self.current is not None:
            self.post_message(self.ResetWanted(self.current))

    def on_cursor_view_clicked(self, event: CursorView.Clicked) -> None:
        event.stop()

    def draw(self, line: int, width: int) -> Strip:
        style, entry = self.palette, self._entries[line]
        on = line == self.cursor
        source, colour = _SOURCES[entry.source]
        own = entry.source is not Source.DEFAULT
        value = entry.text or "–"
        left: list[Part] = [
            (" ❯ " if on else "   ", style("primary", "", "bold")),
            (f"{entry.name:<{_NAME}}", style("foreground", "", "bold" if on else "")),
            (crop(value, width - _NAME - 18), style("foreground" if own else "muted")),
        ]
        strip = spread(left, [(f"{source} ", style(colour))], width)
        return style.lay(strip.extend_cell_length(width), "cursor" if on else "")


class Meaning(Widget):
    """What a setting means, its choices and default, and when a change applies."""

    ALLOW_SELECT = False
    DEFAULT_CSS = "Meaning { height: auto; width: 1fr; }"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._preference: Preference | None = None
        self._news = ""

    def show(self, preference: Preference, news: str = "") -> None:
        """Shows a setting, and what has become of a change to it."""
        if self._preference is None or preference.name != self._preference.name or news:
            self._news = news
        self._preference = preference
        self.refresh(layout=True)

    def _lines(self, width: int) -> list[tuple[str, str]]:
        entry = self._preference
        if entry is None:
            return []
        default = f"Default: {entry.default_text or 'none'}."
        choices = f" Choices: {', '.join(entry.choices)}." if entry.choices else ""
        when = "A change applies at once." if entry.is_live else "A change applies after a restart."
        lines = [(text, "foreground") for text in wrap(entry.meaning, width - 4)]
        lines += [(text, "muted") for text in wrap(f"{default}{choices} {when}", width - 4)]
        if entry.source in (Source.ENVIRONMENT, Source.OPTION):
            lines += [(text, "warning") for text in wrap(_overridden(entry), width - 4)]
        if self._news:
            lines += [(text, "success") for text in wrap(self._news, width - 4)]
        return lines

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self._lines(width))

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        lines = self._lines(width)
        if y >= len(lines):
            return Strip.blank(width, self.rich_style)
        text, colour = lines[y]
        style = palette_of(self.app.theme_variables)(colour)
        strip = strip_of([("   ", style), (text, style)])
        return strip.adjust_cell_length(width, self.rich_style).apply_style(self.rich_style)


def _overridden(entry: Preference) -> str:
    if entry.source is Source.OPTION:
        return "An option of the command line sets it for this run; the file counts without it."
    return (
        f"The environment variable ASSISTANT_{entry.name.upper()} sets it, whatever the file says."
    )
