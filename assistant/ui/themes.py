"""Themes: finds and validates their files, and turns their variables into styles.

A theme is a TOML file with the base colours of Textual and our own variables. Missing values come
from our dark or light theme, depending on its `dark` flag. Widgets use variables, never colours.
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
    missing = [name for name in _FALLBACKS.values() if name not in raw]
    if missing:
        raise UsageError(
            f"The theme {missing[0]!r} is missing from this installation.",
            hint="Reinstall the program.",
        )
    themes = tuple(_theme(data, raw[_FALLBACKS[data["dark"]]]) for data in raw.values())
    return themes, tuple(errors)


def _read(file: Path) -> Mapping[str, Any]:
    hint = "Fix or remove the file. The other themes still work."
    try:
        data = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"The theme file {file} cannot be read: {error}", hint=hint) from error
    if not isinstance(data.get("name"), str) or not isinstance(data.get("dark"), bool):
        raise UsageError(f"The theme file {file} has no `name` or no `dark`.", hint=hint)
    colours = data.get("colors", {})
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
    colours = {**fallback["colors"], **data.get("colors", {})}
    return Theme(
        name=data["name"],
        dark=data["dark"],
        variables={**fallback["variables"], **data.get("variables", {})},
        **{name: colours[name] for name in _BASE},
    )


class Palette:
    """Builds Rich styles from the variables of one theme."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables
        self._styles: dict[tuple[str, str, str], Style] = {}

    def __call__(self, colour: str = "", ground: str = "", attributes: str = "") -> Style:
        """Returns the style of two colour variables and attributes such as "bold"."""
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
"""Every line drawn asks for a palette, almost always for the same one."""


def palette_of(variables: Mapping[str, str]) -> Palette:
    """Returns the palette of a theme; the same object for the same variables.

    The mapping must not be changed afterwards.
    """
    global _latest
    if _latest[0] is not variables:
        _latest = (variables, _palette(frozenset(variables.items())))
    return _latest[1]
