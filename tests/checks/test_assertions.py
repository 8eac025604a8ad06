"""Assertions as text: what they call, and whether the words of a task say the same."""

import pytest

from assistant.checks.assertions import (
    MOST_ASSERTIONS,
    assertions_in,
    call_of,
    expected_by,
    is_told,
    with_positions,
    without_contradictions,
)

WORDS = """
Each message is encoded: `"AABCCC"` becomes "2AB3C". The 6th prime is 13, and
15 is given back as [5, 10]. A title is cut after "of
the", at -3.5 degrees.
"""
CODE = (
    "def fewest(coins, target):\n    pass\n\n\nclass Box:\n    def put(self, a, b):\n        pass\n"
)


def test_only_lines_that_assert_something_about_a_call_are_taken() -> None:
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


def test_digits_in_groups_are_text() -> None:
    text = "assert Card(4539 3195 0343).valid() == True\nassert half(8-6) == 1"
    first, second = assertions_in(text)
    assert first == "assert Card('4539 3195 0343').valid() == True"
    assert second == "assert half(8 - 6) == 1", "what parses is left as it is"


def test_endless_lists_are_cut() -> None:
    text = "\n".join(f"assert half({n}) == {n}" for n in range(500))
    assert len(assertions_in(text)) == MOST_ASSERTIONS


@pytest.mark.parametrize(
    ("assertion", "call", "expected"),
    [
        ("assert half(4) == 2", "half(4)", "2"),
        ("assert Box(1).put(2, 3) is None", "Box(1).put(2, 3)", "None"),
        ("assert half(4) == half(5)", "", ""),
        ("assert half(4)", "", ""),
        ("assert half(4) > 1", "", ""),
        ("assert half(", "", ""),
    ],
)
def test_a_call_is_told_from_the_value_that_it_must_have(assertion, call, expected) -> None:
    assert (call_of(assertion), expected_by(assertion)) == (call, expected)


@pytest.mark.parametrize(
    ("assertion", "told"),
    [
        ("assert encode('AABCCC') == '2AB3C'", True),
        ("assert prime(6) == 13", True),
        ("assert prime(13) == 13", True),
        ("assert prime(3) == 13", False),
        ("assert encode('AAB') == 2", False),
        ("assert fewest([15], 5) == [5, 10]", True),
        ("assert cut('of the') == -3.5", True),
        ("assert cut('of a') == -3.5", False),
        ("assert f(1, 0) == ''", False),
        ("assert f(6, 5) == 6", False),
        ("assert f(6, 9) == 13", False),
        ("assert f('a', 'b') == ['a', 'b']", False),
        ("assert f('as') == 'give'", False),
        ("assert Text('AABCCC').encoded() == '2AB3C'", True),
        ("assert decode(encode('AABCCC')) == '2AB3C'", False),
        ("assert encode(text, 'AABCCC') == '2AB3C'", False),
        ("assert f('AABCCC')", False),
        ("assert f(13) == g(13)", False),
    ],
)
def test_what_is_told_has_all_its_values_in_the_words(assertion, told) -> None:
    assert is_told(assertion, WORDS) is told


@pytest.mark.parametrize(
    ("given", "after"),
    [
        ("assert fewest(coins=[1], target=2) == [1]", "assert fewest([1], 2) == [1]"),
        ("assert fewest([1], target=2) == [1]", "assert fewest([1], 2) == [1]"),
        ("assert fewest(target=2, coins=[1]) == 1", "assert fewest(target=2, coins=[1]) == 1"),
        ("assert fewest(coins=[1], other=2) == 1", "assert fewest(coins=[1], other=2) == 1"),
        ("assert unknown(a=1) == 1", "assert unknown(a=1) == 1"),
    ],
)
def test_arguments_named_in_their_order_are_given_by_position(given, after) -> None:
    assert with_positions(given, CODE) == after


def test_of_two_that_contradict_each_other_the_first_stays() -> None:
    first = ("assert f(1) == 2", "assert f(1) == 3", "assert g(1)", "assert f(1) == 2")
    assert without_contradictions(first) == ("assert f(1) == 2", "assert g(1)")
