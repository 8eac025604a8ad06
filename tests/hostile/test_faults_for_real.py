"""Faults of the machine that are made, not simulated: full and read-only disks, other file systems,
no descriptors left."""

import errno
import json
import os
import resource
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from assistant.apply.system import System
from assistant.apply.writer import Writer
from assistant.errors import ApplyError
from assistant.proposal.changes import Change
from assistant.review.decisions import Decision, Review
from tests.hostile.kit import every_byte

_SCRIPT = """
import json, sys
from pathlib import Path
from assistant.apply.writer import Writer
from assistant.errors import ApplyError
from assistant.proposal.changes import Change
from assistant.review.decisions import Decision, Review
from tests.hostile.kit import every_byte
root, state, size = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
changes = (
    Change("a", b"1\\n", b"2\\n"),
    Change("sub/big", None, b"x" * size),
    Change("sub/moved", b"m\\n", b"n\\n", renamed_from="here"),
)
review = Review.of("t", changes).decide_all(Decision.ACCEPTED)
before = every_byte(root)
told = {}
try:
    Writer(root, state).apply(review.reviewed())
except ApplyError as error:
    told = {"message": error.message, "hint": error.hint}
Writer(root, state).recover()
after = every_byte(root)
if not told:
    Writer(root, state).undo()
print(json.dumps({
    **told,
    "same": after == before,
    "undone": every_byte(root) == before,
    "entries": len(Writer(root, state).entries()),
    "left": [name for name in after if ".tmp" in name],
}))
"""
_NAMESPACE = ("unshare", "--user", "--map-root-user", "--mount")


@cache
def why_no_mounts() -> str:
    """Why file systems cannot be mounted in a namespace here; empty if they can."""
    if shutil.which("unshare") is None:
        return "unshare is not installed"
    command = [*_NAMESPACE, "mount", "-t", "tmpfs", "none", "/mnt"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stderr.strip() if done.returncode else ""


mounts = pytest.mark.skipif(bool(why_no_mounts()), reason=f"no mounts: {why_no_mounts()}")


def applied_with(mounting: str, folder: Path, size: int = 200_000) -> dict[str, object]:
    """The result of an apply in a mount namespace of its own, after these mounts."""
    root, state = folder / "tree", folder / "state"
    for each in (root / "sub", state):
        each.mkdir(parents=True)
    (root / "a").write_bytes(b"1\n")
    (root / "here").write_bytes(b"m\n")
    command = [*_NAMESPACE, "sh", "-ec", f'{mounting}\nexec "$@"', "sh"]
    command += [sys.executable, "-P", "-c", _SCRIPT, str(root), str(state), str(size)]
    environment = {
        **os.environ,
        "ROOT": str(root),
        "STATE": str(state),
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    result: dict[str, object] = json.loads(done.stdout)
    return result


def is_refused(found: dict[str, object], code: int) -> None:
    assert os.strerror(code) in str(found["message"])
    assert found["hint"]
    assert (found["same"], found["entries"], found["left"]) == (True, 0, [])


SMALL = "mount -t tmpfs -o size=64k none"


@mounts
@pytest.mark.parametrize("where", ['"$STATE"', '"$ROOT/sub"'])
def test_a_full_disk_leaves_everything(tmp_path: Path, where: str) -> None:
    is_refused(applied_with(f"{SMALL} {where}", tmp_path), errno.ENOSPC)


@mounts
@pytest.mark.parametrize("where", ["$ROOT/sub", "$ROOT"])
def test_a_read_only_mount_leaves_everything(tmp_path: Path, where: str) -> None:
    mounting = f'mount --bind "{where}" "{where}"\nmount -o remount,bind,ro "{where}"'
    is_refused(applied_with(mounting, tmp_path), errno.EROFS)


@mounts
def test_a_read_only_state_folder_disables_writing(tmp_path: Path) -> None:
    mounting = 'mount --bind "$STATE" "$STATE"\nmount -o remount,bind,ro "$STATE"'
    is_refused(applied_with(mounting, tmp_path), errno.EROFS)


@mounts
@pytest.mark.parametrize("where", ["$ROOT/sub", "$STATE"])
def test_another_file_system_below_or_beside_the_tree_makes_no_difference(
    tmp_path: Path, where: str
) -> None:
    """A rename from one to the other would fail; a move of a file crosses them here."""
    found = applied_with(f'mount -t tmpfs none "{where}"', tmp_path)
    assert "message" not in found
    assert (found["same"], found["undone"], found["entries"]) == (False, True, 1)


class CrossDevice(System):
    """A file system that exchanges and moves nothing, as some overlays."""

    def rename_flags(self, source: str, target: str, at: int, flags: int) -> bool:
        raise OSError(errno.EXDEV, os.strerror(errno.EXDEV), target)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    root = tmp_path / "tree"
    root.mkdir()
    (root / "a").write_bytes(b"1\n")
    return root


CHANGES = (Change("a", b"1\n", b"2\n"), Change("d/new", None, b"n\n"))


def _apply(root: Path, state: Path, system: System | None = None) -> ApplyError | None:
    review = Review.of("t", CHANGES).decide_all(Decision.ACCEPTED)
    try:
        Writer(root, state, system=system).apply(review.reviewed())
    except ApplyError as error:
        return error
    return None


def test_a_rename_across_devices_leaves_everything(tree: Path, tmp_path: Path) -> None:
    before = every_byte(tree)
    error = _apply(tree, tmp_path / "state", CrossDevice())
    assert error is not None
    assert os.strerror(errno.EXDEV) in error.message
    assert error.hint
    assert every_byte(tree) == before


def test_without_descriptors_left_all_is_old_or_all_is_new(tree: Path, tmp_path: Path) -> None:
    before = every_byte(tree)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    # The lowest free number: a limit just above it leaves room for few more.
    free = os.dup(0)
    os.close(free)
    refused = 0
    for room in range(60):  # used numbers in between leave less room
        state = tmp_path / f"state{room}"
        state.mkdir()
        resource.setrlimit(resource.RLIMIT_NOFILE, (free + room, hard))
        try:
            error = _apply(tree, state)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        Writer(tree, state).recover()
        if error is None:
            break
        refused += 1
        assert os.strerror(errno.EMFILE) in error.message, room
        assert error.hint
        assert every_byte(tree) == before, room
    assert error is None
    assert refused > 2
    assert (tree / "a").read_bytes() == b"2\n"


@pytest.mark.parametrize("code", [errno.EDQUOT, errno.ENOSPC])
@pytest.mark.parametrize("at", range(1, 8))
def test_a_quota_that_ends_at_any_write_leaves_everything(
    tree: Path, tmp_path: Path, at: int, code: int
) -> None:
    class Full(System):
        writes = 0

        def write(self, fd: int, data: memoryview) -> int:
            self.writes += 1
            if self.writes < at:
                return super().write(fd, data)
            if self.writes == at and len(data) > 1:
                return super().write(fd, data[:1])  # first a short write, then none
            raise OSError(code, os.strerror(code))

    before = every_byte(tree)
    error = _apply(tree, tmp_path / "state", Full())
    assert error is not None
    assert os.strerror(code) in error.message
    assert every_byte(tree) == before
