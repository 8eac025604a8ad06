"""Finds undefined Python names that a change introduces, not those that were undefined before."""

import ast
import warnings
from collections import Counter
from collections.abc import Collection
from functools import lru_cache
from pathlib import PurePosixPath

from pyflakes import checker, messages

from assistant.checks.results import Evidence, Status

_NAME = "names"
_PROBLEMS = (messages.UndefinedName, messages.UndefinedLocal, messages.UndefinedExport)


def check_names(
    path: str, new: bytes, old: bytes | None, modules: Collection[str] | None = None
) -> Evidence:
    """Checks the new bytes for undefined names that the old bytes do not have, using pyflakes.

    For an `__init__.py`, `modules` are the modules of its package, which it may export without
    importing them; its exports are not checked without `modules`. SKIPPED for files that are not
    Python or do not parse.
    """
    if PurePosixPath(path).suffix != ".py":
        return Evidence(_NAME, Status.SKIPPED, f"{path} is not Python")
    # pyflakes does not check the exports of a file named __init__.py.
    checked_as = path if modules is None else ""
    found = _undefined(checked_as, new)
    if found is None:
        return Evidence(_NAME, Status.SKIPPED, f"{path} does not parse")
    known = Counter(name for name, _ in _undefined(checked_as, old or b"") or [])
    fresh = []
    for name, line in found:
        if name in (modules or ()):
            continue
        if known[name]:
            known[name] -= 1
        else:
            fresh.append((name, line))
    if not fresh:
        return Evidence(_NAME, Status.PASSED, f"{path} uses no undefined names")
    output = "\n".join(f"{path}:{line}: undefined name {name!r}" for name, line in fresh)
    return Evidence(_NAME, Status.FAILED, output.splitlines()[0], output)


@lru_cache(maxsize=128)
def undefined_names(data: bytes) -> frozenset[str]:
    """The undefined names of Python code; empty when it does not parse."""
    return frozenset(name for name, _ in _undefined("", data) or ())


def _undefined(path: str, data: bytes) -> list[tuple[str, int]] | None:
    """The name and line of each problem, in line order; None when the code does not parse."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(data, path)
        found = checker.Checker(tree, filename=path).messages
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    wanted = [message for message in found if isinstance(message, _PROBLEMS)]
    if any(isinstance(node, ast.FunctionDef) and node.name == "__getattr__" for node in tree.body):
        wanted = [each for each in wanted if not isinstance(each, messages.UndefinedExport)]
    wanted.sort(key=lambda message: (message.lineno, message.col))
    return [(str(message.message_args[0]), message.lineno) for message in wanted]
