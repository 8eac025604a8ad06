"""What the table names, and what is there: tests as they are written in the files of `tests/`."""

import ast
from collections.abc import Iterable
from functools import cache
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]


@cache
def tests_in(path: str) -> frozenset[str]:
    """Names of the test functions in a file below `tests/`; empty where there is no such file."""
    file = TESTS / path
    if not file.is_file():
        return frozenset()
    found = ast.walk(ast.parse(file.read_text(encoding="utf-8")))
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(each.name for each in found if isinstance(each, functions))


def missing(tests: Iterable[str]) -> list[str]:
    """Those of the named tests that no file has."""
    named = ((test, *test.partition("[")[0].split("::")) for test in tests)
    return [test for test, path, name in named if name not in tests_in(path)]
