"""Reviews on files that changed on disk while they were open."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.apply.merging import merged
from assistant.proposal.changes import Change, ChangeKind, Doubt
from assistant.repo.files import split_lines
from assistant.review.decisions import Decision, Review
from assistant.review.rebasing import carried_doubts, rebased

_OLD = b"".join(b"line %d\n" % n for n in range(20))
_NEW = (
    _OLD.replace(b"line 3\n", b"LINE 3\n")
    .replace(b"line 9\n", b"LINE 9\nand a half\n")
    .replace(b"line 15\n", b"LINE 15\n")
)
ACCEPTED, REJECTED, UNDECIDED = Decision.ACCEPTED, Decision.REJECTED, Decision.UNDECIDED
_IDS = ("a.py#1", "a.py#2", "a.py#3")


def _review(change: Change | None = None) -> Review:
    return Review.of("a step", (change or Change("a.py", _OLD, _NEW),))


def _written(review: Review) -> bytes | None:
    (change,) = review.reviewed().changes
    return change.new


def test_hunks_move_with_their_lines_and_keep_their_decisions() -> None:
    review = _review().decide(_IDS[0], ACCEPTED).edit(_IDS[1], (b"mine\n",))
    review = review.decide_lines(_IDS[2], {1}, ACCEPTED)
    now = b"first\n" + _OLD.replace(b"line 6\n", b"line 6, edited\nand one more\n")
    result = rebased(review, {"a.py": now})
    assert result.changed == ("a.py",)
    assert result.conflicts == result.present == ()
    assert [(hunk.id, hunk.start) for hunk in result.review.hunks] == [
        ("a.py#1", 4), ("a.py#2", 11), ("a.py#3", 17)]  # fmt: skip
    assert result.review.decisions == review.decisions
    assert _written(result.review) == now.replace(b"line 3\n", b"LINE 3\n").replace(
        b"line 9\n", b"mine\n"
    ).replace(b"line 15\n", b"line 15\nLINE 15\n")
    (change,) = result.review.changes
    assert change.old == now
    assert change.new == _review(change).decide_all(ACCEPTED).reviewed().changes[0].new


def test_unchanged_files_stay_as_they_are() -> None:
    review = _review().decide(_IDS[0], ACCEPTED)
    result = rebased(review, {"a.py": _OLD})
    assert result.review == review
    assert result.changed == ()


@pytest.mark.parametrize(
    ("line", "edited"),
    [(b"line 9\n", b"my 9\n"), (b"line 8\n", b"my 8\n"), (b"line 10\n", b""), (b"line 9\n", b"")],
)
def test_a_conflict_shows_both_sides_and_is_decided_again(line: bytes, edited: bytes) -> None:
    review = _review().decide_all(ACCEPTED)
    now = _OLD.replace(line, edited)
    result = rebased(review, {"a.py": now})
    assert result.conflicts == ("a.py#2",)
    assert result.review.conflicts == {"a.py#2"}
    assert [result.review.decisions[key] for key in _IDS] == [ACCEPTED, UNDECIDED, ACCEPTED]
    others = now.replace(b"line 3\n", b"LINE 3\n").replace(b"line 15\n", b"LINE 15\n")
    assert _written(result.review) == others, "the user's lines stay"
    assert _written(result.review.decide("a.py#2", ACCEPTED)) == _NEW
    assert result.review.hunk("a.py#2").confidence is None


def test_a_conflict_keeps_an_edit_and_a_rejection() -> None:
    now = {"a.py": _OLD.replace(b"line 9\n", b"my 9\n")}
    edited = rebased(_review().edit("a.py#2", (b"mine\n",)), now).review
    assert edited.hunk("a.py#2").old == (b"my 9\n",)
    assert edited.hunk("a.py#2").new == (b"mine\n",)
    assert edited.edits == {}
    rejected = rebased(_review().decide("a.py#2", REJECTED), now)
    assert rejected.conflicts == ()
    assert rejected.review.decisions["a.py#2"] is REJECTED


def test_a_conflict_is_not_accepted_with_all_the_others() -> None:
    now = {"a.py": _OLD.replace(b"line 9\n", b"my 9\n")}
    after = rebased(_review(), now).review
    assert after.decide_all(ACCEPTED).decisions["a.py#2"] is UNDECIDED
    assert after.decide_all(REJECTED).complete


def test_hunks_that_one_change_of_the_user_spans_become_one() -> None:
    now = _OLD[: _OLD.index(b"line 2\n")] + _OLD[_OLD.index(b"line 11\n") :]
    result = rebased(_review().decide_all(ACCEPTED), {"a.py": now})
    assert result.conflicts == ("a.py#1",)
    assert result.present == ()
    assert [hunk.id for hunk in result.review.hunks] == ["a.py#1", "a.py#3"]
    assert _written(result.review.decide("a.py#1", ACCEPTED)) == _NEW


def test_what_the_file_has_already_is_dropped() -> None:
    now = _OLD.replace(b"line 3\n", b"LINE 3\n")
    result = rebased(_review().decide(_IDS[1], REJECTED), {"a.py": now})
    assert result.present == ("a.py#1",)
    assert result.review.decisions == {"a.py#2": REJECTED, "a.py#3": UNDECIDED}
    nothing = rebased(_review(), {"a.py": _NEW})
    assert nothing.review.changes == nothing.review.hunks == ()
    assert nothing.present == _IDS


def test_a_second_time_keeps_what_is_in_conflict() -> None:
    once = rebased(_review(), {"a.py": _OLD.replace(b"line 9\n", b"my 9\n")}).review
    twice = rebased(once, {"a.py": b"first\n" + (once.changes[0].old or b"")})
    assert twice.review.conflicts == {"a.py#2"}
    assert twice.conflicts == ()


def test_files_that_came_or_went_are_decided_again() -> None:
    gone = rebased(_review().decide_all(ACCEPTED), {"a.py": None})
    (change,) = gone.review.changes
    assert (change.kind, change.new) == (ChangeKind.CREATE, _NEW)
    assert gone.conflicts == ("a.py#1",)

    created = _review(Change("a.py", None, b"x\ny\n")).decide_all(ACCEPTED)
    there = rebased(created, {"a.py": b"x\nz\n"})
    assert there.conflicts == ("a.py#1",)
    assert there.review.hunk("a.py#1").old == (b"z\n",)
    assert _written(there.review.decide("a.py#1", ACCEPTED)) == b"x\ny\n"
    assert rebased(created, {"a.py": b"x\ny\n"}).review.changes == ()

    deleted = _review(Change("a.py", b"x\n", None)).decide_all(ACCEPTED)
    edited = rebased(deleted, {"a.py": b"x\nz\n"})
    assert edited.conflicts == ("a.py#1",)
    assert edited.review.changes[0].kind is ChangeKind.DELETE
    assert edited.review.hunk("a.py#1").old == (b"x\n", b"z\n")
    assert rebased(deleted, {"a.py": None}).review.changes == ()


_RENAME = Change("b.py", _OLD, _NEW, renamed_from="a.py")
_MOVE = Change("b.py", _OLD, _OLD, renamed_from="a.py")


@pytest.mark.parametrize("change", [_RENAME, _MOVE], ids=["edited", "plain"])
def test_a_rename_takes_the_users_lines_along(change: Change) -> None:
    now = b"first\n" + _OLD
    result = rebased(_review(change).decide_all(ACCEPTED), {"a.py": now})
    (after,) = result.review.reviewed().changes
    assert (after.kind, after.old) == (ChangeKind.RENAME, now)
    assert after.new == b"first\n" + (change.new or b"")
    assert result.conflicts == ()


def test_a_rename_of_an_edited_hunk_keeps_edit_and_users_lines() -> None:
    mine = _OLD.replace(b"line 3\n", b"mine\n")
    review = _review(_RENAME).edit("b.py#1", tuple(split_lines(mine)))
    result = rebased(review, {"a.py": b"first\n" + _OLD})
    assert _written(result.review) == b"first\n" + mine


def test_a_rename_in_conflict_in_part_or_of_a_lost_file_is_decided_again() -> None:
    accepted = _review(_RENAME).decide_all(ACCEPTED)
    clash = rebased(accepted, {"a.py": _OLD.replace(b"line 9\n", b"my 9\n")})
    assert clash.conflicts == ("b.py#1",)
    part = _review(_RENAME).decide_lines("b.py#1", {0}, ACCEPTED)
    assert rebased(part, {"a.py": b"first\n" + _OLD}).conflicts == ("b.py#1",)
    lost = rebased(accepted, {"a.py": None})
    assert lost.conflicts == ("b.py#1",)
    assert lost.review.changes == (Change("b.py", None, _NEW),)


def test_doubts_move_with_their_lines() -> None:
    doubts = tuple(Doubt("a.py", line, 0, 3, 0.3) for line in (3, 10, 16))
    review = _review()
    now = b"first\n" + _OLD.replace(b"line 9\n", b"my 9\n")
    after = rebased(review, {"a.py": now}).review
    assert [doubt.line for doubt in carried_doubts(review, after, doubts)] == [4, 11, 17]
    lines = split_lines(after.changes[0].new or b"")
    assert [lines[n] for n in (4, 11, 17)] == [b"LINE 3\n", b"and a half\n", b"LINE 15\n"]
    gone = rebased(review, {"a.py": _NEW}).review
    assert carried_doubts(review, gone, doubts) == ()


def _side(mark: bytes):
    """Replaces, removes or leaves each of ten lines, and inserts some, all of them unique."""
    fates = st.lists(st.sampled_from(["keep"] * 6 + ["change", "remove", "insert"]), min_size=10,
                     max_size=10)  # fmt: skip

    def made(chosen: list[str]) -> bytes:
        lines: list[bytes] = []
        for number, fate in enumerate(chosen):
            if fate in ("change", "insert"):
                lines.append(b"%s %d\n" % (mark, number))
            if fate in ("keep", "insert"):
                lines.append(b"base %d\n" % number)
        return b"".join(lines)

    return fates.map(made)


_BASE = b"".join(b"base %d\n" % number for number in range(10))


_DECISIONS = st.lists(st.sampled_from([ACCEPTED, REJECTED, UNDECIDED]), min_size=10, max_size=10)


@given(_side(b"proposed"), _side(b"user"), _DECISIONS)
def test_without_a_conflict_the_result_is_the_merge_and_with_one_nothing_is_lost(
    proposed: bytes, now: bytes, decisions: list[Decision]
) -> None:
    review = _review(Change("a.py", _BASE, proposed))
    for hunk, decision in zip(review.hunks, decisions, strict=False):
        review = review.decide(hunk.id, decision)
    result = rebased(review, {"a.py": now})
    after = result.review
    assert {*after.decisions} == {hunk.id for hunk in after.hunks}

    whole = merged(_BASE, now, proposed)
    conflicted = [h.id for h in after.hunks if h.old != review.hunk(h.id).old]
    assert (whole is None) >= bool(result.conflicts)
    if whole is not None and not conflicted:
        everything = after
        for hunk in after.hunks:
            everything = everything.decide(hunk.id, ACCEPTED)
        changes = everything.reviewed().changes
        assert (changes[0].new if changes else now) == whole

    rejected = after
    for hunk in after.hunks:
        rejected = rejected.decide(hunk.id, REJECTED)
    assert rejected.reviewed().changes == (), "rejecting leaves the user's file"
    shown = {line for hunk in after.hunks for line in hunk.new}
    there = {*split_lines(now)}
    wanted = {line for hunk in review.hunks for line in hunk.new}
    assert wanted <= shown | there, "every proposed line is in the file or in a hunk"
