"""Owns the first evidence about a changed file: does it parse?

Refuses to judge a language it has no parser for: that is SKIPPED, never PASSED.
"""

import json
import tomllib
import warnings
from collections.abc import Callable
from pathlib import PurePosixPath

from assistant.checks.results import Check, Status

_NAME = "syntax"


def check_syntax(path: str, data: bytes) -> Check:
    """Parses the file as its name says: Python, JSON and TOML, each by its own parser.

    The detail of a failure begins with `path:line`.
    """
    parse = _PARSERS.get(PurePosixPath(path).suffix.lower())
    if parse is None:
        return Check(_NAME, Status.SKIPPED, f"{path}: no parser for this kind of file")
    problem = parse(data)
    if problem is None:
        return Check(_NAME, Status.PASSED, f"{path} parses")
    line, message = problem
    return Check(_NAME, Status.FAILED, f"{path}:{line}: {message}")


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
