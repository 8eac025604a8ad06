"""Owns the first evidence about a changed file: does it parse?

Refuses to judge a language it has no parser for: that is SKIPPED, never PASSED. Refuses to blame a
change for what a grammar did not understand before it either.
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
_LARGEST = 4 << 20
"""Bytes of a file that a grammar is still asked about."""
_PREPROCESSED = frozenset({"c", "cpp", "bash"})
"""Languages in which right code may look wrong to a grammar: macros, expansions."""


def check_syntax(path: str, data: bytes, old: bytes | None = None) -> Evidence:
    """Parses the file as its name says; the detail of a failure begins with `path:line`.

    Python, JSON and TOML by their own parsers; languages with a tree-sitter grammar by that, where
    only more errors than the old bytes (None for a new file) have count.
    """
    suffix = PurePosixPath(path).suffix.lower()
    if parse := _PARSERS.get(suffix):
        problem = parse(data)
    elif (name := LANGUAGES.get(suffix.removeprefix("."))) and len(data) <= _LARGEST:
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
    """Lines, 1-based, at which the grammar skipped or made up something."""
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
            # An invalid escape in a string is the author's matter, and no error.
            warnings.simplefilter("ignore")
            compile(data, "<checked>", "exec", dont_inherit=True)
    except SyntaxError as error:
        return error.lineno or 1, error.msg
    except (ValueError, RecursionError, MemoryError) as error:
        # NUL bytes; nesting that the compiler refuses to follow.
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
