"""Finds the definitions of names in files that tree-sitter parses."""

from assistant.refactoring.values import Definition, Kind
from assistant.repo.files import TextFile
from assistant.repo.grammars import LANGUAGES
from assistant.repo.parsing import units_of
from assistant.repo.units import UnitKind

TREES = tuple(f".{suffix}" for suffix in LANGUAGES if LANGUAGES[suffix] != "bash")
"""Suffixes of the files that are searched."""
_KINDS = {
    UnitKind.FUNCTION: Kind.FUNCTION,
    UnitKind.METHOD: Kind.METHOD,
    UnitKind.CLASS: Kind.CLASS,
    UnitKind.BLOCK: Kind.VARIABLE,
}


def tree_definitions(file: TextFile, name: str) -> tuple[Definition, ...]:
    """The functions, methods, types and top variables of a name, in file order."""
    return tuple(
        Definition(file.path, unit.name, _KINDS[unit.kind], unit.start)
        for unit in units_of(file)
        if unit.kind in _KINDS and unit.name.rpartition(".")[2] == name
    )
