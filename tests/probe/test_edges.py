"""Calls at the edges that a task's words speak of."""

import pytest

from assistant.probe.edges import (
    MOST_EDGES,
    Edge,
    edge_calls,
    edges_named,
    errors_named,
    speaks_of_errors,
)


@pytest.mark.parametrize(
    ("words", "edges"),
    [
        ("All numbers are natural, including zero.", {Edge.ZERO}),
        ("The list may be empty, and a step may be 0.", {Edge.ZERO, Edge.NOTHING}),
        ("Raise a ValueError if it is passed a negative number.", {Edge.NEGATIVE}),
        ("What is below zero is refused.", {Edge.ZERO, Edge.NEGATIVE}),
        ("All numbers are non-negative, and the list is not empty.", set()),
        ("It takes 0.5 seconds, which is 0.5 more than 0.1.", set()),
        ("The sum of both.", set()),
    ],
)
def test_what_the_words_speak_of(words, edges) -> None:
    assert edges_named(words) == edges


@pytest.mark.parametrize(
    ("assertion", "edges", "calls"),
    [
        ("assert f(20, [3]) == 78", {Edge.ZERO}, ("f(0, [3])", "f(20, [0])")),
        ("assert f(20, [3]) == 78", {Edge.NOTHING}, ("f(20, [])",)),
        ("assert f(20, [3]) == 78", {Edge.NEGATIVE}, ("f(-20, [3])", "f(20, [-3])")),
        ("assert f(-2) == 78", {Edge.ZERO, Edge.NEGATIVE}, ("f(0)",)),
        ("assert Box('ä').put({1: ()}) == 78", {Edge.NOTHING}, None),
        ("assert f(True) == 78", set(Edge), ()),
        ("assert f(0) == 78", {Edge.ZERO}, ()),
        ("assert f(lambda x: x / 2) == 78", {Edge.ZERO}, ()),
        ("assert f(20, [3]) == 78", set(), ()),
        ("assert f(20)", {Edge.ZERO}, ()),
    ],
)
def test_one_literal_at_a_time_is_put_to_an_edge(assertion, edges, calls) -> None:
    if calls is None:
        calls = {"Box('').put({1: ()})", "Box('ä').put({})"}
        assert set(edge_calls([assertion], edges)) == calls
    else:
        assert edge_calls([assertion], edges) == calls


def test_exceptions_are_named_by_their_names() -> None:
    words = "Raise a `ValueError`, or a CalcException; an error is no name, nor is IOErrors."
    assert errors_named(words) == {"ValueError", "CalcException"}


def test_what_an_assertion_says_already_is_no_edge_of_another() -> None:
    told = ("assert f(3) == 1", "assert f(0) == 0", "assert f(3) == 2")
    assert edge_calls(told, frozenset(Edge)) == ("f(-3)",)
    many = [f"assert f({number}, 7) == 1" for number in range(1, 99)]
    assert len(edge_calls(many, frozenset(Edge))) == MOST_EDGES


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("Raise something.", True),
        ("An empty list is invalid.", True),
        ("A `CalcError` comes then.", True),
        ("What cannot be halved is rejected.", True),
        ("Numbers include zero.", False),
        ("They praise the terror.", False),
    ],
)
def test_words_that_want_something_refused(words, told) -> None:
    assert speaks_of_errors(words) is told
