"""Limits of the machine: file sizes, other users, read-only folders, a disk that fails for real."""

import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from assistant.apply.writer import Writer
from assistant.errors import ApplyError
from assistant.proposal.changes import Change
from tests.apply.kit import A_EDITED, Accept, Look


@contextmanager
def _file_size(limit: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)


def test_a_file_size_limit_leaves_everything(
    writer: Writer, root: Path, accept: Accept, look: Look
) -> None:
    before = look(root)
    big = Change("big", None, b"x" * 100_000)
    with _file_size(50_000), pytest.raises(ApplyError, match="Nothing was written") as caught:
        writer.apply(accept(A_EDITED, big))
    assert caught.value.hint
    assert look(root) == before


_SCRIPT = """
import sys
from pathlib import Path
from assistant.apply.writer import Writer
from assistant.errors import ApplyError
from assistant.proposal.changes import Change
from assistant.review.decisions import Decision, Review
change = Change("sub/a", b"1\\n", b"2\\n")
review = Review.of("t", (change,)).decide_all(Decision.ACCEPTED)
try:
    Writer(Path(sys.argv[1]), Path(sys.argv[2])).apply(review.reviewed())
except ApplyError as error:
    print(error.message)
    sys.exit(7)
"""


def _as_nobody(root: Path, state: Path, code: str = _SCRIPT) -> "subprocess.CompletedProcess[str]":
    setpriv = shutil.which("setpriv")
    if os.geteuid() != 0 or setpriv is None:
        pytest.skip("needs root and setpriv")
    drop = [setpriv, "--reuid=65534", "--regid=65534", "--clear-groups"]
    command = [*drop, sys.executable, "-B", "-c", code, str(root), str(state)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture
def nobodys(tmp_path: Path) -> Iterator[tuple[Path, Path]]:
    """A tree and a state directory that another user owns, where that user can reach them."""
    with tempfile.TemporaryDirectory() as folder:
        top = Path(folder)
        top.chmod(0o755)
        tree, state = top / "tree", top / "state"
        for path in (tree, tree / "sub", state):
            path.mkdir()
        (tree / "sub" / "a").write_bytes(b"1\n")
        for path in (tree, tree / "sub", tree / "sub" / "a", state):
            os.chown(path, 65534, 65534)
        yield tree, state


def test_another_user_can_write_what_is_its_own(nobodys: tuple[Path, Path]) -> None:
    done = _as_nobody(*nobodys)
    assert (done.returncode, done.stderr) == (0, "")
    assert (nobodys[0] / "sub" / "a").read_bytes() == b"2\n"


def test_a_read_only_folder_leaves_everything(nobodys: tuple[Path, Path], look: Look) -> None:
    tree, state = nobodys
    (tree / "sub").chmod(0o555)
    before = look(tree)
    done = _as_nobody(tree, state)
    assert done.returncode == 7, done.stderr
    assert done.stdout.startswith("Nothing was written: Permission denied")
    assert look(tree) == before


def test_a_read_only_state_directory_disables_apply(nobodys: tuple[Path, Path], look: Look) -> None:
    tree, state = nobodys
    state.chmod(0o555)
    before = look(tree)
    done = _as_nobody(tree, state)
    assert done.returncode == 7, done.stderr
    assert "undo store" in done.stdout
    assert look(tree) == before


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_a_real_failing_fsync(tmp_path: Path, look: Look) -> None:
    tree, state = tmp_path / "tree", tmp_path / "state"
    (tree / "sub").mkdir(parents=True)
    (tree / "sub" / "a").write_bytes(b"1\n")
    before = look(tree)
    refused = 0
    for when in range(1, 40, 2):
        trace = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fsync"]
        trace += ["-e", f"inject=fsync:error=EIO:when={when}"]
        command = [*trace, sys.executable, "-c", _SCRIPT, str(tree), str(state)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if "ptrace" in done.stderr:
            pytest.skip("this machine does not let processes be traced")
        if done.returncode != 7:
            break
        refused += 1
        assert "Input/output error" in done.stdout
        assert look(tree) == before
    assert refused > 2
