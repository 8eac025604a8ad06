"""Themes: finds and validates their files, and turns their variables into styles.

A theme is a TOML file with a few base colours, from which `shades` derives all others; a value
under `variables` replaces a derived one. Missing base colours come from our dark or light theme,
depending on its `dark` flag. Widgets use variables, never colours.
"""

import tomllib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from rich.color import Color as RichColor
from rich.segment import Segment
from rich.style import Style
from textual.color import Color, ColorParseError
from textual.strip import Strip
from textual.theme import Theme

from assistant.errors import UsageError
from assistant.resources import themes_dir
from assistant.settings import config_file
from assistant.ui.contrast import READABLE, readable
from assistant.ui.shades import BASE, LEAST_CONTRAST, MARK_COLOURS, OPTIONAL, derive

DEFAULT = "assistant-dark"
FALLBACKS = {True: "assistant-dark", False: "assistant-light"}
TERMINAL = "assistant-terminal"
"""The theme in the terminal's own colours."""
_TEXTUAL = (
    "primary", "secondary", "accent", "foreground", "background",
    "surface", "panel", "success", "warning", "error",
)  # fmt: skip
"""The colours that Textual has fields for."""


def theme_folders() -> tuple[Path, ...]:
    """Returns the folders of our themes and of the user's, which may not exist."""
    return (themes_dir(), config_file().parent / "themes")


def load_themes(folders: Sequence[Path]) -> tuple[tuple[Theme, ...], tuple[UsageError, ...]]:
    """Loads the themes of all folders, and returns them with the errors in theme files.

    A theme replaces one of the same name from an earlier folder. Raises UsageError if our dark or
    light theme is missing.
    """
    raw: dict[str, Mapping[str, Any]] = {}
    errors: list[UsageError] = []
    for file in (file for folder in folders for file in sorted(folder.glob("*.toml"))):
        try:
            data = _read(file)
        except UsageError as error:
            errors.append(error)
        else:
            raw[data["name"]] = data
    missing = [name for name in FALLBACKS.values() if name not in raw]
    if missing:
        raise UsageError(
            f"The theme {missing[0]!r} is missing from this installation.",
            hint="Reinstall the program.",
        )
    themes = tuple(_theme(data, raw[FALLBACKS[data["dark"]]]) for data in raw.values())
    return themes, tuple(errors)


def stamps(folder: Path) -> frozenset[tuple[str, int, int]]:
    """Returns what tells that a theme file of the folder has changed: name, time and size."""
    found = set()
    for file in folder.glob("*.toml"):
        with suppress(OSError):  # it was removed meanwhile
            stat = file.stat()
            found.add((file.name, stat.st_mtime_ns, stat.st_size))
    return frozenset(found)


def _read(file: Path) -> Mapping[str, Any]:
    hint = "Fix or remove the file. The other themes still work."
    try:
        data = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"The theme file {file} cannot be read: {error}", hint=hint) from error
    if not isinstance(data.get("name"), str) or not isinstance(data.get("dark"), bool):
        raise UsageError(f"The theme file {file} has no `name` or no `dark`.", hint=hint)
    colours = data.get("colors", {})
    if unknown := sorted(set(colours) - {*BASE, *OPTIONAL}):
        raise UsageError(
            f"The theme file {file} has an unknown colour: {unknown[0]}.",
            hint=f"Known colours: {', '.join(sorted((*BASE, *OPTIONAL)))}.",
        )
    least = data.get("contrast", READABLE)
    if isinstance(least, bool) or not isinstance(least, int | float) or not 1 <= least <= 15:
        raise UsageError(
            f"The theme file {file} has an invalid value: contrast = {least!r}.",
            hint="It is the least contrast of text, from 1 to 15; 4.5 is usual, 7 is high.",
        )
    for name, value in {**colours, **data.get("variables", {})}.items():
        if not _valid(name, value):
            raise UsageError(
                f"The theme file {file} has an invalid value: {name} = {value!r}.", hint=hint
            )
    return data


def _valid(name: str, value: object) -> bool:
    if not isinstance(value, str):
        return False
    if name.endswith("-text-style"):
        return True
    try:
        Color.parse(value)
    except ColorParseError:
        return False
    return True


def _theme(data: Mapping[str, Any], fallback: Mapping[str, Any]) -> Theme:
    own = data.get("colors", {})
    base = own if own.keys() >= set(BASE) else {**fallback["colors"], **own}
    least = float(data.get("contrast", READABLE))
    derived = derive(base, dark=data["dark"], least=least)
    colours = dict[str, Any]((name, derived.pop(name)) for name in _TEXTUAL)
    return Theme(
        name=data["name"],
        dark=data["dark"],
        ansi=Color.parse(colours["background"]).ansi is not None,
        variables={**derived, **data.get("variables", {})},
        **colours,
    )


class Palette:
    """Builds Rich styles from the variables of one theme. Text is readable on its ground."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables
        self._styles: dict[tuple[str, str, str], Style] = {}
        self._laid: dict[tuple[Style | None, str], Style] = {}

    def __call__(self, colour: str = "", ground: str = "", attributes: str = "") -> Style:
        """Returns the style of two colour variables and attributes such as "bold"."""
        key = (colour, ground, attributes)
        if key not in self._styles:
            fore, back = self._colour(colour), self._colour(ground)
            marks = self._marks(ground)
            if fore is not None and back is not None:
                fore = self._reversed(ground) if marks else readable(fore, back, self._least)
            self._styles[key] = (
                Style.parse(marks)
                + Style.parse(attributes)
                + Style(
                    color=fore.rich_color if fore else None,
                    bgcolor=back.rich_color if back else None,
                )
            )
        return self._styles[key]

    def lay(self, strip: Strip, ground: str) -> Strip:
        """Puts a strip on a ground. Text that could not be read there gets lighter or darker."""
        if not ground:
            return strip
        return Strip(
            [Segment(text, self._on(style, ground)) for text, style, _ in strip], strip.cell_length
        )

    def _on(self, style: Style | None, ground: str) -> Style:
        key = (style, ground)
        if key not in self._laid:
            under = self("", ground)
            if style is not None and style.color is not None and style.bgcolor is None:
                style = style + Style(color=self._text(style.color, ground).rich_color)
            self._laid[key] = under + style if style is not None else under
        return self._laid[key]

    def _text(self, colour: RichColor, ground: str) -> Color:
        if self._marks(ground):
            return self._reversed(ground)
        back = Color.parse(self._variables[ground])
        return readable(Color.from_rich_color(colour), back, self._least)

    def _marks(self, ground: str) -> str:
        """The attributes that mark a ground; empty if it has a colour for that."""
        marks = self._variables.get(f"{ground}-text-style", "none") if ground else "none"
        return "" if marks == "none" else marks

    def _reversed(self, ground: str) -> Color:
        """The one colour of text that is marked: in reverse, several would look like a quilt."""
        return Color.parse(self._variables[MARK_COLOURS.get(ground, "foreground")])

    @cached_property
    def _least(self) -> float:
        return float(self._variables.get(LEAST_CONTRAST, READABLE))

    def _colour(self, name: str) -> Color | None:
        return Color.parse(self._variables[name]) if name else None

    @cached_property
    def plain(self) -> Style:
        return Style()


@lru_cache(maxsize=8)
def _palette(items: frozenset[tuple[str, str]]) -> Palette:
    return Palette(dict(items))


_latest: tuple[Mapping[str, str], Palette] = ({}, Palette({}))
"""Every line drawn asks for a palette, almost always for the same one."""


def palette_of(variables: Mapping[str, str]) -> Palette:
    """Returns the palette of a theme; the same object for the same variables.

    The mapping must not be changed afterwards.
    """
    global _latest
    if _latest[0] is not variables:
        _latest = (variables, _palette(frozenset(variables.items())))
    return _latest[1]
