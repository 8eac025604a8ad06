"""Assertions as text: what they call, and whether the words of a task say the same."""

import pytest

from assistant.probe.assertions import (
    MOST_ASSERTIONS,
    assertions_in,
    binds,
    call_of,
    expected_by,
    is_closed,
    is_told,
    raised_in,
    with_arguments_packed,
    with_grouped_texts,
    with_positions,
    with_raising,
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
        ("assert prime(13) == 13", False),
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


@pytest.mark.parametrize(
    ("given", "after"),
    [
        ("assert f(3598215088) == True", "assert f('3-598-21508-8') == True"),
        ("assert f(a=[1], b=20150124) == 5", "assert f(a=[1], b='2015-01-24') == 5"),
        ("assert f(359821508) == 1", "assert f(359821508) == 1"),
        ("assert f(4539) == 45393195", "assert f(4539) == 45393195"),
        ("assert f([45393195]) == 1", "assert f([45393195]) == 1"),
        ("assert f(1234) == 1", "assert f(1234) == 1"),
        ("assert f(", "assert f("),
    ],
)
def test_a_number_that_stands_in_groups_is_a_text(given, after) -> None:
    words = "Such as 3-598-21508-8, 4539 3195, born on 2015-01-24, and 1-234, which is 1234."
    assert with_grouped_texts(given, words) == after


def test_of_two_that_contradict_each_other_the_first_stays() -> None:
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
def test_an_assertion_with_names_of_nobody_is_told_from_others(assertion, closed) -> None:
    code = "from then import now as later\n\nLIMIT = 3\n"
    assert is_closed(assertion, code + CODE) is closed


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("[[1, 2, 3], [8, 9, 4], [7, 6, 5]]", True),
        ("[[1, 2, 3], [4, 9, 8], [7, 6, 5]]", False),
        ("[[1, 2], [8, 9]]", False),
        ("[]", False),
    ],
)
def test_a_table_is_told_by_its_digits_in_their_order(value, told) -> None:
    text = "Of size 3:\n\n    1 2 3\n    8 9 4\n    7 6 5\n"
    assert is_told(f"assert spiral(3) == {value}", text) is told
    assert not is_told(f"assert spiral(4) == {value}", text.replace("4", "0"))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("At 10:00 it begins.\n\nIt ends 14 days later.", False),
        ("At 10:00 it begins and ends\n14 days later.", True),
        ("At 10:00 it begins, 10 and 14 days later.", True),
    ],
)
def test_few_numbers_are_told_together(text, told) -> None:
    assert is_told("assert end(10) == 14", text) is told
    again = "assert end(10) == 10"
    assert is_told(again, text) is (text.count("10") > 1)


def test_messages_of_exceptions_are_found_where_they_are_raised() -> None:
    text = """
Say so with an exception:

```python
# when there is none
raise ValueError("there is no zeroth prime")
    raise MeetupError('can\\'t', day)
raise KeyError('no day')
raise Unknown(message)
```
"""
    assert raised_in(text) == {
        "there is no zeroth prime": "ValueError",
        "no day": "KeyError",
    }


RAISED = {"too far": "ValueError"}


@pytest.mark.parametrize(
    ("code", "holds"),
    [
        ("def f(n):\n    raise ValueError('too far')\n", True),
        ("def f(n):\n    raise ValueError('far')\n", False),
        ("def f(n):\n    return 'too far'\n", False),
        ("def f(n):\n    raise TypeError('too far')\n", False),
    ],
)
def test_a_message_is_expected_from_an_exception(code, holds) -> None:
    """Models write it as the value of the call."""
    test = with_raising("assert f(9) == 'too far'", RAISED)
    names = {}
    exec(code, names)
    if holds:
        exec(test, names)
    else:
        with pytest.raises((AssertionError, TypeError)):
            exec(test, names)


@pytest.mark.parametrize("other", ["assert f(9) == 'near'", "assert f(9) == 9", "assert f(9)"])
def test_other_values_are_expected_as_they_are(other) -> None:
    assert with_raising(other, RAISED) == other


@pytest.mark.parametrize(
    ("call", "takes"),
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
def test_calls_that_a_function_takes_are_told_from_others(call, takes) -> None:
    code = (
        "def f(a, b=0):\n    pass\n\n\ndef g(a, *rest, k, **named):\n    pass\n\n\n"
        "def h(a, /, b=1):\n    pass\n"
    )
    assert binds(f"assert {call} == 1", code) is takes


@pytest.mark.parametrize(
    ("call", "packed"),
    [
        ("area(3, 4, 5)", "area([3, 4, 5])"),
        ("area(3)", "area(3)"),
        ("area([3, 4, 5])", "area([3, 4, 5])"),
        ("area(3, n)", "area(3, n)"),
        ("fewest([1], 2)", "fewest([1], 2)"),
        ("many(1, 2)", "many(1, 2)"),
        ("other(1, 2)", "other(1, 2)"),
    ],
)
def test_values_for_an_only_parameter_are_one(call, packed) -> None:
    code = f"{CODE}\n\ndef area(sides):\n    pass\n\n\ndef many(*each):\n    pass\n"
    assert with_arguments_packed(f"assert {call} == 1", code) == f"assert {packed} == 1"
