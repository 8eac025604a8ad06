"""A review whose files changed on disk, through the writer."""

import errno
from pathlib import Path

import pytest

from assistant.apply.system import System
from assistant.apply.writer import Writer
from assistant.errors import ApplyError, StaleFile
from assistant.proposal.changes import Change
from assistant.review.decisions import Decision, Review


def test_a_stale_review_is_made_again_and_then_written(root: Path, writer: Writer) -> None:
    review = Review.of("a step", (Change("a.py", b"a = 1\nb = 2\n", b"a = 1\nb = 3\n"),))
    review = review.decide_all(Decision.ACCEPTED)
    (root / "a.py").write_bytes(b"# mine\na = 1\nb = 2\n")
    with pytest.raises(StaleFile):
        writer.apply(review.reviewed())
    result = writer.rebased(review)
    assert result.changed == ("a.py",)
    writer.apply(result.review.reviewed())
    assert (root / "a.py").read_bytes() == b"# mine\na = 1\nb = 3\n"


def test_making_a_review_again_reads_only_what_may_be_written(root: Path, writer: Writer) -> None:
    lost = Review.of("a step", (Change("no/such.py", b"a\n", b"b\n"),))
    assert writer.rebased(lost).conflicts == ("no/such.py#1",)
    (root / "a.py").unlink()
    (root / "a.py").symlink_to("old.txt")
    linked = Review.of("a step", (Change("a.py", b"a = 1\nb = 2\n", b"a\n"),))
    with pytest.raises(ApplyError, match="symbolic link"):
        writer.rebased(linked)


def test_a_folder_that_cannot_be_read_is_an_error(root: Path, state: Path) -> None:
    class Broken(System):
        def folder(self, name, at=None):
            raise OSError(errno.EIO, "broken disk")

    review = Review.of("a step", (Change("a.py", b"a\n", b"b\n"),))
    with pytest.raises(ApplyError, match="broken disk") as caught:
        Writer(root, state, system=Broken()).rebased(review)
    assert caught.value.hint
