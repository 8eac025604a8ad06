"""Finds the functions that use a definition, in any language that is parsed."""

from collections.abc import Callable
from pathlib import Path

from assistant.refactoring.python_definitions import PYTHON, definitions_in
from assistant.refactoring.python_references import python_references
from assistant.refactoring.python_resolver import Resolver
from assistant.refactoring.sources import Sources
from assistant.refactoring.tree_definitions import tree_definitions
from assistant.refactoring.tree_references import tree_references
from assistant.refactoring.values import Found, Sense
from assistant.repo.parsing import units_of
from assistant.repo.units import Unit, function_at


def users_of(
    sources: Sources, unit: Unit, cache: Path, each: Callable[[], None]
) -> tuple[Unit, ...]:
    """The functions and methods that use a unit, each once, by path and line; not itself.

    `each` is called once for every file that is searched.
    """
    found = references_to(sources, unit, cache, each)
    if found is None:
        return ()
    users: dict[str, Unit] = {}
    for place in found.of(Sense.REFERENCE, Sense.BY_NAME):
        at = sources.file(place.path)
        user = function_at(units_of(at), place.line) if at is not None else None
        if user is not None and user.label != unit.label:
            users[user.label] = user
    return tuple(users.values())


def references_to(
    sources: Sources, unit: Unit, cache: Path, each: Callable[[], None]
) -> Found | None:
    """All places that have the name of a unit; None where its definition cannot be read.

    `each` is called once for every file that is searched.
    """
    file = sources.file(unit.path)
    if file is None:
        return None
    python = unit.path.endswith(PYTHON)
    word = unit.name.rpartition(".")[2]
    defined = definitions_in(file, word) if python else tree_definitions(file, word)
    definition = next((one for one in defined if one.name == unit.name), None)
    if definition is None:
        return None
    search = python_references if python else tree_references
    return search(sources, Resolver(sources, cache), definition, each)
