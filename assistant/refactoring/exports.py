"""Exports names of a Python module from the package that other code imports them from."""

import ast
from collections.abc import Sequence

from assistant.proposal.exports import add_export
from assistant.proposal.splice import add_imports
from assistant.refactoring.imports import imported_from
from assistant.refactoring.sources import Sources
from assistant.repo.python_trees import parsed


def exported(sources: Sources, path: str, home: str, names: Sequence[str]) -> bytes | None:
    """The file `path` with an import of each name from the file `home`, as it imports others, and
    with the name in its `__all__` if it has one. None if it cannot be read or has them already.
    """
    file = sources.file(path)
    if file is None or parsed(file.text) is None:
        return None
    lines = [imported_from(sources, path, home, name) for name in names]
    new = add_imports(file, lines)
    beside = _last_listed(parsed(file.text), lines)
    for name in names:
        new = add_export(new, name, after=beside)
        beside = name if beside else ""
    return new if new != file.data else None


def _last_listed(tree: ast.Module | None, lines: Sequence[str]) -> str:
    """The last name that the file imports from the same module; empty where there is none."""
    modules = {line.split()[1] for line in lines}
    found = [
        alias.asname or alias.name
        for node in (tree.body if tree is not None else ())
        if isinstance(node, ast.ImportFrom)
        if "." * node.level + (node.module or "") in modules
        for alias in node.names
    ]
    return found[-1] if found else ""
