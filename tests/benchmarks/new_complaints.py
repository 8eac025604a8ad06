"""Measures what the configured type checkers and linters say of real commits and of mutants.

    python -m tests.benchmarks.new_complaints REPO ... [--commits 20] [--only ID,...]

Each commit that changes one to three Python source files is a candidate for the code before it: a
complaint is a false alarm. Then one mistake of each kind is put into the lines that the commit
changed, and a complaint is a hit. The tools must be on PATH. Prints a row for each repository.
"""

import argparse
import ast
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from assistant.checks.complaints import listed
from assistant.checks.runner import CheckRunner
from assistant.engine.base import Cancel
from assistant.engine.scripted import ScriptedEngine
from assistant.proposal.changes import Change
from assistant.repo.git import Repository
from assistant.repo.paths import is_test_path
from assistant.settings import Settings
from assistant.solving.complaining import Toolbox
from assistant.solving.request import Workspace
from assistant.solving.values import Candidate

_MOST_FILES = 3
KINDS = ("undefined attribute", "wrong argument", "unused import")


@dataclass(slots=True)
class Figures:
    """Counts by tool."""

    patches: Counter[str] = field(default_factory=Counter)
    alarms: Counter[str] = field(default_factory=Counter)
    mutants: Counter[tuple[str, str]] = field(default_factory=Counter)
    hits: Counter[tuple[str, str]] = field(default_factory=Counter)
    seconds: dict[str, list[float]] = field(default_factory=dict)
    """Of the runs with a candidate; the first is without a cache."""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("repositories", nargs="+", type=Path)
    parser.add_argument("--commits", type=int, default=20, help="per repository")
    parser.add_argument("--only", default="", help="these commits, with commas between them")
    options = parser.parse_args()
    for repository in options.repositories:
        figures = Figures()
        with tempfile.TemporaryDirectory(prefix="complaints-") as folder:
            clone = Path(folder) / repository.name
            _git(repository, "clone", "-q", "--shared", ".", str(clone))
            commits = [each for each in options.only.split(",") if each]
            commits = commits or list(_commits(clone, options.commits))
            _measure(clone, commits, figures)
        _show(repository.name, len(commits), figures)


def _measure(clone: Path, commits: Sequence[str], figures: Figures) -> None:
    runner = CheckRunner(clone)
    for commit in commits:
        paths = _sources(clone, commit)
        _git(clone, "checkout", "-q", "-f", f"{commit}^")
        old = {path: _git(clone, "show", f"{commit}^:{path}") for path in paths}
        new = {path: _git(clone, "show", f"{commit}:{path}") for path in paths}
        toolbox = Toolbox()
        workspace = Workspace(
            Repository.open(clone), ScriptedEngine([]), _Nothing(), runner, Settings()
        )
        loud = _patch(workspace, toolbox, old, new, commit, figures)
        for kind in KINDS:
            mutated = _mutated(kind, old, new)
            if mutated is not None:
                _mutant(workspace, toolbox, _candidate(old, mutated), kind, loud, figures)
    runner.close()


def _patch(
    workspace: Workspace,
    toolbox: Toolbox,
    old: Mapping[str, bytes],
    new: Mapping[str, bytes],
    commit: str,
    figures: Figures,
) -> set[str]:
    """Judges the commit itself; returns the tools that complain."""
    loud = set()
    candidate = _candidate(old, new)
    for tool in toolbox.for_candidate(workspace.repository.root, candidate):
        found = toolbox.compare(workspace, tool, candidate, Cancel())
        if found.problem:
            print(f"{commit[:8]} {tool.name}: {found.problem}", flush=True)
            continue
        figures.patches[tool.name] += 1
        figures.seconds.setdefault(tool.name, []).append(found.seconds)
        if found.fresh:
            loud.add(tool.name)
            figures.alarms[tool.name] += 1
            print(f"{commit[:8]} {listed(found.fresh, tool.name, most=5)}", flush=True)
    return loud


def _mutant(
    workspace: Workspace,
    toolbox: Toolbox,
    candidate: Candidate,
    kind: str,
    loud: set[str],
    figures: Figures,
) -> None:
    """Counts for each tool that is silent about the commit whether it complains of the mutant."""
    for tool in toolbox.for_candidate(workspace.repository.root, candidate):
        if tool.name not in loud:
            found = toolbox.compare(workspace, tool, candidate, Cancel())
            if not found.problem:
                figures.mutants[tool.name, kind] += 1
                figures.hits[tool.name, kind] += bool(found.fresh)
                figures.seconds[tool.name].append(found.seconds)


def _show(name: str, commits: int, figures: Figures) -> None:
    for tool in figures.patches:
        first, *others = figures.seconds[tool]
        others.sort()
        middle = f"{others[len(others) // 2]:.1f}" if others else "-"
        hits = ", ".join(
            f"{kind} {figures.hits[tool, kind]} of {figures.mutants[tool, kind]}" for kind in KINDS
        )
        print(
            f"{name}: {commits} commits; {tool}: false alarms {figures.alarms[tool]} of "
            f"{figures.patches[tool]}; {hits}; {first:.1f} s first, {middle} s then",
            flush=True,
        )


class _Nothing:
    def count(self, text: str) -> int:
        return 0


def _candidate(old: Mapping[str, bytes], new: Mapping[str, bytes]) -> Candidate:
    changes = (Change(path, old[path], data) for path, data in new.items())
    return Candidate(1, tuple(changes), "commit")


def _mutated(
    kind: str, old: Mapping[str, bytes], new: Mapping[str, bytes]
) -> dict[str, bytes] | None:
    """The new files with one mistake in a changed line; None where there is no place for it."""
    for path, data in new.items():
        text = data.decode("utf-8", "replace")
        before = set(old[path].decode("utf-8", "replace").splitlines())
        lines = text.splitlines()
        changed = {n for n, line in enumerate(lines, 1) if line.strip() and line not in before}
        found = _mistake(kind, text, changed)
        if found is not None:
            return {**new, path: found.encode()}
    return None


def _mistake(kind: str, text: str, changed: set[int]) -> str | None:
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return None
    if kind == "unused import":
        first = next((n for n in tree.body if isinstance(n, ast.Import) or _plain(n)), None)
        return _replaced(text, first.lineno, 0, 0, "import colorsys\n") if first else None
    for node in ast.walk(tree):
        if kind == "undefined attribute" and isinstance(node, ast.Attribute):
            line, stop = node.end_lineno, node.end_col_offset
            if line in changed and isinstance(node.ctx, ast.Load) and stop and line:
                return _replaced(text, line, stop, stop, "_absent")
        if kind == "wrong argument" and isinstance(node, ast.Call):
            for each in node.args:
                stop = each.end_col_offset
                plain = isinstance(each, ast.Constant) and type(each.value) in (str, int)
                if plain and each.lineno == each.end_lineno and each.lineno in changed and stop:
                    return _replaced(text, each.lineno, each.col_offset, stop, "object()")
    return None


def _plain(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and node.module != "__future__"


def _replaced(text: str, line: int, start: int, stop: int, by: str) -> str:
    """The text with other characters in one line; offsets are in bytes of UTF-8."""
    lines = text.splitlines(keepends=True)
    data = lines[line - 1].encode()
    lines[line - 1] = (data[:start] + by.encode() + data[stop:]).decode()
    return "".join(lines)


def _commits(clone: Path, most: int) -> Iterator[str]:
    """The latest commits that change one to three source files and create none."""
    found = 0
    for commit in _git(clone, "log", "--no-merges", "-n600", "--format=%H").decode().split():
        if found < most and 0 < len(_sources(clone, commit)) <= _MOST_FILES:
            found += 1
            yield commit


def _sources(clone: Path, commit: str) -> list[str]:
    arguments = ["diff-tree", "-r", "--no-commit-id", "--name-only", "--diff-filter=M", commit]
    paths = _git(clone, *arguments).decode().splitlines()
    other = ("docs/", "examples/", "benchmarks/", "bench/", "scripts/")
    return [
        path
        for path in paths
        if path.endswith(".py") and not is_test_path(path) and not path.startswith(other)
    ]


def _git(repository: Path, *arguments: str) -> bytes:
    done = subprocess.run(["git", "-C", repository, *arguments], capture_output=True, check=False)
    return done.stdout


if __name__ == "__main__":
    main()
