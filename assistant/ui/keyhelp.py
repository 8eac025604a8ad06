"""The keys of a screen, read from the bindings of its widgets: those of the focus come first."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from textual.app import App
from textual.binding import Binding
from textual.dom import DOMNode
from textual.screen import Screen
from textual.widget import Widget

_OURS = "assistant."
"""Bindings of classes of other packages, such as all keys of a text field, are left out."""
_TITLES = {
    "AssistantApp": "Everywhere",
    "ChecksView": "Checks",
    "ContextScreen": "Context",
    "CursorView": "In every list",
    "Dialog": "In every dialog",
    "DiffView": "In the diff",
    "FileEditor": "In the text of a file",
    "FileList": "Files",
    "FileReader": "In a file that is only read",
    "FileScreen": "File",
    "FindBar": "Finding in a file",
    "LogView": "Log",
    "MainScreen": "Main screen",
    "PartList": "Context: the parts",
    "PlacesScreen": "Places",
    "PlanPanel": "Plan",
    "ReviewPanel": "Review",
    "ReviewRequests": "Review: more work on it",
    "SearchScreen": "Search",
    "SetupScreen": "Model screen",
    "TaskInput": "Task line",
}
"""Titles of classes whose names would not make good ones."""
_GENERAL = ("CursorView", "Dialog", "AssistantApp")
"""Classes whose keys are the same in many places, and so come after those of the pane."""
_NOTES: dict[str, tuple[tuple[str, str], ...]] = {
    "TaskInput": (("@  /", "complete a path or unit, or a command"),),
    "DiffView": (
        ("underlined  ?", "token probability below 50%; bold: below 20%"),
        ("−  +", "a removed, an added line"),
    ),
}
"""What is no key, but has to be explained next to the keys of a class."""


@dataclass(frozen=True, slots=True)
class KeySection:
    """The keys that one class of widgets understands."""

    title: str
    rows: tuple[tuple[str, str], ...]
    """Pairs of keys, as they are shown, and what they do."""


def key_sections(screen: Screen[Any]) -> tuple[KeySection, ...]:
    """Returns the keys of the focused widget first, then of what surrounds it, then the others.

    Every class appears once. Keys of other widgets are listed as well, because a reader of the help
    wants to know what is possible after going there.
    """
    start = screen.focused or screen
    focused = [owner for node in start.ancestors_with_self for owner in _owners(node)]
    focused.sort(key=lambda owner: owner.__name__ in _GENERAL)
    others = [owner for node in _others(screen) for owner in _owners(node)]
    sections = (
        KeySection(_title(owner), tuple(_rows(owner, screen.app)))
        for owner in dict.fromkeys((*focused, *others))
    )
    return tuple(section for section in sections if section.rows)


def _others(screen: Screen[Any]) -> Iterator[DOMNode]:
    for widget in screen.query(Widget):
        if widget.can_focus:
            yield from (node for node in widget.ancestors_with_self if node is not screen)


def _owners(node: DOMNode) -> Iterable[type]:
    """The classes of a node that declare bindings, its own first."""
    for owner in type(node).__mro__:
        if owner.__module__.startswith(_OURS) and vars(owner).get("BINDINGS"):
            yield owner


def _title(owner: type) -> str:
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", owner.__name__).lower()
    return _TITLES.get(owner.__name__, words.capitalize())


def _rows(owner: type, app: App[Any]) -> Iterator[tuple[str, str]]:
    keys: dict[str, list[str]] = {}
    meanings: dict[str, str] = {}
    for binding in Binding.make_bindings(vars(owner)["BINDINGS"]):
        keys.setdefault(binding.action, [])
        display = app.get_key_display(binding)
        if display not in keys[binding.action]:
            keys[binding.action].append(display)
        meanings[binding.action] = meaning_of(binding)
    for action, names in keys.items():
        if meanings[action]:
            yield "  ".join(names), meanings[action]
    yield from _NOTES.get(owner.__name__, ())


def meaning_of(binding: Binding) -> str:
    """What a key does, in the words of the binding, starting with a small letter."""
    words = binding.tooltip or binding.description
    return words[:1].lower() + words[1:]
