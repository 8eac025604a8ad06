"""Mutants of a function: which ones are made, and that each one parses."""

import ast
import difflib

import pytest

from assistant.proposal.mutants import MOST_MUTANTS, mutants


def lines(text: str) -> list[str]:
    """The changed line of each mutant."""
    old = text.split("\n")
    found = []
    for new in mutants(text):
        added = [line[2:] for line in difflib.ndiff(old, new.split("\n")) if line[:2] == "+ "]
        assert len(added) == 1, added
        found.append(added[0].strip())
    return found


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("return a < b", {"return a <= b", "return a > b", "return a < b + 1", "return b < b"}),
        ("return a not in b", {"return a in b"}),
        ("return a is not b", {"return a is b"}),
        ("return (a) - (b)", {"return (a) + (b)", "return b", "return (b) - (a)"}),
        ("return a and b", {"return a or b", "return a", "return b"}),
        ("return not a", {"return a"}),
        ("return [a, b]", {"return [b, a]"}),
        ("return pow(a, b)", {"return pow(b, a)"}),
        ("return range(a)", {"return range(a + 1)", "return range(a - 1)"}),
        ("return a[1:b]", {"return a[2:b]", "return a[0:b]", "return a[1:b - 1]"}),
        ("return a[b]", {"return a[b + 1]", "return a[b - 1]", "return a[a]"}),
        ("return max(a) if b else True", {"return min(a) if b else True",
                                          "return max(a) if b else False"}),
        ("return a.upper()", {"return a.lower()"}),
        ("return 'x' + a", {'return "" + a'}),
        ("return {'x': 'y', a: ''}", {"return {'y': 'y', a: ''}", "return {'x': 'x', a: ''}"}),
        ("return 0", {"return 1", "return (-1)"}),
        ("a += b", {"a -= b", "a = b", "pass"}),
        ("print(a)", {"pass"}),
    ],
)  # fmt: skip
def test_one_part_of_a_line_is_changed(line, expected) -> None:
    found = lines(f"def f(a, b):\n    {line}")
    assert expected <= set(found)
    assert len(found) == len(set(found))


def test_conditions_are_negated_and_blocks_stay() -> None:
    code = "def f(a):\n    while a:\n        if a > 2:\n            break\n    return a"
    found = lines(code)
    assert {"while not (a):", "if not (a > 2):", "pass"} <= set(found)


def test_non_ascii_text_and_the_docstring_stay() -> None:
    code = 'def f(a):\n    """Größe: 1 < 2."""\n    return "größer" if a > 1 else "ß"'
    for text in mutants(code):
        ast.parse(text)
        assert "Größe: 1 < 2." in text
    assert 'return "größer" if a >= 1 else "ß"' in lines(code)


def test_a_string_is_replaced_by_one_from_the_body_not_the_docstring() -> None:
    code = 'def f(a):\n    """Text."""\n    return a + "é" + "b"'
    found = lines(code)
    assert {"return a + 'b' + \"b\"", "return a + \"é\" + 'é'"} <= set(found)
    assert not [line for line in found if "Text" in line]


def test_text_other_than_a_function_has_no_mutants() -> None:
    for text in ("x = 1", "class A:\n    x = 1", "def f(:", "", "def f(): pass\ndef g(): pass"):
        assert mutants(text) == ()


def test_a_long_function_has_a_limited_number_of_mutants() -> None:
    body = "".join(f"    n += {number}\n" for number in range(MOST_MUTANTS))
    assert len(mutants(f"def f(n):\n{body}    return n")) == MOST_MUTANTS
