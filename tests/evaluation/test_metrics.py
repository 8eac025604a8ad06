"""Figures: rates with their intervals, and the exact paired test."""

import math
from dataclasses import replace

import pytest

from assistant.evaluation.metrics import Totals, compare, mcnemar, wilson
from tests.evaluation.rows import ROW


def test_totals_count_each_thing_once() -> None:
    rows = [
        ROW,
        replace(ROW, passed=False, wrong_verified=True, stage="no candidate right", seconds=2.5),
        replace(ROW, passed=False, proposal_applied=False, verified_claim=False, stage="error"),
        replace(
            ROW, passed=False, verified_claim=False, stage="error", no_op=True, unparsable=True
        ),
    ]
    totals = Totals.of(rows)
    assert (totals.count, totals.passed, totals.applied) == (4, 1, 3)
    assert (totals.pass_rate, totals.apply_rate) == (0.25, 0.75)
    assert (totals.verified, totals.wrong_verified, totals.wrong_verified_rate) == (2, 1, 0.5)
    assert (totals.shown, totals.no_ops, totals.unparsable) == (4, 1, 1)
    assert (totals.mean_seconds, totals.median_seconds) == (1.75, 1.5)
    assert (totals.answers, totals.tokens) == (8, 40)
    assert totals.stages == (("error", 2), ("no candidate right", 1))


def test_nothing_that_was_not_shown_counts_as_not_applied() -> None:
    nothing = replace(ROW, passed=False, shown=False, proposal_applied=False)
    assert Totals.of([ROW, nothing]).apply_rate == 1.0


def test_reasons_are_counted_without_their_details() -> None:
    parse = "The result does not parse: "
    rows = [
        replace(ROW, discarded=(parse + "line 3", "The answer changes nothing.")),
        replace(ROW, discarded=(parse + "line 4",)),
    ]
    counted = (("The result does not parse", 2), ("The answer changes nothing", 1))
    assert Totals.of(rows).discarded == counted


def test_no_rows_are_no_division_by_zero() -> None:
    totals = Totals.of([])
    assert (totals.pass_rate, totals.wrong_verified_rate, totals.mean_seconds) == (0, 0, 0)
    assert totals.pass_interval == (0, 1)


@pytest.mark.parametrize(
    ("first", "second", "p"),
    [(0, 0, 1.0), (1, 0, 1.0), (0, 5, 0.0625), (5, 0, 0.0625), (3, 3, 1.0), (1, 9, 0.021484375)],
)
def test_mcnemar_is_the_exact_binomial(first: int, second: int, p: float) -> None:
    assert mcnemar(first, second) == p


def test_mcnemar_of_many_tasks() -> None:
    assert 0 < mcnemar(900, 1100) < 1e-4
    assert mcnemar(0, 3000) == 0 or mcnemar(0, 3000) < 1e-300


@pytest.mark.parametrize(
    ("passed", "count", "low", "high"), [(5, 10, 0.2366, 0.7634), (0, 10, 0, 0.2775)]
)
def test_the_interval_is_wilsons(passed: int, count: int, low: float, high: float) -> None:
    found = wilson(passed, count)
    assert math.isclose(found[0], low, abs_tol=1e-4)
    assert math.isclose(found[1], high, abs_tol=1e-4)


def test_runs_are_compared_by_id() -> None:
    first = [replace(ROW, id=str(n), passed=n in (0, 1)) for n in range(4)]
    second = [replace(ROW, id=str(n), passed=n in (1, 2)) for n in (9, 3, 2, 1, 0)]
    comparison = compare(first, second)
    assert (comparison.both, comparison.only_first) == (1, 1)
    assert (comparison.only_second, comparison.neither) == (1, 1)
    assert (comparison.count, comparison.p) == (4, 1.0)
    assert (comparison.first.passed, comparison.second.passed) == (2, 2), "of the tasks in both"


def test_what_one_run_knows_of_the_right_place_judges_the_other() -> None:
    failed = replace(ROW, passed=False, stage="no candidate right", tried=("a.py::f",))
    passed = replace(ROW, truth=("a.py::g",), places=("a.py::g", "a.py::f"), tried=("a.py::g",))
    comparison = compare([failed], [passed])
    assert comparison.first.stages == (("not localized", 1),)
    assert [side.unit_1 for side in comparison.places] == [0, 1]
    assert [side.unit_5 for side in comparison.places] == [1, 1]
