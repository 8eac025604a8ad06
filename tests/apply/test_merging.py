"""Three-way merge, and undo with a merge."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.apply.journal import EntryState
from assistant.apply.merging import merged
from assistant.apply.writer import Writer
from assistant.errors import StaleFile
from assistant.proposal.changes import Change
from tests.apply.kit import Accept

_BASE = b"1\n2\n3\n4\n5\n"
_TEXT = st.lists(st.sampled_from([b"a\n", b"b\n", b"c\n"]), max_size=6).map(b"".join)


@pytest.mark.parametrize(
    ("ours", "theirs", "result"),
    [
        (b"1\n2\n3\n4\n5!\n", b"1!\n2\n3\n4\n5\n", b"1!\n2\n3\n4\n5!\n"),
        (b"0\n" + _BASE, _BASE + b"6\n", b"0\n" + _BASE + b"6\n"),
        (b"1\n2\n4\n5\n", b"1\n2\n4\n5\n", b"1\n2\n4\n5\n"),
        (b"1\n2!\n3\n4\n5\n", b"1\n2?\n3\n4\n5\n", None),
        (b"1\n2!\n3\n4\n5\n", b"1\n2\n3!\n4\n5\n", None),
        (b"1\n2\n2a\n3\n4\n5\n", b"1\n2\n2b\n3\n4\n5\n", None),
        (b"", b"1\n2!\n3\n4\n5\n", None),
        (b"1\r\n2\n3\n4\n5\n", b"1\n2\n3\n4\n5", b"1\r\n2\n3\n4\n5"),
    ],
)
def test_merge_results(ours: bytes, theirs: bytes, result: bytes | None) -> None:
    assert merged(_BASE, ours, theirs) == result
    assert merged(_BASE, theirs, ours) == result


@given(base=_TEXT, side=_TEXT)
def test_an_unchanged_side_yields_the_other_side(base: bytes, side: bytes) -> None:
    assert merged(base, base, side) == side
    assert merged(base, side, base) == side
    assert merged(base, side, side) == side


def test_undo_with_a_merge_keeps_later_edits(writer: Writer, root: Path, accept: Accept) -> None:
    old = b"a\nb\nc\nd\ne\n"
    (root / "f").write_bytes(old)
    (root / "f").chmod(0o755)
    writer.apply(accept(Change("f", old, b"A\nb\nc\nd\ne\n"), Change("new", None, b"n\n")))
    (root / "f").write_bytes(b"A\nb\nc\nd\nmine\n")
    with pytest.raises(StaleFile):
        writer.undo()
    assert writer.undo(merge=True).state is EntryState.UNDONE
    assert (root / "f").read_bytes() == b"a\nb\nc\nd\nmine\n"
    assert (root / "f").stat().st_mode & 0o777 == 0o755
    assert not (root / "new").exists()
    writer.redo()
    assert (root / "f").read_bytes() == b"A\nb\nc\nd\nmine\n"
    assert (root / "new").read_bytes() == b"n\n"


@pytest.mark.parametrize(
    ("path", "spoil"),
    [
        ("f", lambda file: file.write_bytes(b"mine\nb\nc\nd\n")),
        ("f", lambda file: file.unlink()),
        ("new", lambda file: file.write_bytes(b"n\nmine\n")),
    ],
)
def test_undo_with_a_merge_is_refused_on_a_conflict(
    writer: Writer, root: Path, accept: Accept, path: str, spoil: Callable[[Path], object]
) -> None:
    (root / "f").write_bytes(b"a\nb\nc\nd\n")
    writer.apply(accept(Change("f", b"a\nb\nc\nd\n", b"A\nb\nc\nd\n"), Change("new", None, b"n\n")))
    spoil(root / path)
    before = {file: file.read_bytes() for file in root.iterdir() if file.is_file()}
    with pytest.raises(StaleFile, match=f"{path} has changed since") as caught:
        writer.undo(merge=True)
    assert "same lines" in caught.value.hint
    assert {file: file.read_bytes() for file in root.iterdir() if file.is_file()} == before
