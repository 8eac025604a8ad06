"""Adds the imports that a rewritten unit needs.

A model rewrites a unit without the top of its file, so it may use `math` or `defaultdict` without
an import. Undefined names are imported as the repository does it, else from the standard library.
"""

import builtins
import importlib
import sys
from collections.abc import Callable
from functools import cache
from types import MappingProxyType

from assistant.checks.names import undefined_names
from assistant.errors import ProposalError
from assistant.proposal.imports import add_imports
from assistant.repo.files import TextFile

_COMMON = (
    "typing", "collections", "dataclasses", "functools", "itertools", "math", "pathlib", "enum",
    "abc", "contextlib", "string", "operator", "datetime", "decimal", "fractions", "random", "copy",
    "heapq", "bisect", "statistics", "textwrap", "collections.abc",
)  # fmt: skip
"""Modules whose public names are imported by name; the first that has a name wins."""


def add_missing_imports(
    file: TextFile, old: bytes | None, of_repository: Callable[[str], str] = lambda name: ""
) -> bytes:
    """Adds imports for undefined names that the change uses; names undefined before are ignored.

    `of_repository` gives the import line for a name, or nothing; only for names that it does not
    know is the standard library searched.
    """
    if not file.path.endswith((".py", ".pyi")):
        return file.data
    known = undefined_names(old) if old is not None else frozenset()
    missing = sorted(undefined_names(file.data) - known)
    lines = tuple(line for name in missing if (line := of_repository(name) or import_line(name)))
    if not lines:
        return file.data
    try:
        return add_imports(file, lines)
    except ProposalError:
        return file.data


def import_line(name: str) -> str:
    """The import for a name of the standard library; empty when there is none."""
    if name in sys.stdlib_module_names and not name.startswith("_"):
        return f"import {name}"
    module = _exports().get(name)
    return f"from {module} import {name}" if module else ""


@cache
def _exports() -> MappingProxyType[str, str]:
    found: dict[str, str] = {}
    for module_name in _COMMON:
        module = importlib.import_module(module_name)
        names = getattr(module, "__all__", None) or [n for n in vars(module) if n[0] != "_"]
        for name in names:
            owner = getattr(getattr(module, name, None), "__module__", module_name)
            foreign = owner not in (module_name, "builtins") and name in vars(builtins)
            if not foreign and not hasattr(builtins, name):
                found.setdefault(name, module_name)
    return MappingProxyType(found)
