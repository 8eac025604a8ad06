"""Finds undefined Python names that a change introduces, not those that were undefined before."""

import ast
import warnings
from collections import Counter
from functools import lru_cache
from pathlib import PurePosixPath

from pyflakes import checker, messages

from assistant.checks.results import Evidence, Status

_NAME = "names"
_PROBLEMS = (messages.UndefinedName, messages.UndefinedLocal, messages.UndefinedExport)


def check_names(path: str, new: bytes, old: bytes | None) -> Evidence:
    """Checks the new bytes for undefined names that the old bytes do not have, using pyflakes.

    SKIPPED for files that are not Python or do not parse.
    """
    if PurePosixPath(path).suffix != ".py":
        return Evidence(_NAME, Status.SKIPPED, f"{path} is not Python")
    found = _undefined(path, new)
    if found is None:
        return Evidence(_NAME, Status.SKIPPED, f"{path} does not parse")
    known = Counter(name for name, _ in _undefined(path, old or b"") or [])
    fresh = []
    for name, line in found:
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
    wanted.sort(key=lambda message: (message.lineno, message.col))
    return [(str(message.message_args[0]), message.lineno) for message in wanted]
