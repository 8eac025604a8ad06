"""Checks whether a changed file parses.

A language without a parser is SKIPPED, never PASSED. Errors that a grammar already reported before
the change do not count.
"""

import json
import tomllib
import warnings
from collections.abc import Callable
from pathlib import PurePosixPath

from tree_sitter import Parser

from assistant.checks.results import Evidence, Status
from assistant.repo.grammars import LANGUAGES, language

_NAME = "syntax"
_MAX_BYTES = 4 << 20
"""Largest file that is parsed with a grammar, in bytes."""
_PREPROCESSED = frozenset({"c", "cpp", "bash"})
"""Languages in which macros or expansions make a grammar report errors in correct code."""


def check_syntax(path: str, data: bytes, old: bytes | None = None) -> Evidence:
    """Parses the file according to its suffix. The detail of a failure starts with `path:line`.

    Python, JSON and TOML have their own parsers. Other languages use a tree-sitter grammar and fail
    only with more errors than the old bytes (None for a new file) have.
    """
    suffix = PurePosixPath(path).suffix.lower()
    if parse := _PARSERS.get(suffix):
        problem = parse(data)
    elif (name := LANGUAGES.get(suffix.removeprefix("."))) and len(data) <= _MAX_BYTES:
        lines = _tree_errors(name, data)
        before = _tree_errors(name, old) if old is not None else []
        if lines and old is None and name in _PREPROCESSED:
            detail = f"{path}: the grammar does not see through all of it"
            return Evidence(_NAME, Status.SKIPPED, detail)
        fresh = len(lines) > len(before)
        problem = (lines[0], "the grammar finds an error here or below") if fresh else None
    else:
        return Evidence(_NAME, Status.SKIPPED, f"{path}: no parser for this kind of file")
    if problem is None:
        return Evidence(_NAME, Status.PASSED, f"{path} parses")
    line, message = problem
    return Evidence(_NAME, Status.FAILED, f"{path}:{line}: {message}")


def _tree_errors(name: str, data: bytes) -> list[int]:
    """1-based lines at which the grammar reports an error or a missing node."""
    tree = Parser(language(name)).parse(data)
    lines = []
    pending = [tree.root_node]
    while pending:
        node = pending.pop()
        if node.is_error or node.is_missing:
            lines.append(node.start_point[0] + 1)
        elif node.has_error:
            pending.extend(node.children)
    return sorted(lines)


def _python(data: bytes) -> tuple[int, str] | None:
    try:
        with warnings.catch_warnings():
            # An invalid escape in a string is a warning, not an error.
            warnings.simplefilter("ignore")
            compile(data, "<checked>", "exec", dont_inherit=True)
    except SyntaxError as error:
        return error.lineno or 1, error.msg
    except (ValueError, RecursionError, MemoryError) as error:
        # NUL bytes, or nesting too deep for the compiler.
        return 1, str(error) or "nested too deeply"
    return None


def _json(data: bytes) -> tuple[int, str] | None:
    try:
        json.loads(data.decode("utf-8-sig"))
    except json.JSONDecodeError as error:
        return error.lineno, error.msg
    except (UnicodeDecodeError, RecursionError) as error:
        return 1, str(error)
    return None


def _toml(data: bytes) -> tuple[int, str] | None:
    try:
        tomllib.loads(data.decode("utf-8").replace("\r\n", "\n"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        message, _, place = str(error).partition(" (at line ")
        line = place.partition(",")[0]
        return int(line) if line.isdigit() else 1, message
    return None


_PARSERS: dict[str, Callable[[bytes], tuple[int, str] | None]] = {
    ".py": _python,
    ".pyi": _python,
    ".json": _json,
    ".toml": _toml,
}
