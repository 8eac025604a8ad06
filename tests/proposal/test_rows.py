"""Rows that show a diff, and the words that changed."""

import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.proposal.changes import Change
from assistant.proposal.diff import hunks_of, rows_of, word_changes
from assistant.proposal.rows import Row, RowKind

_OLD = "".join(f"line {number}\n" for number in range(1, 21)).encode()


def _shown(rows: tuple[Row, ...]) -> list[tuple[str, int | None, int | None, str]]:
    return [(row.kind.name[0], row.old_number, row.new_number, row.text) for row in rows]


def test_rows_have_the_line_numbers_of_both_sides_and_gaps() -> None:
    new = _OLD.replace(b"line 5\n", b"line 5\nplus\n").replace(b"line 15\n", b"")
    change = Change("f", _OLD, new)
    rows = rows_of(change, hunks_of(change), context=1)
    assert _shown(rows) == [
        ("G", 1, 1, ""),
        ("C", 5, 5, "line 5"),
        ("A", None, 6, "plus"),
        ("C", 6, 7, "line 6"),
        ("G", 7, 8, ""),
        ("C", 14, 15, "line 14"),
        ("R", 15, None, "line 15"),
        ("C", 16, 16, "line 16"),
        ("G", 17, 17, ""),
    ]
    assert [row.hidden for row in rows if row.kind is RowKind.GAP] == [4, 7, 4]
    assert [row.hunk for row in rows if row.hunk] == ["f#1", "f#2"]


def test_rows_of_nearby_hunks_share_their_context() -> None:
    change = Change("f", b"a\nb\nc\nd\ne\n", b"A\nb\nc\nd\nE\n")
    rows = rows_of(change, hunks_of(change), context=2)
    assert [row.kind.name[0] for row in rows] == list("RACCCRA")


@given(
    old=st.lists(st.sampled_from([b"a\n", b"b\n", b"c\n"]), max_size=30),
    new=st.lists(st.sampled_from([b"a\n", b"b\n", b"c\n"]), max_size=30),
    context=st.integers(0, 4),
)
def test_rows_contain_every_line_once(old: list[bytes], new: list[bytes], context: int) -> None:
    change = Change("f", b"".join(old), b"".join(new))
    rows = rows_of(change, hunks_of(change), context)
    if old == new:
        assert rows == ()
        return
    before = sum(
        row.hidden if row.kind is RowKind.GAP else row.kind is not RowKind.ADDED for row in rows
    )
    assert before == len(old)
    for row in rows:
        if row.kind is RowKind.GAP:
            assert row.hidden > 0
        if row.kind in (RowKind.CONTEXT, RowKind.REMOVED):
            assert old[row.old_number - 1] == row.text.encode() + row.end
        if row.kind in (RowKind.CONTEXT, RowKind.ADDED):
            assert new[row.new_number - 1] == row.text.encode() + row.end


def test_rows_show_the_users_edit_and_line_endings() -> None:
    change = Change("f", b"a\r\nb", b"a\r\nc")
    (hunk,) = hunks_of(change)
    rows = rows_of(change, [replace(hunk, new=(b"mine\r\n", b"too"))])
    assert [(row.text, row.end) for row in rows] == [
        ("a", b"\r\n"),
        ("b", b""),
        ("mine", b"\r\n"),
        ("too", b""),
    ]


def test_a_very_long_line_is_truncated() -> None:
    change = Change("f", b"", b"x" * 10_000_000)
    (row,) = rows_of(change, hunks_of(change))
    assert len(row.text) + row.hidden == 10_000_000
    assert len(row.text) <= 2_000


def test_changed_words_are_marked_on_paired_lines() -> None:
    old = b"total = price * count\n"
    new = b"# the sum\ntotal = price * amount\n"
    change = Change("f", old, new)
    removed, comment, added = rows_of(change, hunks_of(change))
    assert comment.spans == ()
    assert [removed.text[start:end] for start, end in removed.spans] == ["count"]
    assert [added.text[start:end] for start, end in added.spans] == ["amount"]


@pytest.mark.parametrize("every", [1, 3])
def test_rows_of_fifty_thousand_lines_take_seconds_at_most(every: int) -> None:
    old = [b"line %d of many\n" % number for number in range(50_000)]
    new = [b"x" + line if n % every == 0 else line for n, line in enumerate(old)]
    change = Change("f", b"".join(old), b"".join(new))
    began = time.perf_counter()
    rows = rows_of(change, hunks_of(change))
    assert time.perf_counter() - began < 10
    assert sum(row.kind is not RowKind.REMOVED for row in rows) == 50_000
    assert any(row.spans for row in rows)


def test_long_lines_with_little_in_common_take_seconds_at_most() -> None:
    old, new = [
        b"".join(b"%d %d," % (n * n % 97, n * seed % 89) * 200 + b"\n" for n in range(30))
        for seed in (3, 5)
    ]
    change = Change("f", old, new)
    began = time.perf_counter()
    assert len(rows_of(change, hunks_of(change))) >= 30
    assert time.perf_counter() - began < 5


@pytest.mark.parametrize(
    ("old", "new", "spans"),
    [
        ("return a + b", "return a - b", (((9, 10),), ((9, 10),))),
        ("f(x)", "f(x, y)", ((), ((3, 6),))),
        ("  f(x)", "    f(x)", (((0, 2),), ((0, 4),))),
        ("same", "same", ((), ())),
        ("all", "different", ((), ())),
        ("", "something", ((), ())),
        ("x " * 250, "x " * 249 + "y ", (((498, 499),), ((498, 499),))),
        ("x " * 251, "x " * 250 + "y ", ((), ())),
    ],
)
def test_changed_words_of_a_line(old: str, new: str, spans: object) -> None:
    assert word_changes(old, new) == spans
