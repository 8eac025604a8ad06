"""Completes commands, paths and units in the task line."""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from assistant.context.mentions import holds_files
from assistant.repo.units import Unit
from assistant.ui.commands import COMMANDS
from assistant.ui.filetree import match_paths

_WORD = re.compile(r'(?:^|(?<=\s))@(?:"([^"]*)|([^\s"]*))$')
_MOST = 8


@dataclass(frozen=True, slots=True)
class Suggestion:
    text: str
    """Text that replaces the word."""
    label: str
    note: str
    more: bool = False
    """True if the completed text can be completed further."""


@dataclass(frozen=True, slots=True)
class Completion:
    start: int
    """Column at which the word to replace begins."""
    suggestions: tuple[Suggestion, ...]


def wanted_units(before: str) -> str:
    """Returns the path whose units are being typed, or an empty string."""
    match = _WORD.search(before)
    path, separator, _ = _typed(match).partition("::") if match else ("", "", "")
    return path if separator else ""


def _typed(match: re.Match[str]) -> str:
    """Returns the text after the @, without quotes."""
    return match[1] or match[2] or ""


def _mention(name: str) -> str:
    """Formats a path or unit as a mention, followed by a space."""
    return f'@"{name}" ' if re.search(r"\s", name) else f"@{name} "


def complete(
    before: str,
    *,
    first_line: bool,
    paths: Collection[str],
    units: Callable[[str], Sequence[Unit]],
    arguments: Callable[[str], Sequence[str]],
) -> Completion | None:
    """Completes the text of a line up to the cursor. Returns None if nothing fits.

    `arguments` returns the possible arguments of a command, such as the names of themes.
    """
    match = _WORD.search(before)
    if match is None:
        typing_command = first_line and before.startswith("/") and not before.startswith("//")
        return _command(before, arguments) if typing_command else None
    path, separator, name = _typed(match).partition("::")
    if separator:
        found = [u for u in units(path) if name.lower() in u.name.lower()]
        suggestions = [
            Suggestion(_mention(u.label), u.name, f"{u.kind.value}, lines {u.start}–{u.end}")
            for u in found[:_MOST]
        ]
    else:
        folder = path.endswith("/") and holds_files(path, paths)
        suggestions = [Suggestion(_mention(path), path, "all its files")] if folder else []
        suggestions += [
            Suggestion(_mention(p), p, ":: for its units")
            for p in match_paths(paths, path, limit=_MOST - folder)
        ]
    return Completion(match.start(), tuple(suggestions)) if suggestions else None


def _command(before: str, arguments: Callable[[str], Sequence[str]]) -> Completion | None:
    name, space, typed = before[1:].partition(" ")
    if space:
        fitting = [a for a in arguments(name) if typed.lower() in a.lower()]
        if not fitting or typed in fitting:
            return None
        start = len(name) + 2
        return Completion(start, tuple(Suggestion(a, a, "") for a in fitting[:_MOST]))
    found = [spec for spec in COMMANDS if spec.name.startswith(name)]
    if not found or (len(found) == 1 and found[0].name == name and not found[0].argument):
        return None
    return Completion(
        0,
        tuple(
            Suggestion(
                f"/{s.name} " if s.argument else f"/{s.name}",
                f"/{s.name} {s.argument}".rstrip(),
                s.summary,
            )
            for s in found
        ),
    )
