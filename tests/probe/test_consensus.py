"""Comparing two versions of a function by what they did on the same inputs."""

import pytest

from assistant.probe.consensus import alike, broken, difference, raised_by
from assistant.probe.outcomes import Ending, Outcome

TIMEOUT = Outcome(Ending.TIMEOUT)
INPUTS = ((100, 100), (2, 3), (0, 0))


def value(number: int, effects: str = "") -> Outcome:
    return Outcome(Ending.VALUE, repr(number), effects)


def error(name: str) -> Outcome:
    return Outcome(Ending.ERROR, name)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ((value(1), value(2)), (value(1), value(2)), True),
        ((value(1), value(2)), (value(1), value(3)), False),
        ((value(1), value(2)), (value(1), error("ValueError")), True),
        ((value(1), TIMEOUT), (error("ValueError"), value(2)), False),
        ((TIMEOUT,), (TIMEOUT,), False),
        ((value(1, "([],)"),), (value(1, "([1],)"),), False),
        ((), (), False),
        ((), (value(1),), False),
    ],
)
def test_versions_are_alike_if_all_shared_values_are_equal(first, second, expected) -> None:
    assert alike(first, second) is expected


def test_the_shortest_call_that_broke_is_described() -> None:
    before = (value(200), value(5), value(0))
    after = (error("KeyError"), error("KeyError"), value(0))
    assert (
        broken("add", INPUTS, before, after) == "add(2, 3) raises KeyError instead of returning 5"
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (value(5), value(6)),
        (value(5), TIMEOUT),
        (error("KeyError"), error("ValueError")),
        (value(5), error("TypeError")),
    ],
)
def test_nothing_is_broken_without_an_unexpected_exception(before, after) -> None:
    assert broken("add", [(2, 3)], [before], [after], deliberate={"TypeError"}) == ""


def test_the_shortest_call_with_different_values_is_described() -> None:
    first = (value(200), value(5), value(0))
    second = (value(0), value(6), TIMEOUT)
    assert difference("add", INPUTS, first, second) == "add(2, 3) returns 5 here, 6 there"


def test_different_effects_are_described() -> None:
    first, second = [value(1, "([],)")], [value(1, "([1],)")]
    assert difference("pop", [([1],)], first, second) == (
        "pop([1]) returns 1 and leaves ([],) here, 1 and leaves ([1],) there"
    )


def test_a_long_description_is_cut() -> None:
    found = difference("join", [("x" * 100,)], [value(1)], [value(2)])
    assert len(found) == 80
    assert found.endswith("…")


def test_without_a_difference_the_description_names_no_call() -> None:
    assert difference("add", INPUTS, (), ()) == "they do not return the same values"


def test_explicitly_raised_exceptions_are_found_by_name() -> None:
    code = b"def f():\n    raise ValueError('no')\n    raise errors.Late\n    raise\n"
    assert raised_by(code) == {"ValueError", "Late"}
    assert raised_by(b"def f(") == set()
