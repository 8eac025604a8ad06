"""Measures whether a missing import is found again: real imports, removed one at a time.

    python -m tests.benchmarks.missing_imports REPO ... [--most 400]

Of the Python files of each repository, tests and documents left out, evenly spread top-level
imports are removed one name at a time, and `refactoring.imports.import_line` is asked for it, with
the file itself hidden. An answer is right if it binds the name to the same thing as the import that
was removed. Prints the share of right, wrong and missing answers, for names of the standard library
and for all others, and what the standard library alone would have said for the others.
"""

import argparse
import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from assistant.proposal.missing import import_line as from_library
from assistant.refactoring.imports import import_line
from assistant.refactoring.sources import Sources
from assistant.repo.git import Repository
from assistant.repo.modules import module_name
from assistant.repo.paths import is_test_path
from assistant.repo.python_trees import parsed


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("repositories", nargs="+", type=Path)
    parser.add_argument("--most", type=int, default=400, help="imports per repository")
    options = parser.parse_args()
    for kind in ("repository", "library first", "repository first"):
        total: Counter[str] = Counter()
        for root in options.repositories:
            sources = Sources(Repository.open(root).pinned())
            known = set(sources.paths)
            cases = list(_cases(sources))
            step = max(1, len(cases) // options.most)
            for path, name, wanted in cases[::step]:
                found = import_line(sources, path, name)
                library = from_library(name)
                line = {
                    "repository": found,
                    "library first": library or found,
                    "repository first": found or library,
                }[kind]
                total[_judged(line, path, known, wanted)] += 1
        print(kind, dict(total), f"{sum(total.values())} imports")


def _cases(sources: Sources) -> Iterator[tuple[str, str, str]]:
    """Path, name, and what it is bound to, of every import by name or module."""
    known = set(sources.paths)
    for path in sources.paths:
        if not path.endswith(".py") or is_test_path(path) or path.startswith(("doc", "example")):
            continue
        file = sources.file(path)
        tree = parsed(file.text) if file else None
        for node in tree.body if tree else ():
            yield from ((path, *each) for each in _meanings(node, path, known))


def _meanings(node: ast.stmt, path: str, known: set[str]) -> Iterator[tuple[str, str]]:
    if isinstance(node, ast.Import):
        for alias in node.names:
            if alias.asname or "." not in alias.name:
                yield alias.asname or alias.name, alias.name
    elif isinstance(node, ast.ImportFrom) and node.module != "__future__":
        module = module_name(path, known).split(".")
        package = module if PurePosixPath(path).name == "__init__.py" else module[:-1]
        base = package[: len(package) - node.level + 1] if node.level else []
        origin = ".".join([*base, *filter(None, [node.module])])
        for alias in node.names:
            if alias.name != "*":
                yield alias.asname or alias.name, f"{origin}.{alias.name}"


def _judged(line: str, path: str, known: set[str], wanted: str) -> str:
    if not line:
        return "missing"
    tree = parsed(line)
    found = {meaning for node in tree.body for _, meaning in _meanings(node, path, known)}  # type: ignore[union-attr]
    return "right" if wanted in found else "wrong"


if __name__ == "__main__":
    main()
