"""Calls with edge inputs that a task mentions."""

import pytest

from assistant.intent.values import Edge
from assistant.probe.edges import MOST_EDGES, edge_calls


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
def test_one_literal_at_a_time_becomes_an_edge(assertion, edges, calls) -> None:
    if calls is None:
        calls = {"Box('').put({1: ()})", "Box('ä').put({})"}
        assert set(edge_calls([assertion], edges)) == calls
    else:
        assert edge_calls([assertion], edges) == calls


def test_a_call_that_an_assertion_makes_is_not_repeated() -> None:
    asserted = ("assert f(3) == 1", "assert f(0) == 0", "assert f(3) == 2")
    assert edge_calls(asserted, frozenset(Edge)) == ("f(-3)",)
    many = [f"assert f({number}, 7) == 1" for number in range(1, 99)]
    assert len(edge_calls(many, frozenset(Edge))) == MOST_EDGES
