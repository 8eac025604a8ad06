"""Outcomes, as they are read from the results of a trial."""

import pytest

from assistant.probe.outcomes import Ending, Outcome, decoded


def test_results_become_outcomes() -> None:
    results = [
        {"ending": "value", "text": "1", "effects": "([],)"},
        {"ending": "error", "text": "TypeError"},
        {"ending": "timeout"},
    ]
    assert decoded(results) == (
        Outcome(Ending.VALUE, "1", "([],)"),
        Outcome(Ending.ERROR, "TypeError"),
        Outcome(Ending.TIMEOUT),
    )


@pytest.mark.parametrize("result", ["=1", None, {}, {"ending": "good"}, {"ending": []}])
def test_one_malformed_result_discards_them_all(result) -> None:
    assert decoded([{"ending": "timeout"}, result]) == ()


def test_values_with_different_effects_are_different() -> None:
    assert Outcome(Ending.VALUE, "1", "([],)") != Outcome(Ending.VALUE, "1", "([1],)")
