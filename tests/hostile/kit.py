"""What the tests of hostile inputs share: a model that answers from a script, and looking at a
repository byte by byte."""

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from assistant.engine.scripted import Script

Run = Callable[..., tuple[int, str, str]]
"""Runs the program in this process: exit code, stdout, stderr."""
Model = Callable[[Script], None]
"""Puts a script in the place of the model."""


def every_byte(root: Path) -> dict[str, tuple[int, bytes]]:
    """Every path below the root, git's own files included: its mode and its bytes or target."""
    seen: dict[str, tuple[int, bytes]] = {}
    for folder, folders, files in os.walk(root):
        for name in [*folders, *files]:
            path = Path(folder, name)
            info = path.lstat()
            content = b""
            if stat.S_ISLNK(info.st_mode):
                content = os.fsencode(path.readlink())
            elif stat.S_ISREG(info.st_mode):
                content = path.read_bytes()
            seen[os.fsencode(path.relative_to(root)).decode("latin-1")] = (info.st_mode, content)
    return seen


@contextmanager
def untouched(root: Path) -> Iterator[None]:
    """Fails if a file, git's index, a ref or the stash differs afterwards."""
    before = every_byte(root)
    yield
    after = every_byte(root)
    changed = {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
    assert not changed


def is_told(outcome: tuple[int, str, str], words: str) -> None:
    """Fails unless the program ended with one line that has these words, and with a hint."""
    code, _, err = outcome
    error, _, rest = err.partition("error: ")[2].partition("\n")
    assert code in (1, 2, 3), err
    assert words in error, err
    assert rest.startswith("hint: "), err
    assert len(rest.rstrip("\n").splitlines()) == 1, err


_TASK = "Return 1 from one"
EDIT = ("edit", "--file", "numbers.py", "--yes", "--no-tests", "--candidates", "1", _TASK)
"""A task that the answer `NEW` of the headless fakes does."""
