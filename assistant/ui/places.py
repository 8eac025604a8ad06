"""Finds places such as `path:line` in text, and the file of the repository that one means."""

import re
from collections.abc import Collection
from dataclasses import dataclass

from textual.message import Message

from assistant.errors import UsageError
from assistant.sanitize import sanitize_line

_PATTERNS = (
    re.compile(r'\bFile "(?P<path>[^"\n]+)", line (?P<line>\d+)'),
    re.compile(
        r"(?<![\w./\\+@-])(?P<path>(?:[A-Za-z]:)?[\w./\\+@-]*[\w+-]\.\w+):(?P<line>\d+)(?::\d+)?\b"
    ),
    re.compile(r"-->\s*(?P<path>\S+?):(?P<line>\d+)"),
)
_LOOKED_AT = 1_000
"""Characters of a line in which a place is looked for."""


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a file, as a program or a user writes it."""

    path: str
    """As it was written: relative, absolute, or the end of a path."""
    line: int
    """1-based."""


@dataclass
class PlaceChosen(Message):
    """A place in a pane is to be opened."""

    place: Place


def place_in(text: str) -> Place | None:
    """The first place in a line of text; None without one."""
    found = [match for each in _PATTERNS if (match := each.search(text, 0, _LOOKED_AT))]
    first = min(found, key=lambda match: match.start(), default=None)
    return Place(first["path"], max(1, int(first["line"]))) if first else None


def place_of(argument: str, paths: Collection[str]) -> Place:
    """What the user typed: a path with or without a line, in quotes or after an @.

    Raises UsageError for an empty argument.
    """
    typed = argument.strip().removeprefix("@").strip("\"'")
    if not typed:
        raise UsageError(
            "/open needs a path.", hint="Type it after /open, with a line if you want: a.py:12."
        )
    path, separator, line = typed.rpartition(":")
    if separator and line.isdigit() and typed not in paths:
        return Place(path, max(1, int(line)))
    return Place(typed, 1)


def resolved(place: Place, root: str, paths: Collection[str]) -> str:
    """The path of the repository that a place means.

    What lies in the repository is taken as it is. Else the path with the longest common end is,
    since checks run on a copy in another folder. Raises UsageError for none, or several.
    """
    written = place.path.replace("\\", "/").removeprefix(f"{root.rstrip('/')}/")
    written = written.removeprefix("./")
    if written in paths:
        return written
    parts = [part for part in written.split("/") if part]
    for start in range(len(parts)):
        end = "/".join(parts[start:])
        found = [path for path in paths if path == end or path.endswith(f"/{end}")]
        if len(found) == 1:
            return found[0]
        if found:
            named = ", ".join(sanitize_line(path) for path in sorted(found)[:3])
            raise UsageError(
                f"{sanitize_line(place.path)} may be one of {len(found)} files.",
                hint=f"Open one of them with /open: {named}.",
            )
    raise UsageError(
        f"{sanitize_line(place.path)} is no file of this repository.",
        hint="Press / in the list of files to find one by its name, or /refresh to list new ones.",
    )
