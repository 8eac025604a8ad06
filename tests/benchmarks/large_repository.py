"""Measures whether a task that names a function finds it in a repository of many small files.

    python -m tests.benchmarks.large_repository [--files 50000] [--tasks 20]

The repository is made in a temporary folder, with one function and one class in each file. For each
task the files for the context are chosen, with nothing selected, and the first one should be that
of the function: with `git grep`, and again with a search index. Prints the seconds of the first
snapshot, the index and the tasks, and the peak memory. Seconds of the processor follow in brackets.
"""

import argparse
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from assistant.context.build import build_context
from assistant.context.bundle import TokenCounter
from assistant.planning.survey import survey
from assistant.repo.files import Snapshot
from assistant.repo.git import Repository
from assistant.repo.indexing.lookup import SearchIndex
from assistant.repo.indexing.updating import update
from assistant.repo.words import words

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
        root, state = Path(folder, "repository"), Path(folder, "state")
        _make(root, options.files)
        repository = Repository.open(root)
        with _timed("listed"):
            snapshot = repository.snapshot()
        numbers = random.Random(1).sample(range(options.files), options.tasks)  # always the same
        tasks = [divmod(number, _IN_FOLDER) for number in numbers]
        _measure_tasks("with git grep", repository, snapshot, tasks)
        repository.index = SearchIndex(repository.git, repository.git_dir, state)
        _measure_index(repository, snapshot, state, tasks)
        _measure_tasks("with the index", repository, repository.snapshot(), tasks)
        _measure_plans(repository, repository.snapshot(), tasks)


def _make(root: Path, files: int) -> None:
    for number in range(files):
        folder, file = divmod(number, _IN_FOLDER)
        path = root / f"pkg_{folder % 50}" / f"mod_{folder}" / f"file_{file}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_TEXT.format(folder=folder, file=file))
    _git(root, "init", "-q", "-b", "main")
    _git(root, "add", "-A")
    _git(root, "commit", "-qm", "start")


def _git(root: Path, *arguments: str) -> None:
    git = ["git", "-c", "user.name=t", "-c", "user.email=t@example.org", *arguments]
    subprocess.run(git, cwd=root, check=True)


def _measure_index(
    repository: Repository, snapshot: Snapshot, state: Path, tasks: list[tuple[int, int]]
) -> None:
    root, index = repository.root, repository.index
    assert index is not None
    command = [sys.executable, "-P", "-m", "assistant.repo.indexing.child", str(root), str(state)]
    with _timed("index built"):
        child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
        assert child.wait() == 0
    print(f"  {index.file.stat().st_size >> 20} MiB on disk, {_peak(resource.RUSAGE_CHILDREN)} MiB")
    _git(root, "checkout", "-qb", "other")
    for path in sorted(root.glob("pkg_7/mod_7/*.py")):
        path.write_text(path.read_text().replace("fn_7_", "renamed_7_"))
    _git(root, "commit", "-qam", "rename 100 functions")
    for branch in ("other", "main", "other", "main"):
        _git(root, "checkout", "-q", branch)
        with _timed(f"index updated on {branch}"):
            assert update(index.file, repository.git, repository.git_dir)
    seconds = []
    for folder, file in tasks:
        task = _task(folder, file)
        names = dict.fromkeys([f"fn_{folder}_{file}"], 1.0)
        started = time.process_time()
        assert index.find(snapshot.files, names, Counter(words(task))) is not None
        seconds.append(time.process_time() - started)
    print(f"lookup: [{statistics.median(seconds):.3f} s], at most [{max(seconds):.3f} s]")


def _measure_tasks(
    label: str, repository: Repository, snapshot: Snapshot, tasks: list[tuple[int, int]]
) -> None:
    seconds, right = [], 0
    with _timed(f"{len(tasks)} tasks {label}"):
        for folder, file in tasks:
            started = time.monotonic()
            task = _task(folder, file)
            context = build_context(repository, snapshot, (), task, ApproximateCounter(), 4_000)
            seconds.append(time.monotonic() - started)
            first = context.files[0].path if context.files else ""
            right += first.endswith(f"/mod_{folder}/file_{file}.py")
    print(f"  the right file first: {right} of {len(tasks)}")
    print(f"  {statistics.median(seconds):.1f} s for a task, at most {max(seconds):.1f};", end=" ")
    print(f"{_peak(resource.RUSAGE_SELF)} MiB")


def _measure_plans(
    repository: Repository, snapshot: Snapshot, tasks: list[tuple[int, int]]
) -> None:
    right = 0
    with _timed(f"{len(tasks)} plans with the index"):
        for folder, file in tasks:
            places = survey(repository, snapshot, _task(folder, file)).places
            right += places[0].path.endswith(f"/mod_{folder}/file_{file}.py")
    print(f"  the right file first: {right} of {len(tasks)}; {_peak(resource.RUSAGE_SELF)} MiB")


def _task(folder: int, file: int) -> str:
    return f"Change fn_{folder}_{file} to add twice {file}"


def _peak(who: int) -> int:
    """Peak memory in MiB."""
    return resource.getrusage(who).ru_maxrss // 1024


@contextmanager
def _timed(label: str) -> Iterator[None]:
    started, used = time.monotonic(), _processor()
    yield
    print(f"{label}: {time.monotonic() - started:.1f} s [{_processor() - used:.1f} s]", flush=True)


def _processor() -> float:
    """Seconds of the processor that this process and its children took."""
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in both)


if __name__ == "__main__":
    main()
