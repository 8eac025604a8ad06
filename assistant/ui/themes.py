"""Owns the themes: where their files are found, what they must hold, and how they become styles.

A theme is a TOML file: the base colours of textual and our own variables. What a file leaves out
comes from our dark or light theme, by its `dark` flag. Widgets name variables, never colours.
"""

import tomllib
from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from rich.style import Style
from textual.color import Color, ColorParseError
from textual.theme import Theme

from assistant.errors import UsageError
from assistant.resources import themes_dir
from assistant.settings import config_file

DEFAULT = "assistant-dark"
_FALLBACKS = {True: "assistant-dark", False: "assistant-light"}
_BASE = (
    "primary", "secondary", "accent", "foreground", "background",
    "surface", "panel", "success", "warning", "error",
)  # fmt: skip


def theme_folders() -> tuple[Path, ...]:
    """Folders that may hold themes: ours, then the user's, which need not exist."""
    return (themes_dir(), config_file().parent / "themes")


def load_themes(folders: Sequence[Path]) -> tuple[tuple[Theme, ...], tuple[UsageError, ...]]:
    """Every theme that can be read, by name, a later folder winning; and what was wrong.

    Our dark and light theme must be among them: raises UsageError when they are not.
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
    missing = [name for name in _FALLBACKS.values() if name not in raw]
    if missing:
        raise UsageError(
            f"The theme {missing[0]!r} is missing from this installation.",
            hint="Install the program again.",
        )
    themes = tuple(_theme(data, raw[_FALLBACKS[data["dark"]]]) for data in raw.values())
    return themes, tuple(errors)


def _read(file: Path) -> Mapping[str, Any]:
    hint = "Correct it or move it away; the other themes work."
    try:
        data = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"The theme file {file} cannot be read: {error}", hint=hint) from error
    if not isinstance(data.get("name"), str) or not isinstance(data.get("dark"), bool):
        raise UsageError(f"The theme file {file} lacks `name` or `dark`.", hint=hint)
    colours = data.get("colors", {})
    for name, value in {**colours, **data.get("variables", {})}.items():
        if not _valid(name, value):
            raise UsageError(f"In the theme file {file}, {name} = {value!r}.", hint=hint)
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
    colours = {**fallback["colors"], **data.get("colors", {})}
    return Theme(
        name=data["name"],
        dark=data["dark"],
        variables={**fallback["variables"], **data.get("variables", {})},
        **{name: colours[name] for name in _BASE},
    )


class Palette:
    """Rich styles by the names of theme variables; one per theme."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables
        self._styles: dict[tuple[str, str, str], Style] = {}

    def __call__(self, colour: str = "", ground: str = "", attributes: str = "") -> Style:
        """The style of a foreground and a background variable, and words such as "bold"."""
        key = (colour, ground, attributes)
        if key not in self._styles:
            self._styles[key] = Style.parse(attributes) + Style(
                color=self._colour(colour), bgcolor=self._colour(ground)
            )
        return self._styles[key]

    def _colour(self, name: str) -> str | None:
        return Color.parse(self._variables[name]).hex6 if name else None

    @cached_property
    def plain(self) -> Style:
        return Style()


@lru_cache(maxsize=8)
def _palette(items: frozenset[tuple[str, str]]) -> Palette:
    return Palette(dict(items))


_latest: tuple[Mapping[str, str], Palette] = ({}, Palette({}))
"""Every line that is drawn asks for its palette, and hardly ever for another one."""


def palette_of(variables: Mapping[str, str]) -> Palette:
    """The palette of a theme's variables; the same object for the same theme.

    A mapping that was given once must not be changed afterwards.
    """
    global _latest
    if _latest[0] is not variables:
        _latest = (variables, _palette(frozenset(variables.items())))
    return _latest[1]
