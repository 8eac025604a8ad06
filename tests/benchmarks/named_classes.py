"""Measures what it gives to change a small class as a whole where a task names it.

    python -m tests.benchmarks.named_classes [--most 400] REPO ...

Takes the newest commits that change a single source file and whose first line names one class of
that file and no function; the line is the task. Prints, for the classes up to some sizes, how often
the class contains all that the commit changes, and how often the unit that is ranked first is all
that it changes. No model is involved.
"""

import argparse
from collections import Counter
from pathlib import Path

from assistant.context.bundle import ContextFile
from assistant.intent.reading import read_intent
from assistant.repo.likely import rank_changed
from assistant.repo.parsing import units_of
from assistant.repo.units import DEFINITIONS, UnitKind
from assistant.tasks import certain
from tests.benchmarks.locate_edits import Commit, changed, commits

SIZES = (20, 40, 80, 120, 200, 1000)
"""Lines."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--most", type=int, default=400, help="commits of each repository")
    parser.add_argument("repositories", nargs="+", type=Path)
    options = parser.parse_args()
    certain.WHOLE_CLASS_LINES = max(SIZES)
    totals: Counter[tuple[str, int]] = Counter()
    for repository in options.repositories:
        for commit in commits(repository, options.most):
            _count(commit, totals)
    print("lines    tasks  class has all  class has some  first is all  first is some")
    for least, most in zip((0, *SIZES), SIZES, strict=False):
        kinds = ("tasks", "all", "some", "first all", "first some")
        tasks, *counts = (totals[kind, most] for kind in kinds)
        print(f"{least + 1:4}-{most:4}  {tasks:4}", *(f"{count:14}" for count in counts))


def _count(commit: Commit, totals: Counter[tuple[str, int]]) -> None:
    wanted, _ = changed(commit)
    lines = commit.message.splitlines()
    if not wanted or not lines:
        return
    units = units_of(commit.before)
    file = ContextFile(commit.path, commit.before.text, units, len(commit.before.text) // 4)
    targets = certain.certain(read_intent(lines[0]), (file,))
    unit = targets[0].unit if len(targets) == 1 else None
    if unit is None or unit.kind is not UnitKind.CLASS or targets[0].adds:
        return
    size = next(each for each in SIZES if unit.end - unit.start < each)
    inside = {name for name in wanted if name == unit.name or name.startswith(f"{unit.name}.")}
    ranked = rank_changed(lines[0], {commit.path: (units, commit.before.text)}, {})
    code = [each.unit.name for each in ranked if each.unit.kind in DEFINITIONS]
    first = next((name for name in code if not any(_within(each, name) for each in code)), "")
    totals["tasks", size] += 1
    totals["all", size] += inside == wanted
    totals["some", size] += bool(inside)
    totals["first all", size] += wanted == {first}
    totals["first some", size] += first in wanted


def _within(name: str, owner: str) -> bool:
    return name.startswith(f"{owner}.")


if __name__ == "__main__":
    main()
