"""Parsing Python code that may be broken."""

import ast
import warnings

import pytest

from assistant.repo.python_trees import parsed


@pytest.mark.parametrize("code", ["x = 1\n", "\ufeffx = 1\n", b"x = 1\n", b"\xef\xbb\xbfx = 1\n"])
def test_valid_code_is_parsed_with_or_without_a_byte_order_mark(code) -> None:
    tree = parsed(code)
    assert tree is not None
    assert ast.unparse(tree) == "x = 1"


@pytest.mark.parametrize(
    "code", ["x = (\n", "x = '\udcff'\n", b"x = '\xff'\n", "x = 1\0", "(" * 5000 + ")" * 5000]
)
def test_code_that_does_not_parse_has_no_tree(code) -> None:
    assert parsed(code) is None


def test_warnings_of_the_parser_are_suppressed() -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert parsed("x = '\\d'\n") is not None
    assert not caught
