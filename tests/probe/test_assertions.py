"""Reads assertions as text."""

import pytest

from assistant.probe.assertions import (
    MOST_ASSERTIONS,
    assertions_in,
    binds,
    call_of,
    is_closed,
    without_contradictions,
)

CODE = (
    "def fewest(coins, target):\n    pass\n\n\nclass Box:\n    def put(self, a, b):\n        pass\n"
)


def test_only_lines_that_assert_something_about_a_call_are_read() -> None:
    text = """
assert half(4) == 2
    assert  half( 4 ) == 2  # the same
import os
assert half(2) == 1, "said"
assert True
assert half(
half(3)
assert half(6) == 3; import os
"""
    assert assertions_in(text) == ("assert half(4) == 2", "assert half(2) == 1, 'said'")


def test_grouped_digits_are_read_as_a_string() -> None:
    text = "assert Card(4539 3195 0343).valid() == True\nassert half(8-6) == 1"
    first, second = assertions_in(text)
    assert first == "assert Card('4539 3195 0343').valid() == True"
    assert second == "assert half(8 - 6) == 1", "valid Python is left unchanged"


def test_a_long_list_of_assertions_is_cut() -> None:
    text = "\n".join(f"assert half({n}) == {n}" for n in range(500))
    assert len(assertions_in(text)) == MOST_ASSERTIONS


@pytest.mark.parametrize(
    ("assertion", "call"),
    [
        ("assert half(4) == 2", "half(4)"),
        ("assert Box(1).put(2, 3) is None", "Box(1).put(2, 3)"),
        ("assert half(4) == half(5)", ""),
        ("assert half(4)", ""),
        ("assert half(4) > 1", ""),
        ("assert half(", ""),
    ],
)
def test_the_call_of_an_assertion(assertion, call) -> None:
    assert call_of(assertion) == call


def test_the_first_of_two_contradicting_assertions_is_kept() -> None:
    first = ("assert f(1) == 2", "assert f(1) == 3", "assert g(1)", "assert f(1) == 2")
    assert without_contradictions(first) == ("assert f(1) == 2", "assert g(1)")


@pytest.mark.parametrize(
    ("assertion", "closed"),
    [
        ("assert fewest([1, 2], 3) == sorted([1, 2])", True),
        ("assert fewest(coins, 3) == []", False),
        ("assert Box().put(1, 2) is None", True),
        ("assert Crate().put(1, 2) is None", False),
        ("assert fewest([n for n in range(3)], 3) == []", True),
        ("assert fewest(map(lambda n: n, [1]), 3) == []", True),
        ("assert fewest([1], math.pi) == []", True),
        ("assert fewest(numbers[0], 3) == []", False),
        ("assert fewest([LIMIT], 3) == [later]", True),
        ("fewest([1], 3)", False),
    ],
)
def test_an_assertion_with_free_names_is_not_closed(assertion, closed) -> None:
    code = "from then import now as later\n\nLIMIT = 3\n"
    assert is_closed(assertion, code + CODE) is closed


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("f(1)", True),
        ("f(1, 2)", True),
        ("f(a=1)", True),
        ("f(1, b=2)", True),
        ("f()", False),
        ("f(1, 2, 3)", False),
        ("f(1, a=2)", False),
        ("f(1, c=2)", False),
        ("f(b=2)", False),
        ("f(*[1, 2, 3])", True),
        ("f(1) + f()", False),
        ("g(1, 2, 3, k=1, z=2)", True),
        ("g(1, 2)", False),
        ("h(a=1)", False),
        ("h(1, b=2)", True),
        ("other(1, 2, 3)", True),
    ],
)
def test_arguments_bind_only_if_they_fit_the_signature(call, expected) -> None:
    code = (
        "def f(a, b=0):\n    pass\n\n\ndef g(a, *rest, k, **named):\n    pass\n\n\n"
        "def h(a, /, b=1):\n    pass\n"
    )
    assert binds(f"assert {call} == 1", code) is expected
