"""Measures whether a task that names a function finds it in a repository of many small files.

    python -m tests.benchmarks.large_repository [--files 50000] [--tasks 20]

The repository is made in a temporary folder, with one function and one class in each file. For each
task the files for the context are chosen, with nothing selected, and the first one should be that
of the function. Prints the seconds of the first snapshot and of the tasks, and the peak memory.
"""

import argparse
import random
import resource
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from assistant.context.build import build_context
from assistant.context.bundle import TokenCounter
from assistant.repo.git import Repository

_IN_FOLDER = 100
_TEXT = '''\
"""Module {folder} {file}."""


def fn_{folder}_{file}(value):
    """Add {file} to value."""
    return value + {file}


class C_{folder}_{file}:
    def run(self):
        return fn_{folder}_{file}({folder})
'''


class ApproximateCounter(TokenCounter):
    """About four characters per token; nothing here depends on the exact count."""

    def count(self, text: str) -> int:
        return len(text) // 4


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--files", type=int, default=50_000)
    parser.add_argument("--tasks", type=int, default=20)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        _make(root, options.files)
        _measure(Repository.open(root), options.files, options.tasks)


def _make(root: Path, files: int) -> None:
    for number in range(files):
        folder, file = divmod(number, _IN_FOLDER)
        path = root / f"pkg_{folder % 50}" / f"mod_{folder}" / f"file_{file}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_TEXT.format(folder=folder, file=file))
    git = ["git", "-c", "user.name=t", "-c", "user.email=t@example.org"]
    for arguments in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "start"]):
        subprocess.run([*git, *arguments], cwd=root, check=True)


def _measure(repository: Repository, files: int, tasks: int) -> None:
    started = time.monotonic()
    snapshot = repository.snapshot()
    print(f"{len(snapshot.files):,} files listed in {time.monotonic() - started:.1f} s")
    chosen = random.Random(1)  # always the same tasks
    seconds, right = [], 0
    for number in chosen.sample(range(files), tasks):
        folder, file = divmod(number, _IN_FOLDER)
        started = time.monotonic()
        task = f"Change fn_{folder}_{file} to add twice {file}"
        context = build_context(repository, snapshot, (), task, ApproximateCounter(), 4_000)
        seconds.append(time.monotonic() - started)
        first = context.files[0].path if context.files else ""
        right += first.endswith(f"/mod_{folder}/file_{file}.py")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"the right file first: {right} of {tasks} tasks")
    print(f"{statistics.median(seconds):.1f} s for a task, at most {max(seconds):.1f}; {peak} MiB")


if __name__ == "__main__":
    main()
