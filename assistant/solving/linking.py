"""Tells how closely a Python test file is linked to a unit: by its imports, names and file name.

Reads text only. A name alone is no link: the test must also import the unit's module, or a package
above it, which may export the unit under a shorter path.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from assistant.repo.python_trees import parsed

MODULE, PACKAGE, USED, NAMESAKE = 3, 1, 2, 2
"""What counts towards a link: the module imported, a package above it, a name used, the same file
name. One use is worth as much as the file name."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What tests should cover: some names of a module, or all of it."""

    path: str
    module: str
    """Its dotted name, as tests import it."""
    names: frozenset[str]
    """Plain names, without their classes; empty for the module as a whole."""

    @property
    def is_whole(self) -> bool:
        return not self.names


def mentions(subject: Subject, path: str, text: str) -> bool:
    """Whether parsing a test file can show a link at all; rules most files out cheaply."""
    if _is_namesake(subject.path, path):
        return True
    words = subject.names or {subject.module.rpartition(".")[2]}
    return any(re.search(rf"\b{re.escape(word)}\b", text) for word in words)


def is_runnable(path: str) -> bool:
    """Whether the name of a Python file is one that test runners collect."""
    stem = PurePosixPath(path).stem
    return stem.startswith("test") or stem.endswith(("_test", "_tests"))


def imports(path: str, module: str, text: str) -> frozenset[str]:
    """What a Python file imports, as dotted names; for `from a import b`, `a` and `a.b`.

    `module` is the file's own dotted name, for its relative imports. Empty if it does not parse.
    """
    tree = parsed(text)
    is_package = path.endswith("__init__.py")
    return frozenset(_imports(tree, module, is_package=is_package)) if tree else frozenset()


def strength(subject: Subject, path: str, module: str, text: str) -> int:
    """How closely a test file, whose own dotted name is `module`, is linked to the subject; 0 for
    not at all."""
    tree = parsed(text)
    if tree is None:
        return 0
    imported = imports(path, module, text)
    direct = any(_is_within(each, subject.module) for each in imported)
    packages = _parents(subject.module)
    above = not imported.isdisjoint(packages) or any(
        each.rpartition(".")[0] in packages for each in imported
    )
    used = sum(name in subject.names for name in _names(tree))
    near = NAMESAKE if _is_namesake(subject.path, path) else 0
    if not (direct or above) or not (used or near or (subject.is_whole and direct)):
        return 0
    return (MODULE if direct else PACKAGE) + near + USED * min(used, 10)


def _imports(tree: ast.Module, module: str, *, is_package: bool) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (each.name for each in names)
            case ast.ImportFrom(module=source, names=names, level=level):
                parts = module.split(".")
                up = level - is_package
                start = parts[: len(parts) - up] if level else []
                base = ".".join([*start, *((source or "").split(".") if source else [])])
                if base:
                    yield base
                    yield from (f"{base}.{each.name}" for each in names)


def _names(tree: ast.Module) -> Iterator[str]:
    """The names that code uses, as often as it does; imports do not count."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr


def _is_within(name: str, module: str) -> bool:
    return name == module or name.startswith(f"{module}.")


def _parents(module: str) -> set[str]:
    parts = module.split(".")
    return {".".join(parts[:size]) for size in range(1, len(parts))}


def _is_namesake(path: str, test: str) -> bool:
    """`humanize/filesize.py` and `tests/test_filesize.py`."""
    stem, other = PurePosixPath(path).stem.strip("_"), PurePosixPath(test).stem
    return (
        bool(stem) and stem != "init" and other.removeprefix("test_").removesuffix("_test") == stem
    )
