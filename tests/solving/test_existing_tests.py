"""Compares what existing tests and examples show before and after a change."""

import pytest

from assistant.checks.suites import SuiteRun
from assistant.probe.doctests import Example
from assistant.solving.existing_tests import Results

F = Example("f(2)", "4", True)
G = Example("g()", "1", True)
POP = Example("s.pop()", "3", True)
WRONG_POP = Example("s.pop()", "1", False)


def with_examples(*examples: Example) -> Results:
    return Results(SuiteRun(), examples)


def with_tests(passed: int, *failed: str) -> Results:
    return Results(SuiteRun(passed, failed))


@pytest.mark.parametrize(
    ("before", "after", "broken", "gone"),
    [
        (with_examples(F, G), with_examples(F, G), (), ()),
        (with_examples(F), with_examples(Example("f(2)", "4", False)), (">>> f(2)",), ()),
        (with_examples(F), with_examples(Example("f(2)", "7", False)), (">>> f(2)",), ()),
        (with_examples(F), with_examples(Example("f(2)", "7", True)), (), (">>> f(2)",)),
        (with_examples(F, G), with_examples(F), (), (">>> g()",)),
        (with_examples(POP, WRONG_POP), with_examples(POP, WRONG_POP), (), ()),
        (with_examples(F), with_examples(F, Example("h()", "1", False)), (), ()),
        (with_tests(5), with_tests(1), (), ("4 of 5 tests",)),
        (with_tests(5), with_tests(4, "test_a"), ("test_a",), ()),
        (with_tests(5, "test_a"), with_tests(6), (), ()),
    ],
)
def test_what_breaks_and_what_no_longer_runs(before, after, broken, gone) -> None:
    assert after.broken_since(before) == broken
    assert after.gone_since(before) == gone
