"""Candidates that pass one check confirm or dispute each other on further inputs."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from assistant.checks.commands import parse_command
from assistant.checks.results import CommandResult, Evidence, Status, Verdict
from assistant.context.bundle import Context, ContextFile
from assistant.engine.base import Cancel
from assistant.intent.values import Intent
from assistant.probe.outcomes import Ending, Outcome
from assistant.proposal.changes import Change
from assistant.repo.parsing import units_of
from assistant.repo.reading import text_file
from assistant.solving.baseline import Baseline, Patience
from assistant.solving.judges.consensus import Consensus, grouped, is_confirmed, settled
from assistant.solving.pool import Pool, fingerprint
from assistant.solving.questions import Question, outcomes_of, question_about
from assistant.solving.request import TaskRequest, Workspace
from assistant.solving.state import Briefing, Job, State
from assistant.solving.values import Budget, Candidate, Target, Tokens
from tests.worlds import CALC

QUESTION = Question("calc.py", "add", ((2, 3), (0, 0), (1, -1)))
PASSED = Evidence("tests", Status.PASSED, "passes now", proves=True, covers=True)

Rows = Sequence[tuple[Candidate, tuple[Outcome, ...]]]


def value(number: int) -> Outcome:
    return Outcome(Ending.VALUE, repr(number))


def error(name: str) -> Outcome:
    return Outcome(Ending.ERROR, name)


def candidate(number: int, body: str = "", votes: int = 1) -> Candidate:
    """Candidates with different numbers have different code, unless a body is given."""
    new = CALC.replace("a - b", body or f"a + b + {number}").encode()
    change = Change("calc.py", CALC.encode(), new)
    return Candidate(number, (change,), tokens=Tokens(5, -0.1), evidence=(PASSED,), votes=votes)


def target(name: str, path: str = "calc.py") -> Target:
    units = units_of(text_file("calc.py", CALC.encode()))
    file = ContextFile(path, CALC, units, 10)
    return Target(file, next(each for each in units if each.name == name))


def concluded(workspace: Workspace, rows: Rows, before: Sequence[Outcome] = ()) -> Pool:
    """The pool after the judge compared candidates with these outcomes."""
    command, cancel = parse_command("python -m unittest -q"), Cancel()
    failing = CommandResult(command.argv, 1, "", 0.1)
    job = Job(
        workspace,
        TaskRequest("Fix add"),
        Context((), "", 0, 0, 100),
        Intent("Fix add"),
        Budget(100.0, cancel),
        cancel,
        Baseline(command, failing, Patience.after(failing)),
        Briefing(""),
    )
    where = target("add")
    state = State(job, (where,), where, Pool((Consensus.name,)), Cancel(cancel))
    state.pool.candidates = [each for each, _ in rows]
    state.memory.questions[where.label] = QUESTION
    state.memory.outcomes["add",] = tuple(before)
    for each, outcomes in rows:
        state.memory.outcomes["add", *fingerprint(each)] = outcomes
    assert list(Consensus().conclude(state)) == []
    return state.pool


def found(candidate: Candidate) -> Evidence:
    evidence = candidate.found("consensus")
    assert evidence is not None
    return evidence


@pytest.fixture
def workspace(make_world) -> Workspace:
    return make_world([]).workspace


def test_the_group_with_most_votes_comes_first() -> None:
    rows = [
        (candidate(0), (value(1),)),
        (candidate(1, votes=2), (value(2),)),
        (candidate(2), (value(1),)),
    ]
    groups = grouped([*rows, (candidate(3), (value(1),))], QUESTION, ())
    assert [[each.id for each in group.members] for group in groups] == [[0, 2, 3], [1]]
    assert [group.votes for group in groups] == [3, 2]


def test_candidates_that_behave_alike_stay_verified_and_share_their_votes(workspace) -> None:
    same = (value(5), value(0), value(0))
    pool = concluded(workspace, [(candidate(0), same), (candidate(1), same)])
    assert [each.verdict for each in pool.candidates] == [Verdict.VERIFIED, Verdict.VERIFIED]
    for each in pool.candidates:
        assert found(each).rank == -2
        assert found(each).status is Status.HINT
        assert found(each).detail == "2 behave alike"


def test_one_against_one_verifies_neither_and_shows_where_they_differ(workspace) -> None:
    rows = [
        (candidate(0), (value(5), value(0), value(0))),
        (candidate(1), (value(5), value(0), value(2))),
    ]
    first, second = concluded(workspace, rows).candidates
    assert first.verdict is second.verdict is Verdict.TESTS_PASS
    assert found(first).status is found(second).status is Status.DISPUTED
    assert found(first).detail.endswith("add(1, -1) returns 0 here, 2 there")
    assert found(second).detail.endswith("add(1, -1) returns 2 here, 0 there")


def test_a_majority_stays_verified_and_what_it_disputes_does_not(workspace) -> None:
    rows = [
        (candidate(0), (value(2),)),
        (candidate(1), (value(1),)),
        (candidate(2, votes=2), (value(1),)),
    ]
    verdicts = {each.id: each.verdict for each in concluded(workspace, rows).candidates}
    assert verdicts == {0: Verdict.TESTS_PASS, 1: Verdict.VERIFIED, 2: Verdict.VERIFIED}


def test_two_against_one_is_ranked_first_and_not_verified(workspace) -> None:
    rows = [(candidate(0), (value(2),)), (candidate(1, votes=2), (value(1),))]
    pool = concluded(workspace, rows)
    expected = [(1, Verdict.TESTS_PASS), (0, Verdict.TESTS_PASS)]
    assert [(each.id, each.verdict) for each in pool.candidates] == expected
    assert [(each.id, each.verdict) for each in pool.ranked()] == expected


@pytest.mark.parametrize(
    ("small", "votes", "verdict"),
    [(True, 3, Verdict.TESTS_PASS), (True, 5, Verdict.VERIFIED), (False, 3, Verdict.VERIFIED)],
)
def test_against_a_candidate_that_changes_less_a_majority_must_be_larger(
    workspace, small, votes, verdict
) -> None:
    long = "b\n    # more lines\n    + a"
    few, many = candidate(0, "" if small else long), candidate(1, long if small else "", votes)
    pool = concluded(workspace, [(few, (value(2),)), (many, (value(1),))])
    assert {each.id: each.verdict for each in pool.candidates} == {
        0: Verdict.TESTS_PASS,
        1: verdict,
    }


def test_a_candidate_that_behaves_as_the_code_did_has_no_votes(workspace) -> None:
    rows = [(candidate(0, votes=3), (value(1),)), (candidate(1), (value(2),))]
    pool = concluded(workspace, rows, before=(value(1),))
    assert [(each.id, found(each).rank) for each in pool.candidates] == [(0, 0), (1, -1)]


def test_a_question_comes_from_the_tests_and_is_answered_by_running(workspace) -> None:
    question = question_about(workspace, target("add"))
    assert question is not None
    assert question.inputs[0] == (2, 3)
    assert len(question.inputs) > 10
    assert outcomes_of(workspace, question, None, Cancel())[0] == value(-1)
    assert outcomes_of(workspace, question, candidate(0, "a + b"), Cancel())[0] == value(5)


def test_without_an_example_or_a_function_there_is_no_question(workspace) -> None:
    assert question_about(workspace, target("mean")) is None
    assert question_about(workspace, Target(target("add").file)) is None


def test_what_fails_where_the_code_returned_a_value_is_not_verified(workspace) -> None:
    rows = [
        (candidate(0, votes=3), (value(5), error("ValueError"), value(2))),
        (candidate(1), (value(5), value(0), value(2))),
    ]
    before = (value(-1), value(0), value(2))
    groups = grouped(rows, QUESTION, before)
    assert [group.breaks for group in groups] == [
        "",
        "add(0, 0) raises ValueError instead of returning 0",
    ]
    good, bad = concluded(workspace, rows, before).candidates
    assert (good.id, good.verdict) == (1, Verdict.VERIFIED)
    assert (bad.verdict, found(bad).status) == (Verdict.TESTS_PASS, Status.DISPUTED)
    assert found(bad).detail == "add(0, 0) raises ValueError instead of returning 0"


def test_an_exception_that_the_code_raises_itself_breaks_nothing() -> None:
    raising = candidate(0, "a + b\n    raise ValueError('no')")
    rows = [(raising, (value(5), error("ValueError"), error("KeyError")))]
    assert not grouped(rows, QUESTION, (value(-1), value(0), error("TypeError")))[0].breaks
    assert "KeyError" in grouped(rows, QUESTION, (value(-1), value(0), value(2)))[0].breaks


def test_a_mutant_confirms_a_candidate_and_never_another_mutant() -> None:
    mutant = replace(candidate(1), tokens=Tokens())
    same = grouped([(candidate(0), (value(1),)), (mutant, (value(1),))], QUESTION, ())
    assert is_confirmed(same[0], same)
    assert settled(same)
    alone = grouped([(replace(mutant, votes=5), (value(1),))], QUESTION, ())
    assert not is_confirmed(alone[0], alone)
    assert not settled(alone)
    against = grouped([(candidate(0, votes=9), (value(1),)), (mutant, (value(2),))], QUESTION, ())
    assert not is_confirmed(against[0], against)
    assert settled(against), "more candidates would not change that"
    assert not settled(grouped([(candidate(0), (value(1),)), (mutant, (value(2),))], QUESTION, ()))
