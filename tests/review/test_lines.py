"""Decisions on single lines of a hunk."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.errors import UsageError
from assistant.proposal.changes import Change, ChangeKind
from assistant.proposal.lines import line_end
from assistant.repo.files import split_lines
from assistant.review.decisions import Decision, Review
from assistant.review.lines import LineDecisions

_OLD = b"one\ntwo = 2\nthree = 3\nfour\n"
_NEW = b"one\ntwo = 22\nthree = 33\nthree and a half\nfour\n"
_HUNK = "a.py#1"
ACCEPTED, REJECTED, UNDECIDED = Decision.ACCEPTED, Decision.REJECTED, Decision.UNDECIDED


def _review(old: bytes | None = _OLD, new: bytes | None = _NEW) -> Review:
    return Review.of("a step", (Change("a.py", old, new),))


def _written(review: Review) -> bytes | None:
    (change,) = review.reviewed().changes
    return change.new


@pytest.mark.parametrize(
    ("accepted", "written"),
    [
        ({0}, b"one\nthree = 3\nfour\n"),
        ({2}, b"one\ntwo = 2\ntwo = 22\nthree = 3\nfour\n"),
        ({0, 2}, b"one\ntwo = 22\nthree = 3\nfour\n"),
        ({1, 3}, b"one\ntwo = 2\nthree = 33\nfour\n"),
        ({4}, b"one\ntwo = 2\nthree = 3\nthree and a half\nfour\n"),
        ({0, 1, 2, 3, 4}, _NEW),
    ],
)
def test_exactly_the_accepted_lines_are_written(accepted: set[int], written: bytes) -> None:
    assert _written(_review().decide_lines(_HUNK, accepted, ACCEPTED)) == written


def test_the_rest_of_a_hunk_stays_open() -> None:
    review = _review().decide_lines(_HUNK, {0, 2}, ACCEPTED)
    assert review.decisions[_HUNK] is Decision.PARTLY
    assert review.is_open(_HUNK)
    assert not review.complete
    done = review.decide_lines(_HUNK, {1, 3, 4}, REJECTED)
    assert done.decisions[_HUNK] is Decision.PARTLY
    assert done.complete
    assert _written(done) == _written(review)


def test_a_decision_on_the_hunk_decides_what_is_open_and_then_everything() -> None:
    part = _review().decide_lines(_HUNK, {1, 3}, REJECTED)
    assert not part.is_accepted(_HUNK)
    assert part.reviewed().changes == ()
    rest = part.decide(_HUNK, ACCEPTED)
    assert _written(rest) == b"one\ntwo = 22\nthree = 3\nthree and a half\nfour\n"
    assert rest.lines[_HUNK] == LineDecisions(frozenset({0, 2, 4}), frozenset({1, 3}))
    assert rest.decide(_HUNK, ACCEPTED).decisions[_HUNK] is ACCEPTED
    assert rest.decide(_HUNK, REJECTED).decisions[_HUNK] is REJECTED
    assert rest.decide(_HUNK, UNDECIDED).decisions[_HUNK] is UNDECIDED


def test_the_same_decision_on_all_lines_is_one_on_the_hunk() -> None:
    review = _review()
    for decision in (ACCEPTED, REJECTED):
        part = review.decide_lines(_HUNK, {0, 1}, decision)
        assert part.decide_lines(_HUNK, {2, 3, 4}, decision).decisions[_HUNK] is decision
        assert part.decide_lines(_HUNK, {0, 1}, UNDECIDED).decisions[_HUNK] is UNDECIDED
        assert part.decide_lines(_HUNK, (), ACCEPTED) is part


def test_lines_of_a_decided_hunk_can_be_decided_otherwise() -> None:
    accepted = _review().decide(_HUNK, ACCEPTED).decide_lines(_HUNK, {4}, REJECTED)
    assert accepted.complete
    assert _written(accepted) == b"one\ntwo = 22\nthree = 33\nfour\n"
    rejected = _review().decide(_HUNK, REJECTED).decide_lines(_HUNK, {4}, ACCEPTED)
    assert rejected.complete
    assert _written(rejected) == b"one\ntwo = 2\nthree = 3\nthree and a half\nfour\n"


def test_lines_of_an_edited_hunk_are_those_of_the_edit() -> None:
    edited = _review().edit(_HUNK, (b"two = 22\n", b"mine\n"))
    part = edited.decide_lines(_HUNK, {3}, REJECTED)
    assert part.decisions[_HUNK] is Decision.PARTLY
    assert _written(part) == b"one\ntwo = 22\nfour\n"
    assert part.decide_lines(_HUNK, {3}, ACCEPTED).decisions[_HUNK] is Decision.EDITED
    assert part.edit(_HUNK, (b"again\n",)).written(part.hunks[0]) == (b"again\n",)


def test_deciding_everything_keeps_what_is_decided_of_a_hunk() -> None:
    change = Change("b.py", b"x\n", b"y\nz\n")
    review = Review.of("a step", (Change("a.py", _OLD, _NEW), change))
    part = review.decide_lines(_HUNK, {4}, REJECTED).decide_all(ACCEPTED)
    assert part.complete
    assert [each.new for each in part.reviewed().changes] == [
        b"one\ntwo = 22\nthree = 33\nfour\n", b"y\nz\n"]  # fmt: skip
    assert part.decide_all(REJECTED) == part
    other = review.decide_lines(_HUNK, {4}, ACCEPTED).decide_all(REJECTED, path="b.py")
    assert other.is_open(_HUNK)
    assert other.decisions["b.py#1"] is REJECTED


def test_a_part_whose_lines_are_unknown_is_open_and_writes_nothing() -> None:
    review = _review().decide_lines(_HUNK, {0, 2}, ACCEPTED)
    restored = Review(review.title, review.changes, review.hunks, review.decisions, review.edits)
    assert restored.is_open(_HUNK)
    assert restored.reviewed().changes == ()


def test_unknown_hunks_lines_and_decisions_are_refused() -> None:
    review = _review()
    for lines in ({5}, {-1}):
        with pytest.raises(UsageError, match="does not have these lines") as caught:
            review.decide_lines(_HUNK, lines, ACCEPTED)
        assert caught.value.hint
    with pytest.raises(UsageError, match="no hunk"):
        review.decide_lines("b.py#1", {0}, ACCEPTED)
    for call in (lambda d: review.decide(_HUNK, d), review.decide_all):
        with pytest.raises(UsageError, match="needs its lines"):
            call(Decision.PARTLY)
    with pytest.raises(UsageError, match="needs its lines"):
        review.decide_lines(_HUNK, {0}, Decision.EDITED)


def test_a_part_of_a_deleted_file_stays_and_a_part_of_a_created_one_is_written() -> None:
    deleted = _review(_OLD, None).decide_lines(_HUNK, {0, 1}, ACCEPTED)
    (change,) = deleted.reviewed().changes
    assert change.kind is ChangeKind.MODIFY
    assert change.new == b"three = 3\nfour\n"
    created = _review(None, b"a\nb\nc\n").decide_lines(_HUNK, {0, 2}, ACCEPTED)
    (change,) = created.reviewed().changes
    assert change.kind is ChangeKind.CREATE
    assert change.new == b"a\nc\n"


@dataclass(frozen=True)
class _Case:
    """A change of lines that all differ, and the lines to accept of each hunk."""

    change: Change
    seed: tuple[bool, ...]


@st.composite
def _cases(draw) -> _Case:
    """Each old line is kept, removed or replaced; other lines are put before and after."""
    end = draw(st.sampled_from([b"\n", b"\r\n"]))
    old: list[bytes] = []
    new: list[bytes] = []
    for number in range(draw(st.integers(0, 12))):
        fate = draw(st.sampled_from(["keep", "keep", "remove", "replace", "change", "insert"]))
        line = b"value %d = old %d" % (number, number)
        if fate != "insert":
            old.append(line)
        if fate == "keep":
            new.append(line)
        elif fate == "change":
            new.append(b"value %d = new %d" % (number, number))
        elif fate != "remove":
            new += [b"added %d.%d" % (number, n) for n in range(draw(st.integers(1, 3)))]
    kind = draw(st.sampled_from(list(ChangeKind)[:3]))
    sides = [end.join([*lines, b""]) if lines else b"" for lines in (old, new)]
    open_ended = [draw(st.booleans()) for _ in sides]
    before, after = (
        side.removesuffix(end) if cut else side for side, cut in zip(sides, open_ended, strict=True)
    )
    change = Change(
        "a.py",
        None if kind is ChangeKind.CREATE else before,
        None if kind is ChangeKind.DELETE else after,
    )
    return _Case(change, tuple(draw(st.lists(st.booleans(), min_size=60, max_size=60))))


@given(_cases())
def test_any_subset_of_lines_keeps_both_files_in_order(case: _Case) -> None:
    review = Review.of("a step", (case.change,))
    old, new = split_lines(case.change.old or b""), split_lines(case.change.new or b"")
    flags = iter(case.seed)
    removed: list[bytes] = []
    unwritten: list[bytes] = []
    for hunk in review.hunks:
        lines = (*hunk.old, *hunk.new)
        taken = {at for at in range(len(lines)) if next(flags)}
        review = review.decide_lines(hunk.id, taken, ACCEPTED)
        removed += [line for at, line in enumerate(hunk.old) if at in taken]
        unwritten += [
            line for at, line in enumerate(hunk.new, start=len(hunk.old)) if at not in taken
        ]
    changes = review.reviewed().changes
    written = split_lines((changes[0].new if changes else case.change.old) or b"")
    stayed = [line for line in old if line not in removed]
    added = [line for line in new if line not in unwritten]

    def bare(lines: list[bytes]) -> list[bytes]:
        return [line.removesuffix(line_end(line)) for line in lines]

    both = {*stayed, *added}
    assert {*bare(written)} == {*bare([*both])}, "each line is an old or a proposed one"
    assert all(line_end(line) for line in written[:-1]), "and ends before the next one"
    # Lines that differ only in their ending cannot be told apart here.
    if len({*bare([*old, *new])}) == len({*old, *new}):
        assert [x for x in bare(written) if x in bare(old)] == bare(stayed)
        assert [x for x in bare(written) if x in bare(new)] == bare(added)


@given(_cases())
def test_all_lines_give_the_new_file_and_none_the_old_one(case: _Case) -> None:
    review = Review.of("a step", (case.change,))
    nothing = everything = review
    for hunk in review.hunks:
        lines = range(len(hunk.old) + len(hunk.new))
        for line in lines:  # one by one
            everything = everything.decide_lines(hunk.id, {line}, ACCEPTED)
            nothing = nothing.decide_lines(hunk.id, {line}, REJECTED)
        if not lines:
            everything = everything.decide(hunk.id, ACCEPTED)
    assert nothing.reviewed().changes == ()
    effect = (case.change,) if review.hunks else ()
    assert everything.reviewed().changes == effect


def test_editing_starts_without_the_rejected_lines() -> None:
    review = _review()
    assert review.editable(_HUNK) == review.hunks[0]
    part = review.decide_lines(_HUNK, {1, 4}, REJECTED)
    assert part.editable(_HUNK).new == (b"two = 22\n", b"three = 3\n", b"three = 33\n")
