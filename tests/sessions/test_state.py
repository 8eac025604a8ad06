"""What a session came to."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.checks.results import Evidence, Failure, Status
from assistant.context.bundle import Selected
from assistant.proposal.changes import Change
from assistant.review.comments import Comment
from assistant.review.decisions import Decision, Review
from assistant.review.lines import LineDecisions
from assistant.sessions.records import (
    Answered,
    Checked,
    Commented,
    Decided,
    Failing,
    Logged,
    Planned,
    Proposed,
    ReviewClosed,
    Selection,
    TaskBegan,
    TaskEnded,
    Wrote,
)
from assistant.sessions.staleness import changed_since
from assistant.sessions.state import SessionState, state_of
from assistant.solving.events import Step, StepState, Verb
from tests.sessions.kit import NEW, OLD, RECORDS, candidate, proposal


def step(state: StepState) -> Step:
    return Step(4, Verb.EDIT, "totals.py", "total", "round it", state)


def test_nothing_happened() -> None:
    assert state_of([]) == SessionState()


@settings(max_examples=60)
@given(st.lists(RECORDS, max_size=8))
def test_any_sequence_of_records_is_a_state(records) -> None:
    state_of(records)


def test_answers_are_part_of_the_log_in_order() -> None:
    state = state_of(
        [Logged("you", "/ask a"), Answered("a", "because"), Logged("note", "n"), Logged("bad", "x")]
    )
    assert state.log == (("you", "/ask a"), ("answer", "because"), ("note", "n"), ("bad", "x"))
    assert state.answers == (Answered("a", "because"),)


def test_the_last_plan_selection_and_check_count() -> None:
    checks = [Evidence("pytest", Status.FAILED, "1 failed"), Evidence("pytest", Status.PASSED, "")]
    state = state_of(
        [
            Planned("a", ()),
            Planned("b", (step(StepState.DONE),)),
            Selection((Selected("x"),)),
            Selection((Selected("a.py", "f"),)),
            Checked(checks[0]),
            Failing((Failure("test_x", "no"),)),
            Checked(checks[1]),
        ]
    )
    assert state.plan == Planned("b", (step(StepState.DONE),))
    assert state.selection == (Selected("a.py", "f"),)
    assert (state.checked, state.failures) == (checks[1], ())


def test_the_last_comments_count_also_after_the_review() -> None:
    comment = Comment("a.py", 3, False, ("x = 1",), "why?", "a.py#1", 1, "x = 1")
    records = [Proposed(proposal()), Commented(()), Commented((comment,)), ReviewClosed()]
    assert state_of(records).comments == (comment,)
    assert state_of([*records, Commented(())]).comments == ()


@pytest.mark.parametrize(
    "closing", [ReviewClosed(), Wrote("applied", "Round the total", ("totals.py",))]
)
def test_a_review_ends_when_it_is_closed_or_written(closing) -> None:
    records = [Proposed(proposal()), Decided(0, ())]
    assert state_of(records).review is not None
    assert state_of([*records, closing]).review is None
    assert state_of([*records, Wrote("undone", "Round the total")]).review is not None
    assert state_of([*records, closing, Proposed(proposal())]).review.decided == ()


def test_reviews_have_their_decisions_and_the_users_lines() -> None:
    one = proposal()
    hunks = [f"totals.py#{n}" for n in (1, 2, 3)]
    decided = [
        Decided(1, ((hunks[0], Decision.REJECTED),)),
        Decided(
            0,
            (
                (hunks[0], Decision.ACCEPTED),
                (hunks[1], Decision.EDITED),
                (hunks[2], Decision.REJECTED),
                ("gone.py#1", Decision.ACCEPTED),
            ),
            ((hunks[1], (b"mine\n",)), (hunks[2], (b"kept\n",)), ("gone.py#2", (b"x\n",))),
        ),
    ]
    review = state_of([Proposed(one), *decided]).review
    assert review.shown == 0
    first, second = review.reviews()
    assert [first.decisions[each] for each in hunks] == [
        Decision.ACCEPTED,
        Decision.EDITED,
        Decision.REJECTED,
    ]
    assert dict(first.edits) == {hunks[1]: (b"mine\n",), hunks[2]: (b"kept\n",)}
    assert second.decisions[hunks[0]] is Decision.REJECTED
    assert first.changes == one.candidates[0].changes
    again = state_of([Proposed(one), *(Decided.of(n, r) for n, r in enumerate((first, second)))])
    assert again.review.reviews() == (first, second)


def test_decisions_on_lines_are_stored_and_those_in_conflict_are_not() -> None:
    one = proposal()
    review = Review.of(one.title, one.candidates[0].changes)
    first, second = [hunk.id for hunk in review.hunks][:2]
    review = review.edit(second, (b"mine\n",)).decide_lines(first, {0}, Decision.ACCEPTED)
    review = review.decide_lines(second, {1}, Decision.REJECTED)

    def restored(record: Decided) -> Review:
        return state_of([Proposed(one), record]).review.reviews()[0]

    again = restored(Decided.of(0, review))
    assert (again.decisions, again.edits, again.lines) == (
        review.decisions,
        review.edits,
        review.lines,
    )
    unknown = replace(Decided.of(0, review), lines=((first, LineDecisions(frozenset({0, 99}))),))
    assert restored(unknown).lines == {first: LineDecisions(frozenset({0}))}
    assert restored(unknown).is_open(second), "without its lines, a hunk is open"
    conflict = restored(Decided.of(0, replace(review, conflicts=frozenset({second}))))
    assert conflict.decisions[first] is Decision.PARTLY
    assert conflict.decisions[second] is Decision.UNDECIDED
    assert conflict.edits == {}


@pytest.mark.parametrize(
    ("state", "reviewed", "expected"),
    [
        (StepState.RUNNING, False, StepState.ACCEPTED),
        (StepState.RUNNING, True, StepState.ACCEPTED),
        (StepState.REVIEW, True, StepState.REVIEW),
        (StepState.REVIEW, False, StepState.ACCEPTED),
        (StepState.FAILED, False, StepState.FAILED),
        (StepState.DONE, True, StepState.DONE),
    ],
)
def test_no_step_runs_after_the_program_ended(state, reviewed, expected) -> None:
    records = [Planned("t", (step(state),)), *([Proposed(proposal())] if reviewed else [])]
    assert state_of(records).plan.steps == (step(expected),)


def test_a_write_belongs_to_the_step_in_review() -> None:
    records = [Planned("t", (step(StepState.REVIEW),)), Proposed(proposal()), Wrote("applied", "R")]
    assert state_of(records).written == {"R": 4}
    assert state_of(records[1:]).written == {}


def test_a_task_that_did_not_end_was_interrupted() -> None:
    assert state_of([TaskBegan("a", "ask")]).interrupted == "a"
    assert state_of([TaskBegan("a", "ask"), TaskEnded()]).interrupted == ""


# Staleness


def test_files_that_are_as_they_were_are_not_stale(tmp_path) -> None:
    (tmp_path / "totals.py").write_bytes(OLD)
    changes = [*candidate().changes, Change("new.py", None, NEW), Change("d/e.py", None, NEW)]
    assert changed_since(tmp_path, changes) == ()


def test_files_that_changed_are_stale(tmp_path) -> None:
    for name in ("edited.py", "created.py", "target.py"):
        (tmp_path / name).write_bytes(NEW)
    (tmp_path / "moved.py").write_bytes(OLD)
    (tmp_path / "link.py").symlink_to("moved.py")
    (tmp_path / "folder.py").mkdir()
    changes = [
        Change("edited.py", OLD, NEW),
        Change("edited.py", OLD, NEW + NEW),
        Change("removed.py", OLD, NEW),
        Change("created.py", None, NEW),
        Change("link.py", OLD, NEW),
        Change("folder.py", b"", NEW),
        Change("target.py", OLD, NEW, "moved.py"),
        Change("moved.py/inside.py", None, NEW),
    ]
    expected = ("edited.py", "removed.py", "created.py", "link.py", "folder.py", "target.py")
    assert changed_since(tmp_path, changes) == expected


def test_every_change_to_a_path_is_looked_at(tmp_path) -> None:
    (tmp_path / "a.py").write_bytes(NEW)
    changes = [Change("a.py", NEW, OLD), replace(Change("a.py", OLD, NEW))]
    assert changed_since(tmp_path, changes) == ("a.py",)
