"""Answers that pass one check confirm or contradict each other on further inputs."""

from dataclasses import replace

import pytest

from assistant.checks.results import Check, Status, Verdict
from assistant.context.bundle import ContextFile
from assistant.engine.base import Cancel
from assistant.probe.outcomes import Ending, Outcome
from assistant.proposal.changes import Candidate, Change
from assistant.repo.parsing import units_of
from assistant.repo.reading import text_file
from assistant.tasks.agreement import (
    Question,
    ask,
    confirmed,
    grouped,
    question_about,
    settled,
    weighed,
)
from assistant.tasks.locate import Target
from tests.tasks.conftest import CALC

QUESTION = Question("calc.py", "add", ((2, 3), (0, 0), (1, -1)))
PASSED = Check("tests", Status.PASSED, "passes now", proves=True)


def value(number: int) -> Outcome:
    return Outcome(Ending.VALUE, repr(number))


def error(name: str) -> Outcome:
    return Outcome(Ending.ERROR, name)


def answer(index: int, body: str = "", votes: int = 1) -> Candidate:
    new = CALC.replace("a - b", body or "a + b").encode()
    change = Change("calc.py", CALC.encode(), new)
    return Candidate(index, (change,), -0.1, 5, (PASSED,), votes)


def test_the_group_with_most_votes_comes_first() -> None:
    answers = [
        (answer(0), (value(1),)),
        (answer(1, votes=2), (value(2),)),
        (answer(2), (value(1),)),
    ]
    groups = grouped([*answers, (answer(3), (value(1),))])
    assert [[each.index for each in group.members] for group in groups] == [[0, 2, 3], [1]]
    assert [group.votes for group in groups] == [3, 2]


def test_answers_that_agree_stay_verified_and_share_their_votes() -> None:
    groups = grouped(
        [(answer(0), (value(5), value(0), value(0))), (answer(1), (value(5), value(0), value(0)))]
    )
    assert [(each.votes, each.verdict) for each in weighed(QUESTION, groups, ())] == [
        (2, Verdict.VERIFIED),
        (2, Verdict.VERIFIED),
    ]


def test_one_against_one_verifies_neither_and_shows_where_they_differ() -> None:
    groups = grouped(
        [(answer(0), (value(5), value(0), value(0))), (answer(1), (value(5), value(0), value(2)))]
    )
    first, second = weighed(QUESTION, groups, ())
    assert first.verdict is second.verdict is Verdict.PARTLY
    assert first.contradicted
    assert second.contradicted
    assert first.checks[0].detail.endswith("add(1, -1) returns 0 here, 2 there")
    assert second.checks[0].detail.endswith("add(1, -1) returns 2 here, 0 there")


def test_a_majority_stays_verified_and_what_it_contradicts_does_not() -> None:
    rows = [(answer(0), (value(2),)), (answer(1), (value(1),)), (answer(2, votes=2), (value(1),))]
    found = {each.index: each.verdict for each in weighed(QUESTION, grouped(rows), ())}
    assert found == {0: Verdict.PARTLY, 1: Verdict.VERIFIED, 2: Verdict.VERIFIED}


def test_two_against_one_is_ranked_first_and_not_verified() -> None:
    groups = grouped([(answer(0), (value(2),)), (answer(1, votes=2), (value(1),))])
    found = weighed(QUESTION, groups, ())
    assert [(each.index, each.verdict) for each in found] == [
        (1, Verdict.PARTLY),
        (0, Verdict.PARTLY),
    ]


@pytest.mark.parametrize(
    ("small", "votes", "verdict"),
    [(True, 3, Verdict.PARTLY), (True, 5, Verdict.VERIFIED), (False, 3, Verdict.VERIFIED)],
)
def test_against_an_answer_that_changes_less_a_majority_must_be_larger(
    small, votes, verdict
) -> None:
    long = "b\n    # more lines\n    + a"
    few, many = answer(0, "" if small else long), answer(1, long if small else "", votes=votes)
    found = weighed(QUESTION, grouped([(few, (value(2),)), (many, (value(1),))]), ())
    assert {each.index: each.verdict for each in found} == {0: Verdict.PARTLY, 1: verdict}


def test_who_does_what_the_code_did_before_has_no_votes() -> None:
    groups = grouped([(answer(0, votes=3), (value(1),)), (answer(1), (value(2),))])
    assert [each.votes for each in weighed(QUESTION, groups, (value(1),))] == [0, 1]


def target(name: str, path: str = "calc.py") -> Target:
    units = units_of(text_file("calc.py", CALC.encode()))
    file = ContextFile(path, CALC, units, 10)
    return Target(file, next(each for each in units if each.name == name), "")


def test_a_question_comes_from_the_tests_and_is_answered_by_running(make_world) -> None:
    workspace = make_world([]).workspace
    question = question_about(workspace, target("add"))
    assert question is not None
    assert question.inputs[0] == (2, 3)
    assert len(question.inputs) > 10
    assert ask(workspace, question, None, Cancel())[0] == value(-1)
    assert ask(workspace, question, answer(0), Cancel())[0] == value(5)


def test_without_an_example_or_a_function_there_is_no_question(make_world) -> None:
    workspace = make_world([]).workspace
    assert question_about(workspace, target("mean")) is None
    whole = Target(target("add").file, None, "")
    assert question_about(workspace, whole) is None


def test_what_fails_where_the_code_gave_a_value_is_not_verified() -> None:
    rows = [
        (answer(0, votes=3), (value(5), error("ValueError"), value(2))),
        (answer(1), (value(5), value(0), value(2))),
    ]
    groups = grouped(rows, QUESTION, (value(-1), value(0), value(2)))
    assert [group.breaks for group in groups] == [
        "",
        "add(0, 0) raises ValueError instead of returning 0",
    ]
    good, bad = weighed(QUESTION, groups, ())
    assert (good.index, good.verdict) == (1, Verdict.VERIFIED)
    assert (bad.verdict, bad.contradicted) == (Verdict.PARTLY, True)
    assert (
        bad.checks[0].detail == "passes now, but add(0, 0) raises ValueError instead of returning 0"
    )


def test_an_exception_that_the_code_raises_itself_breaks_nothing() -> None:
    raising = answer(0, "a + b\n    raise ValueError('no')")
    rows = [(raising, (value(5), error("ValueError"), error("KeyError")))]
    assert not grouped(rows, QUESTION, (value(-1), value(0), error("TypeError")))[0].breaks
    assert "KeyError" in grouped(rows, QUESTION, (value(-1), value(0), value(2)))[0].breaks


def test_a_small_change_confirms_an_answer_and_never_another_small_change() -> None:
    mutant = replace(answer(1), mutant=True)
    same = grouped([(answer(0), (value(1),)), (mutant, (value(1),))])
    assert confirmed(same[0], same)
    assert settled(same)
    alone = grouped([(replace(mutant, votes=5), (value(1),))])
    assert not confirmed(alone[0], alone)
    assert not settled(alone)
    against = grouped([(answer(0, votes=9), (value(1),)), (mutant, (value(2),))])
    assert not confirmed(against[0], against)
    assert settled(against), "more answers would not change that"
    assert not settled(grouped([(answer(0), (value(1),)), (mutant, (value(2),))]))
