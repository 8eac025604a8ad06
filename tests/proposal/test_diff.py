"""Splitting a change into hunks, applying hunks, and the git-style diff."""

import itertools
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from assistant.errors import ApplyError
from assistant.proposal import matching
from assistant.proposal.changes import Change
from assistant.proposal.diff import apply_hunks, hunks_of, unified
from assistant.repo.files import encode_text, split_lines

_LINE = st.sampled_from([b"a", b"b", b"c", b"  d", b"", b"\x80\xff", b"e\rf"])
_END = st.sampled_from([b"\n", b"\n", b"\r\n"])
FILES = st.builds(
    lambda lines, last: b"".join(line + end for line, end in lines) + last,
    st.lists(st.tuples(_LINE, _END), max_size=14),
    st.sampled_from([b"", b"", b"a", b"z\r"]),
)


@given(old=FILES, new=FILES)
@example(old=b"", new=b"a")
@example(old=b"a", new=b"a\n")
@example(old=b"a\r\nb\n", new=b"a\nb\n")
@example(old=b"a\rb\rc\r", new=b"a\rc\r")
def test_all_hunks_give_the_new_bytes_and_none_give_no_change(old: bytes, new: bytes) -> None:
    change = Change("f", old, new)
    hunks = hunks_of(change)
    assert apply_hunks(change, ()) is None
    if old == new:
        assert hunks == ()
    else:
        applied = apply_hunks(change, hunks)
        assert applied is not None
        assert applied.new == new
        assert applied.old == old


@given(old=FILES, new=FILES, data=st.data())
def test_some_of_the_hunks_leave_the_rest_of_the_file_unchanged(
    old: bytes, new: bytes, data: st.DataObject
) -> None:
    change = Change("f", old, new)
    hunks = hunks_of(change)
    taken = [hunk for hunk in hunks if data.draw(st.booleans())]
    applied = apply_hunks(change, taken)
    expected = split_lines(old)
    for hunk in reversed(taken):
        expected[hunk.start : hunk.start + len(hunk.old)] = hunk.new
    if taken:
        assert applied is not None
        assert applied.new == b"".join(expected)
    else:
        assert applied is None


@given(old=FILES, new=FILES)
def test_hunks_are_separate_and_in_order(old: bytes, new: bytes) -> None:
    hunks = hunks_of(Change("f", old, new))
    for first, second in itertools.pairwise(hunks):
        assert first.start + len(first.old) < second.start
    assert len({hunk.id for hunk in hunks}) == len(hunks)


@given(old=FILES, new=FILES)
def test_the_greedy_search_alone_gives_a_valid_alignment(old: bytes, new: bytes) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(matching, "_SMALL_GAP", 0)
        change = Change("f", old, new)
        applied = apply_hunks(change, hunks_of(change))
    assert (old if applied is None else applied.new) == new


def test_the_greedy_search_finds_the_shortest_edit() -> None:
    pairs = matching._shortest_edit([1, 2, 3, 1, 2, 2, 1], [3, 2, 1, 2, 1, 3])
    assert len(pairs) == 4
    assert matching._shortest_edit([1, 2, 9], [1, 3, 9]) == [(0, 0), (2, 2)]


def test_the_greedy_search_gives_up_on_very_different_lines(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(matching, "_MOST_EDITS", 3)
    assert matching._shortest_edit([1, 2, 3, 4], [5, 6, 7, 8]) == []


def test_changed_lines_around_an_unchanged_one_are_two_hunks() -> None:
    old, new = b"a\nb\nc\nd\n", b"A\nb\nC\nD\n"
    first, second = hunks_of(Change("f", old, new))
    assert (first.start, first.old, first.new) == (0, (b"a\n",), (b"A\n",))
    assert (second.start, second.old, second.new) == (2, (b"c\n", b"d\n"), (b"C\n", b"D\n"))
    applied = apply_hunks(Change("f", old, new), [second])
    assert applied is not None
    assert applied.new == b"a\nb\nC\nD\n"


def test_an_inserted_method_is_shown_whole() -> None:
    old = b"class A:\n    @p\n    def a(self):\n        return 1\n\n    @p\n    def c(self):\n"
    added = b"    @p\n    def b(self):\n        return 2\n\n"
    at = old.index(b"    @p\n    def c")
    (hunk,) = hunks_of(Change("f", old, old[:at] + added + old[at:]))
    assert hunk.old == ()
    assert b"".join(hunk.new) == added


@pytest.mark.parametrize(
    ("change", "old", "new"),
    [
        (Change("f", None, b"a\nb"), (), (b"a\n", b"b")),
        (Change("f", None, b""), (), ()),
        (Change("f", b"a\n", None), (b"a\n",), ()),
        (Change("f", b"", None), (), ()),
        (Change("g", b"a\nb\n", b"a\nc\n", renamed_from="f"), (b"a\n", b"b\n"), (b"a\n", b"c\n")),
    ],
)
def test_a_create_delete_or_rename_is_one_hunk(
    change: Change, old: tuple[bytes, ...], new: tuple[bytes, ...]
) -> None:
    (hunk,) = hunks_of(change)
    assert (hunk.start, hunk.old, hunk.new) == (0, old, new)
    assert apply_hunks(change, [hunk]) == change
    assert apply_hunks(change, []) is None


def test_a_deletion_edited_to_keep_lines_becomes_a_modification() -> None:
    change = Change("f", b"a\nb\n", None)
    (hunk,) = hunks_of(change)
    assert apply_hunks(change, [replace(hunk, new=(b"a\n",))]) == Change("f", b"a\nb\n", b"a\n")


def test_an_edited_hunk_without_a_line_ending_does_not_join_lines() -> None:
    change = Change("f", b"a\r\nb\r\nc\r\n", b"a\r\nB\r\nc\r\n")
    (hunk,) = hunks_of(change)
    applied = apply_hunks(change, [replace(hunk, new=(b"x",))])
    assert applied is not None
    assert applied.new == b"a\r\nx\r\nc\r\n"


def test_a_hunk_edited_back_to_the_old_lines_leaves_no_change() -> None:
    change = Change("f", b"a\nb\n", b"a\nB\n")
    (hunk,) = hunks_of(change)
    assert apply_hunks(change, [replace(hunk, new=hunk.old)]) is None


def test_overlapping_hunks_are_rejected() -> None:
    change = Change("f", b"a\nb\nc\n", b"A\nB\nc\n")
    (hunk,) = hunks_of(change)
    inner = replace(hunk, id="x", start=1, old=(b"b\n",), new=(b"X\n",))
    with pytest.raises(ApplyError, match="overlap") as caught:
        apply_hunks(change, [hunk, inner])
    assert caught.value.hint


def test_the_same_hunk_twice_is_rejected() -> None:
    change = Change("f", b"a\n", b"a\nb\n")
    (hunk,) = hunks_of(change)
    with pytest.raises(ApplyError, match="overlap"):
        apply_hunks(change, [hunk, hunk])


@pytest.mark.parametrize(
    "other",
    [
        {"path": "g"},
        {"start": 1},
        {"start": -1, "old": ()},
        {"start": 3, "old": ()},
        {"old": (b"a",)},
        {"old": (b"a\n", b"b\n", b"c\n")},
    ],
)
def test_hunks_of_another_change_are_rejected(other: dict[str, object]) -> None:
    change = Change("f", b"a\nb\n", b"A\nb\n")
    (hunk,) = hunks_of(change)
    with pytest.raises(ApplyError, match="does not belong") as caught:
        apply_hunks(change, [replace(hunk, **other)])
    assert caught.value.hint


def test_confidence_is_the_geometric_mean_of_the_new_lines() -> None:
    change = Change("f", b"a\nb\nc\n", b"A\nb\nC\nD\n")
    uncertain = (("f", 0, 0.5), ("f", 2, 0.9), ("f", 3, 0.4), ("g", 2, 0.1))
    first, second = hunks_of(change, uncertain)
    assert first.confidence == pytest.approx(0.5)
    assert second.confidence == pytest.approx(0.6)
    assert [hunk.confidence for hunk in hunks_of(change)] == [None, None]


def _numbered(count: int) -> list[bytes]:
    return [b"line %d\n" % number for number in range(count)]


@pytest.mark.parametrize("every", [1, 3, 10_000])
def test_fifty_thousand_lines_take_seconds_at_most(every: int) -> None:
    old = _numbered(50_000)
    new = [b"x" + line if n % every == 0 else line for n, line in enumerate(old)]
    began = time.perf_counter()
    change = Change("f", b"".join(old), b"".join(new))
    applied = apply_hunks(change, hunks_of(change))
    assert time.perf_counter() - began < 10
    assert applied is not None
    assert applied.new == change.new


def test_fifty_thousand_lines_without_an_anchor_take_seconds_at_most() -> None:
    old = [b"%d\n" % (n * n % 7) for n in range(50_000)]
    new = [b"%d\n" % (n * n * n % 7) for n in range(50_000)]
    began = time.perf_counter()
    change = Change("f", b"".join(old), b"".join(new))
    applied = apply_hunks(change, hunks_of(change))
    assert time.perf_counter() - began < 10
    assert applied is not None
    assert applied.new == change.new


def _git_apply(folder: Path, text: str) -> None:
    patch = folder.parent / "change.patch"
    patch.write_bytes(encode_text(text))
    subprocess.run(
        ["git", "-c", "core.autocrlf=false", "apply", "--whitespace=nowarn", str(patch)],
        cwd=folder,
        check=True,
        capture_output=True,
    )


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    folder = tmp_path / "repo"
    folder.mkdir()
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
    return folder


_LONG = b"".join(_numbered(40))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"a\nb\nc\n", b"a\nB\nc\n"),
        (b"a\nb", b"a\nb\n"),
        (b"a\nb\n", b"a\nb"),
        (b"a", b"b"),
        (b"a\r\nb\n\r\n", b"a\nb\n\r\nc\r\n"),
        (b"a\rb\rc\r", b"a\rc\r"),
        (b"\x80\xff\na\n", b"\x80\xff\nb\n"),
        (_LONG, b"new\n" + _LONG.replace(b"line 20\n", b"").replace(b"line 22\n", b"x\n")),
        (_LONG, _LONG.replace(b"line 0\n", b"").replace(b"line 39\n", b"end")),
        (b"a\n", b""),
        (None, b"a\nb\n"),
        (None, b"a"),
        (None, b""),
        (b"a\nb", None),
        (b"", None),
    ],
)
@pytest.mark.parametrize("name", ["plain.py", "sp ace.py", 'q"\\\t\n.py', "é\udcff.py", "d/-x"])
def test_git_applies_the_unified_diff(
    repo: Path, old: bytes | None, new: bytes | None, name: str
) -> None:
    file = repo / name
    file.parent.mkdir(exist_ok=True)
    if old is not None:
        file.write_bytes(old)
    _git_apply(repo, unified(Change(name, old, new)))
    assert (file.read_bytes() if file.exists() else None) == new


def test_git_applies_a_rename_with_a_change(repo: Path) -> None:
    (repo / "old name").write_bytes(b"a\nb\nc\n")
    _git_apply(repo, unified(Change("new", b"a\nb\nc\n", b"a\nX\nc\n", renamed_from="old name")))
    assert (repo / "new").read_bytes() == b"a\nX\nc\n"
    assert not (repo / "old name").exists()


def test_the_unified_diff_looks_like_git_output() -> None:
    assert unified(Change("a.py", b"a\nb", b"a\nc\n")) == (
        "diff --git a/a.py b/a.py\n--- a/a.py\n+++ b/a.py\n@@ -1,2 +1,2 @@\n a\n-b\n"
        "\\ No newline at end of file\n+c\n"
    )
