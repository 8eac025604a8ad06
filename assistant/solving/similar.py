"""Finds code that is like what a task adds: its neighbours show how such code is written here."""

import re
from collections.abc import Sequence

from assistant.intent.values import AdditionKind, Intent
from assistant.prompt.builder import similar_notes
from assistant.repo.parsing import units_of
from assistant.repo.units import FUNCTIONS, Unit, unit_text
from assistant.repo.words import words
from assistant.solving.request import Workspace
from assistant.solving.values import Target, TargetKind

MOST_UNITS = 2
"""Beside the setters that belong to them."""
MOST_LINES = 30
_NAMED = 3
"""What the name of a unit in the task counts, in words in common."""
_PROPERTY = re.compile(r"\b(?:propert|eigenschaft|propiedad)|属性|プロパティ", re.IGNORECASE)
_IS_PROPERTY = re.compile(r"^\s*@(?:\w+\.)?\w*property\b", re.MULTILINE)


def notes_of_similar(workspace: Workspace, target: Target, intent: Intent) -> str:
    """Functions beside the place of an addition that are like it, for the notes of a prompt.

    Like it are those with words of its name, those that the task names, and properties where it
    adds one. Of equal ones, the last in the file. Empty where there are none.
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
    chosen = {name for name in best if likeness[name] > 0}
    return similar_notes(
        target.path, [text for name, text in texts.items() if name.partition(".")[0] in chosen]
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
    plain = name.partition("#")[0]
    stems = set(words(plain))
    shared = max(
        (len(stems.intersection(words(each.name))) for each in intent.additions), default=0
    )
    named = _NAMED if plain in intent.code_names else 0
    adds_property = _PROPERTY.search(intent.text) and any(
        each.kind is AdditionKind.METHOD for each in intent.additions
    )
    return shared + named + bool(adds_property and _IS_PROPERTY.search(text))
