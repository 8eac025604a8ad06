"""Measures what it gives to recognize names of the code among the plain words of a task.

    python -m tests.benchmarks.plain_names FOLDER REPO ... [--most 400]

FOLDER is a converted model, whose tokenizer says which words are rare. Takes the newest commits of
each repository that change a single source file and whose first line has a word that is recognized;
that line is the task, the state before the commit the repository, and nothing is selected. Prints,
with the words as they are and marked, how often the changed file is read, in the room that an
edit has on a CPU, and how often it is the first one; how often a plan by evidence has a step for
it, and how many source files such plans change. No model is involved.
"""

import argparse
import subprocess
import tempfile
from collections import Counter
from pathlib import Path

from assistant.context.choosing import choose
from assistant.context.tokens import Tokenizer
from assistant.planning.choosing import choose_places
from assistant.planning.facts import Role
from assistant.planning.survey import survey
from assistant.repo.git import Repository
from assistant.tasks.recognizing import marked
from tests.benchmarks.locate_edits import commits

ROOM = 1_800
"""Tokens."""
WHAT = ("read", "first", "planned", "steps")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("repositories", nargs="+", type=Path)
    parser.add_argument("--most", type=int, default=400, help="commits of each repository")
    options = parser.parse_args()
    counter = Tokenizer.load(options.folder)
    totals: Counter[tuple[str, str]] = Counter()
    for source in options.repositories:
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder) / source.name
            subprocess.run(["git", "clone", "-q", "--shared", source, root], check=True)
            for commit in commits(root, options.most):
                _check_out(root, f"{commit.id}^")
                repository = Repository.open(root).pinned()
                line = commit.message.splitlines()[0] if commit.message else ""
                task = marked(repository.git, counter, line)
                if task != line:
                    for kind, text in (("plain", line), ("marked", task)):
                        totals.update(_found(repository, text, counter, commit.path, kind))
                    totals["tasks", ""] += 1
    print(f"{totals['tasks', '']} tasks")
    for kind in ("plain", "marked"):
        print(f"{kind:6}", *(f"{what} {totals[kind, what]}" for what in WHAT))


def _check_out(root: Path, commit: str) -> None:
    subprocess.run(["git", "-C", root, "checkout", "-q", "-f", commit], check=True)


def _found(
    repository: Repository, task: str, counter: Tokenizer, path: str, kind: str
) -> dict[tuple[str, str], int]:
    files, _ = choose(repository, repository.snapshot().files, task, counter, ROOM)
    paths = [file.path for file in files]
    found = survey(repository, repository.snapshot(), task).places
    planned = [each.path for each in choose_places(found, (Role.SOURCE,), at_least_one=True)]
    return {
        (kind, "read"): int(path in paths),
        (kind, "first"): int(paths[:1] == [path]),
        (kind, "planned"): int(path in planned),
        (kind, "steps"): len(planned),
    }


if __name__ == "__main__":
    main()
