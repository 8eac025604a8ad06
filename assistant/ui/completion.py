"""Owns what can be completed at a place in the task: commands, paths, units of a path. Pure.

A path or a unit with blanks in its name stands in double quotes: @"user guide.md::First steps".
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from assistant.context.bundle import Selected
from assistant.repo.units import Unit
from assistant.ui.commands import COMMANDS
from assistant.ui.filetree import match_paths

_WORD = re.compile(r'(?:^|(?<=\s))@(?:"([^"]*)|([^\s"]*))$')
_MENTION = re.compile(r'(?:^|(?<=\s))@(?:"([^"]+)"|([^\s@"]+))')
_CLOSING = ".,;:!?)"
_MOST = 8


@dataclass(frozen=True, slots=True)
class Suggestion:
    text: str
    """What stands in place of the word when it is taken."""
    label: str
    note: str
    more: bool = False
    """True when taking it goes on completing."""


@dataclass(frozen=True, slots=True)
class Completion:
    start: int
    """Column in the line at which the word to be replaced begins."""
    suggestions: tuple[Suggestion, ...]


def wanted_units(before: str) -> str:
    """The path whose units are being typed; empty when it is none."""
    match = _WORD.search(before)
    path, separator, _ = _typed(match).partition("::") if match else ("", "", "")
    return path if separator else ""


def _typed(match: re.Match[str]) -> str:
    """What stands after the @, without quotes."""
    return match[1] or match[2] or ""


def _mention(name: str) -> str:
    """A path or a unit as it stands in a task, and the blank after it."""
    return f'@"{name}" ' if re.search(r"\s", name) else f"@{name} "


def complete(
    before: str,
    *,
    first_line: bool,
    paths: Iterable[str],
    units: Callable[[str], Sequence[Unit]],
    arguments: Callable[[str], Sequence[str]],
) -> Completion | None:
    """Suggestions for the text of a line up to the cursor; None where there is nothing to offer.

    `arguments` gives what may follow a command, such as the names of themes.
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
        suggestions = [
            Suggestion(_mention(p), p, ":: for its parts")
            for p in match_paths(paths, path, limit=_MOST)
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


def mentions(text: str, paths: Iterable[str]) -> tuple[Selected, ...]:
    """What a task names by @path or @path::unit, as far as the path exists."""
    known = set(paths)
    found: dict[Selected, None] = {}
    for match in _MENTION.finditer(text):
        path, _, unit = _typed(match).partition("::")
        if match[2]:  # without quotes, the sentence may go on right behind it
            unit = unit.rstrip(_CLOSING)
            path = path if path in known else path.rstrip(_CLOSING)
        if path in known:
            found[Selected(path, unit)] = None
    return tuple(found)
