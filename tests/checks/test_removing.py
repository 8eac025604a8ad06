"""What a command leaves behind is removed, whatever it is."""

import os
from pathlib import Path

import pytest

from assistant.checks.removing import remove


def test_very_deep_folders_with_hostile_names_are_removed(tmp_path: Path) -> None:
    top = tmp_path / "top"
    top.mkdir()
    for name in ("0", "1", "-rf", "a b\n"):
        (top / name).mkdir()
        (top / name / "0").mkdir()
        (top / name / "file").write_text("x")
    (top / "2").write_text("in the way of a name")
    handle = os.open(top, os.O_RDONLY)
    name = "deep" * 5
    for _ in range(1100):  # a longer path than the system takes, and deeper than Python recurses
        os.mkdir(name, dir_fd=handle)
        inner = os.open(name, os.O_RDONLY, dir_fd=handle)
        os.close(handle)
        handle = inner
    os.close(handle)
    remove(top)
    assert list(tmp_path.iterdir()) == []


def test_no_link_is_followed_and_no_permission_is_needed(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "file").write_text("x")
    top = tmp_path / "top"
    (top / "shut" / "in").mkdir(parents=True)
    (top / "shut" / "in" / "link").symlink_to(kept)
    os.mkfifo(top / "fifo")
    (top / "shut" / "in").chmod(0)
    (top / "shut").chmod(0)
    top.chmod(0)
    remove(top)
    assert not top.exists()
    assert (kept / "file").read_text() == "x"
    link = tmp_path / "link"
    link.symlink_to(kept)
    remove(link)
    assert not link.is_symlink()
    assert (kept / "file").exists()
    remove(tmp_path / "gone")


def test_what_cannot_be_removed_is_an_error(tmp_path: Path, monkeypatch) -> None:
    def fail(*arguments: object, **options: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    top = tmp_path / "top"
    top.mkdir()
    (top / "file").write_text("immutable")
    monkeypatch.setattr("os.unlink", fail)
    with pytest.raises(PermissionError):
        remove(top)
