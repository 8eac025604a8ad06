"""Finds code that is like what a task adds: its neighbours show how such code is written here."""

import re
from collections.abc import Sequence

from assistant.intent.values import AdditionKind, Intent
from assistant.prompt.builder import similar_notes
from assistant.repo.parsing import units_of
from assistant.repo.units import FUNCTIONS, Unit, unit_text
from assistant.solving.request import Workspace
from assistant.solving.values import Target, TargetKind

MOST_UNITS = 2
"""Beside the setters that belong to them."""
MOST_LINES = 30
_PROPERTY = re.compile(r"\b(?:propert|getter|eigenschaft|propiedad)|属性|プロパティ", re.IGNORECASE)
_IS_PROPERTY = re.compile(
    r"^\s*(?:@(?:\w+\.)?\w*property\b|(?:(?:public|static|override) )*get #?\w+\()", re.MULTILINE
)
_PARTS = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])")


def notes_of_similar(workspace: Workspace, target: Target, intent: Intent) -> str:
    """Functions beside the place of an addition that are like it, for the notes of a prompt.

    Like it are those whose names begin alike (`wait_none` and `wait_zero`), those that the task
    names, and properties where it adds one; those that only share another word do something else.
    Of equal ones, the last in the file. Empty where there are none.
    """
    if not target.adds:
        return ""
    file = workspace.repository.text(target.path)
    beside = _beside(target, units_of(file))
    texts = {name: unit_text(file.text, unit) for name, unit in beside.items()}
    likeness = {
        name: _likeness(name, text, intent)
        for name, text in texts.items()
        if "." not in name and text.count("\n") < MOST_LINES
    }
    best = sorted(reversed(likeness), key=lambda name: -likeness[name])[:MOST_UNITS]
    chosen = {_plain(name) for name in best if likeness[name] > 0}
    return similar_notes(
        target.path, [text for name, text in texts.items() if _plain(name) in chosen]
    )


def _beside(target: Target, units: Sequence[Unit]) -> dict[str, Unit]:
    """The functions of the type that gets a member, or those at the top of the file, by name.

    A setter has the name of its property with `.setter`.
    """
    owner = f"{target.unit.name}." if target.unit and target.kind is TargetKind.MEMBER else ""
    inside = {
        unit.name.removeprefix(owner): unit
        for unit in units
        if unit.kind in FUNCTIONS and unit.name.startswith(owner)
    }
    return {
        name: unit
        for name, unit in inside.items()
        if name.count(".") == 0 or name.endswith((".setter", ".deleter"))
    }


def _likeness(name: str, text: str, intent: Intent) -> int:
    plain = _plain(name)
    alike = any(_beginning(plain) == _beginning(each.name) != "" for each in intent.additions)
    named = plain in intent.code_names
    adds_property = _PROPERTY.search(intent.text) and any(
        each.kind is AdditionKind.METHOD for each in intent.additions
    )
    return alike + 2 * named + bool(adds_property and _IS_PROPERTY.search(text))


def _plain(name: str) -> str:
    """A name without what tells a setter from its getter, or overloads apart."""
    return re.split(r"[.#]", name)[0]


def _beginning(name: str) -> str:
    """The first of several words of a name; empty where there is only one."""
    parts = _PARTS.findall(name)
    return str(parts[0]).lower() if len(parts) > 1 else ""
