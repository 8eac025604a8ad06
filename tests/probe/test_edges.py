"""Calls with the edge cases that a task mentions."""

import pytest

from assistant.probe.edges import (
    MOST_EDGES,
    Edge,
    asks_for_errors,
    edge_calls,
    edges_mentioned,
    errors_mentioned,
)


@pytest.mark.parametrize(
    ("text", "edges"),
    [
        ("All numbers are natural, including zero.", {Edge.ZERO}),
        ("The list may be empty, and a step may be 0.", {Edge.ZERO, Edge.EMPTY}),
        ("Raise a ValueError if it is passed a negative number.", {Edge.NEGATIVE}),
        ("What is below zero is refused.", {Edge.ZERO, Edge.NEGATIVE}),
        ("All numbers are non-negative, and the list is not empty.", set()),
        ("It takes 0.5 seconds, which is 0.5 more than 0.1.", set()),
        ("The sum of both.", set()),
    ],
)
def test_edge_cases_are_recognized_unless_negated(text, edges) -> None:
    assert edges_mentioned(text) == edges


@pytest.mark.parametrize(
    ("assertion", "edges", "calls"),
    [
        ("assert f(20, [3]) == 78", {Edge.ZERO}, ("f(0, [3])", "f(20, [0])")),
        ("assert f(20, [3]) == 78", {Edge.EMPTY}, ("f(20, [])",)),
        ("assert f(20, [3]) == 78", {Edge.NEGATIVE}, ("f(-20, [3])", "f(20, [-3])")),
        ("assert f(-2) == 78", {Edge.ZERO, Edge.NEGATIVE}, ("f(0)",)),
        ("assert Box('ä').put({1: ()}) == 78", {Edge.EMPTY}, None),
        ("assert f(True) == 78", set(Edge), ()),
        ("assert f(0) == 78", {Edge.ZERO}, ()),
        ("assert f(lambda x: x / 2) == 78", {Edge.ZERO}, ()),
        ("assert f(20, [3]) == 78", set(), ()),
        ("assert f(20)", {Edge.ZERO}, ()),
    ],
)
def test_one_literal_at_a_time_is_replaced(assertion, edges, calls) -> None:
    if calls is None:
        calls = {"Box('').put({1: ()})", "Box('ä').put({})"}
        assert set(edge_calls([assertion], edges)) == calls
    else:
        assert edge_calls([assertion], edges) == calls


def test_exceptions_are_recognized_by_their_names() -> None:
    text = "Raise a `ValueError`, or a CalcException; an error is no name, nor is IOErrors."
    assert errors_mentioned(text) == {"ValueError", "CalcException"}


def test_calls_made_by_assertions_are_left_out() -> None:
    assertions = ("assert f(3) == 1", "assert f(0) == 0", "assert f(3) == 2")
    assert edge_calls(assertions, frozenset(Edge)) == ("f(-3)",)
    many = [f"assert f({number}, 7) == 1" for number in range(1, 99)]
    assert len(edge_calls(many, frozenset(Edge))) == MOST_EDGES


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Raise something.", True),
        ("An empty list is invalid.", True),
        ("A `CalcError` comes then.", True),
        ("What cannot be halved is rejected.", True),
        ("Numbers include zero.", False),
        ("They praise the terror.", False),
    ],
)
def test_texts_that_ask_for_errors_are_recognized(text, expected) -> None:
    assert asks_for_errors(text) is expected
