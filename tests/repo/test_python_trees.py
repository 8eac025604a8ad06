"""Reading Python code that may be broken."""

import ast
import warnings

import pytest

from assistant.repo.python_trees import parsed


@pytest.mark.parametrize("code", ["x = 1\n", "\ufeffx = 1\n", b"x = 1\n", b"\xef\xbb\xbfx = 1\n"])
def test_what_parses(code) -> None:
    tree = parsed(code)
    assert tree is not None
    assert ast.unparse(tree) == "x = 1"


@pytest.mark.parametrize(
    "code", ["x = (\n", "x = '\udcff'\n", b"x = '\xff'\n", "x = 1\0", "(" * 5000 + ")" * 5000]
)
def test_what_no_parser_gets_through(code) -> None:
    assert parsed(code) is None


def test_what_the_parser_warns_of_is_not_told() -> None:
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        assert parsed("x = '\\d'\n") is not None
    assert not told
