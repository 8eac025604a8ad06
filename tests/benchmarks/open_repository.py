"""Measures how long a kernel-sized repository takes to list and to open in the interface.

    python -m tests.benchmarks.open_repository [--files 70000] [--rounds 3] [--folder FOLDER]

The repository is made in a temporary folder, or in FOLDER, where a later run finds it: files of a
few lines, 16 to a folder. Each round lists it twice in a process of its own. Then the real program
opens it in a pseudo terminal, with a random model of a few kilobytes, so that no time goes into
weights. The tree counts as usable once its first folder is drawn and the completion of a path has
found the file that git lists last. Prints seconds of wall time, and of processor time of the
interface and the git that it ran (user and system), which other load on the machine changes less.
"""

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from assistant.repo.git import Repository
from tests.benchmarks.key_latency import Terminal
from tests.tiny_model import write_tiny_model

_IN_FOLDER = 16
_TOPS = ("arch", "block", "drivers", "fs", "include", "kernel", "mm", "net", "sound", "tools")
_TEXT = "int fn_{folder}_{file}(int value)\n{{\n\treturn value + {file};\n}}\n"
_LAST = "zzz/the_last_file.c"
_PATIENCE = 60.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=70_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--list", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.list:
        _list_twice(options.folder)
        return
    with tempfile.TemporaryDirectory() as name:
        root = options.folder or Path(name) / "repository"
        if not (root / ".git").exists():
            _make(root, options.files)
        model = write_tiny_model(Path(name) / "model")
        for _ in range(options.rounds):
            listing = ["-m", "tests.benchmarks.open_repository", "--list", "--folder", str(root)]
            subprocess.run([sys.executable, "-P", *listing], check=True)
        opened = [_open(root, model, Path(name) / str(at)) for at in range(options.rounds)]
    wall, used = (statistics.median(each) for each in zip(*opened, strict=True))
    print(f"median of {options.rounds}: usable after {wall:.1f} s, {used:.1f} s of processor time")


def _make(root: Path, files: int) -> None:
    for number in range(files - 1):
        folder, file = divmod(number, _IN_FOLDER)
        top, group, part = folder % 10, folder // 10 % 30, folder // 300
        path = root / _TOPS[top] / f"group_{group}" / f"part_{part}" / f"unit_{file}.c"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_TEXT.format(folder=folder, file=file))
    (root / _LAST).parent.mkdir()
    (root / _LAST).write_text("int last;\n")
    git = ["git", "-c", "user.name=t", "-c", "user.email=t@example.org"]
    for arguments in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "start"]):
        subprocess.run([*git, *arguments], cwd=root, check=True)


def _list_twice(root: Path) -> None:
    repository = Repository.open(root)
    for name in ("first", "second"):
        wall, used = time.monotonic(), _used()
        snapshot = repository.snapshot()
        wall, used = time.monotonic() - wall, _used() - used
        count = f"{len(snapshot.files):,} files{' (truncated)' if snapshot.truncated else ''}"
        print(f"{name} listing of {count}: {wall:.2f} s, {used:.2f} s of processor time")


def _used() -> float:
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in both)


def _open(root: Path, model: Path, state: Path) -> tuple[float, float]:
    """Seconds of wall and processor time until the tree is usable; infinite if it never is."""
    started = time.monotonic()
    terminal = Terminal(["--model", str(model)], root, state, "140x40")
    try:
        if not _shows(terminal, _TOPS[0].encode()):
            return float("inf"), float("inf")
        tree = time.monotonic() - started
        terminal.type(f"@{Path(_LAST).name}")
        complete = _shows(terminal, _LAST.encode())
        wall = time.monotonic() - started
        times = terminal.process.cpu_times()
        used = times.user + times.system + times.children_user + times.children_system
        found = "found" if complete else "NOT found"
        print(f"drawn after {tree:.2f} s, last file {found} after {wall:.2f} s, {used:.2f} s used")
        return (wall, used) if complete else (float("inf"), float("inf"))
    finally:
        terminal.type("\x15")
        terminal.close()


def _shows(terminal: Terminal, text: bytes) -> bool:
    """Reads what is drawn until it contains a text; False after some time without it."""
    seen = b""
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        seen = seen[-len(text) :] + terminal.read(0.5)
        if text in seen:
            return True
    return False


if __name__ == "__main__":
    main()
