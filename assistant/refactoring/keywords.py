"""Finds calls that a change writes with a keyword that what they call does not take."""

import ast
from collections.abc import Iterator, Sequence

from assistant.proposal.changes import Change
from assistant.refactoring.python_definitions import PYTHON, definitions_in, last_name
from assistant.refactoring.signatures import Signature, signatures_of
from assistant.refactoring.sources import Sources
from assistant.repo.git import Repository
from assistant.repo.python_trees import parsed
from assistant.repo.search import missing


def unknown_keywords(
    repository: Repository, sources: Sources, changes: Sequence[Change]
) -> Iterator[tuple[str, int, str]]:
    """Path, line and what is wrong with each call, in the order of the changes.

    Only keywords that no file of the repository contains yet, so that nothing from elsewhere takes
    them, and only names that `sources`, with the changes, define as plain functions.
    """
    for change in changes:
        tree = parsed(change.new) if change.new and change.path.endswith(PYTHON) else None
        for call in ast.walk(tree) if tree else ():
            if not isinstance(call, ast.Call):
                continue
            name = last_name(call.func)
            for keyword in call.keywords:
                word = keyword.arg or ""
                if not word or not name or word.encode() in (change.old or b""):
                    continue
                if not missing(repository.git, repository.index, (word,)):
                    continue
                if not _takes(sources, name, word):
                    yield change.path, call.lineno, f"{name}(...) takes no {word}"


def _takes(sources: Sources, name: str, keyword: str) -> bool:
    """Whether a definition of this name takes the keyword, or may take it."""
    signatures: list[Signature] = []
    for file in sources.with_word(name, PYTHON):
        tree = parsed(file.data)
        plain = signatures_of(tree) if tree else {}
        for each in definitions_in(file, name):
            if each.name not in plain:
                return True
            signatures.append(plain[each.name])
    return not signatures or any(_accepts(each.arguments, keyword) for each in signatures)


def _accepts(arguments: ast.arguments, keyword: str) -> bool:
    named = (*arguments.args, *arguments.kwonlyargs)
    return arguments.kwarg is not None or any(each.arg == keyword for each in named)
