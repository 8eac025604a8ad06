"""Ranks the units of a file for real commits that change it: where is the one that was changed?

    python -m tests.benchmarks.locate_edits [--most N] REPO ...

Takes the newest commits that change a single source file, and at most three definitions in it. The
file before the commit is what a user would select, the commit's message the task. Prints how often
a changed definition is ranked first, and among the first three, five and eight: by `rank_units`
(words), and by `rank_changed` (likely). No model is involved. Commits that only set a version are
left out.
"""

import argparse
import subprocess
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

from assistant.repo.files import TextFile, decode_text
from assistant.repo.likely import rank_changed
from assistant.repo.parsing import units_of
from assistant.repo.paths import is_test_path
from assistant.repo.ranking import RankedUnit, rank_units
from assistant.repo.units import DEFINITIONS, FUNCTIONS, Unit, UnitKind, function_at

MOST = (1, 3, 5, 8)
MOST_UNITS = 3
LEAST_UNITS = 4
"""In a file with fewer definitions there is little to rank."""
SUFFIXES = (".py", ".ts", ".js", ".go", ".rs", ".java", ".rb")


@dataclass(frozen=True, slots=True)
class Commit:
    id: str
    message: str
    path: str
    before: TextFile
    after: TextFile


def commits(repository: Path, most: int) -> Iterator[Commit]:
    """The newest commits that change one source file, beside tests and documents."""
    log = _git(repository, "log", "--no-merges", "--format=%H", "-n", "4000")
    found = 0
    for commit in log.decode().split():
        changes = _git(repository, "diff-tree", "-r", "--no-commit-id", "--name-status", commit)
        rows = [line.split("\t") for line in changes.decode(errors="replace").splitlines()]
        sources = [row for row in rows if row[-1].endswith(SUFFIXES) and not is_test_path(row[-1])]
        if len(sources) != 1 or sources[0][0] != "M":
            continue
        path = sources[0][1]
        message = _git(repository, "log", "-1", "--format=%B", commit).decode(errors="replace")
        old, new = (_git(repository, "show", f"{each}:{path}") for each in (f"{commit}^", commit))
        yield Commit(commit[:8], message.strip(), path, _file(path, old), _file(path, new))
        found += 1
        if found == most:
            return


def changed(commit: Commit) -> tuple[set[str], set[str]]:
    """Names of the definitions that the commit changed, and of those that it inserted."""
    before, after = units_of(commit.before), units_of(commit.after)
    old, new = commit.before.text.splitlines(), commit.after.text.splitlines()
    names = {unit.name for unit in before}
    inserted = {unit.name for unit in after if unit.kind in DEFINITIONS and unit.name not in names}
    found: set[str] = set()
    for tag, start, stop, first, last in SequenceMatcher(None, old, new, False).get_opcodes():
        if tag == "equal":
            continue
        for row in range(start + 1, stop + 1):
            found.add(_name(before, row))
        for row in range(first + 1, last + 1):
            name = _name(after, row)
            if name in names:
                found.add(name)
    return found - {""}, inserted


def _name(units: tuple[Unit, ...], row: int) -> str:
    unit = function_at(units, row)
    if unit is not None and unit.kind in FUNCTIONS:
        return unit.name
    blocks = [
        each for each in units if each.start <= row <= each.end and each.kind is UnitKind.BLOCK
    ]
    return blocks[-1].name if blocks else ""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--most", type=int, default=60)
    parser.add_argument("repositories", nargs="+", type=Path)
    options = parser.parse_args()
    figures: Counter[str] = Counter()
    for repository in options.repositories:
        for commit in commits(repository, options.most):
            wanted, inserted = changed(commit)
            units = units_of(commit.before)
            code = [unit for unit in units if unit.kind in DEFINITIONS]
            if wanted == {"__version__"} or len(code) < LEAST_UNITS:
                continue
            if not 1 <= len(wanted | inserted) <= MOST_UNITS:
                continue
            if not wanted:
                figures["only insert"] += 1
                continue
            figures["change"] += 1
            files = {commit.path: (units, commit.before.text)}
            for name, rank in (("words", rank_units), ("likely", rank_changed)):
                at = _rank(rank(commit.message, files, {}), wanted)
                figures.update(f"{name} {most}" for most in MOST if at < most)
    total = figures["change"]
    print(f"{total} commits change a definition, {figures['only insert']} only insert some")
    for name in ("words", "likely"):
        shares = (f"unit@{most} {figures[f'{name} {most}'] / max(1, total):.1%}" for most in MOST)
        print(f"{name:6}  {', '.join(shares)}")


def _rank(ranked: Sequence[RankedUnit], wanted: set[str]) -> int:
    """How many functions and named statements come before the first wanted one."""
    order = [
        each.unit.name
        for each in ranked
        if each.unit.kind in FUNCTIONS or (each.unit.kind is UnitKind.BLOCK and each.unit.name)
    ]
    return next((at for at, name in enumerate(order) if name in wanted), len(order))


def _git(repository: Path, *arguments: str) -> bytes:
    return subprocess.run(
        ["git", "-C", str(repository), *arguments], capture_output=True, check=False
    ).stdout


def _file(path: str, data: bytes) -> TextFile:
    return TextFile(path, data, decode_text(data), "\n", False)


if __name__ == "__main__":
    main()
