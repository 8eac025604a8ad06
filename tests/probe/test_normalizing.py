"""Corrects the mistakes that models make in assertions."""

import pytest

from assistant.probe.normalizing import (
    raised_in,
    with_arguments_packed,
    with_digit_groups,
    with_positions,
    with_raising,
)

CODE = (
    "def fewest(coins, target):\n    pass\n\n\nclass Box:\n    def put(self, a, b):\n        pass\n"
)


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
def test_keyword_arguments_in_order_become_positional(given, after) -> None:
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
def test_a_number_that_the_text_groups_becomes_a_string(given, after) -> None:
    text = "Such as 3-598-21508-8, 4539 3195, born on 2015-01-24, and 1-234, which is 1234."
    assert with_digit_groups(given, text) == after


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
def test_several_arguments_for_one_parameter_are_packed(call, packed) -> None:
    code = f"{CODE}\n\ndef area(sides):\n    pass\n\n\ndef many(*each):\n    pass\n"
    assert with_arguments_packed(f"assert {call} == 1", code) == f"assert {packed} == 1"


def test_messages_of_raised_exceptions_are_found() -> None:
    text = """
Raise an exception:

```python
# if there is none
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
def test_an_expected_message_becomes_an_expected_exception(code, holds) -> None:
    """Models write the message as the value of the call."""
    test = with_raising("assert f(9) == 'too far'", RAISED)
    names = {}
    exec(code, names)
    if holds:
        exec(test, names)
    else:
        with pytest.raises((AssertionError, TypeError)):
            exec(test, names)


@pytest.mark.parametrize("other", ["assert f(9) == 'near'", "assert f(9) == 9", "assert f(9)"])
def test_other_expected_values_are_left_unchanged(other) -> None:
    assert with_raising(other, RAISED) == other
