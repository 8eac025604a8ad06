"""Finds code that a change breaks elsewhere: calls that no longer fit, names that are gone."""

import ast
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from assistant.proposal.changes import Change
from assistant.refactoring.keywords import unknown_keywords
from assistant.refactoring.python_definitions import PYTHON, last_name
from assistant.refactoring.python_resolver import Resolver
from assistant.refactoring.signatures import Changed, Signature, changed, misfit, moved
from assistant.refactoring.sources import Sources, occurrences
from assistant.repo.files import TextFile
from assistant.repo.git import Repository
from assistant.repo.python_trees import parsed

SECONDS = 1.0
"""After this long, no further place is resolved."""

_IMPORT_ERRORS = frozenset({"ImportError", "ModuleNotFoundError", "Exception", "BaseException"})


@dataclass(frozen=True, slots=True)
class Broken:
    """A place that a change breaks."""

    path: str
    line: int
    """1-based, in the file as the candidate leaves it."""
    why: str

    @property
    def text(self) -> str:
        return f"{self.path}:{self.line}: {self.why}"


def broken_places(
    repository: Repository, changes: Sequence[Change], cache: Path
) -> tuple[Broken, ...]:
    """The places that a candidate breaks, by path and line: users of what it changes, and calls
    that it writes with a keyword that nothing takes.

    Users count only where the resolver is certain. Cheap unless a signature changed, a name was
    removed, or a call has a new keyword.
    """
    found = [(each, _difference(each)) for each in changes if each.path.endswith(PYTHON)]
    search = _Search(repository, changes, cache)
    places: dict[tuple[str, int], Broken] = {
        (path, line): Broken(path, line, why)
        for path, line, why in unknown_keywords(repository, search.sources, changes)
    }
    for change, difference in found:
        path = change.renamed_from or change.path
        for each in search.broken(path, difference):
            places.setdefault((each.path, each.line), each)
    return tuple(places[key] for key in sorted(places))


def _difference(change: Change) -> Changed:
    if change.old is None:
        return Changed((), {}, {})
    return changed(change.old, change.new or b"")


class _Search:
    """One candidate's users."""

    def __init__(self, repository: Repository, changes: Sequence[Change], cache: Path) -> None:
        overlay: dict[str, bytes | None] = {
            each.renamed_from: None for each in changes if each.renamed_from
        }
        overlay |= {each.path: each.new for each in changes}
        self.sources = Sources(repository, overlay)
        self._cache = cache
        self._resolver: Resolver | None = None
        self._until = time.thread_time() + SECONDS

    def broken(self, path: str, difference: Changed) -> Iterator[Broken]:
        """Places that a change of one file breaks."""
        for before, after in difference.signatures:
            yield from self._misfits(path, before, after, difference)
        for name, line in difference.lost.items():
            yield from self._lost(path, name, line)

    def _misfits(
        self, path: str, before: Signature, after: Signature, difference: Changed
    ) -> Iterator[Broken]:
        owner = before.name.rpartition(".")[0]
        for word in before.words:
            constructs = before.name.endswith(".__init__") and word != "__init__"
            if constructs:
                line, now = difference.classes.get(owner, 0), 0
            else:
                line, now = before.line, after.line
            for file, call in self._calls(word):
                bound = constructs or not _is_unbound(call, owner)
                why = misfit(after, call, bound=bound) or moved(before, after, call, bound=bound)
                if not why or misfit(before, call, bound=bound):
                    continue
                expected = (path, now if file.path == path and now else line)
                if constructs and file.path == path:
                    expected = (path, _class_line(file, owner))
                if self._means(file, call.func, word, expected):
                    name = owner if constructs else before.name
                    yield Broken(file.path, call.lineno, f"{name}(...) {why}")

    def _lost(self, path: str, name: str, line: int) -> Iterator[Broken]:
        word = name.rpartition(".")[2]
        for file in self.sources.with_word(word, PYTHON):
            if file.path == path:
                yield from _on_self(file, name)
                continue
            if parsed(file.data) is None:
                continue
            lines = file.text.splitlines()
            for _, row, column in occurrences(file.text.removeprefix("\ufeff"), word):
                before = lines[row - 1][:column].rstrip() if row <= len(lines) else ""
                attribute = before.endswith(".")
                if not attribute and ("." in name or not _imports(file, row, word)):
                    continue
                if self._resolved(file, row, column) == (path, line):
                    yield Broken(file.path, row, f"{name} is gone from {path}")

    def _calls(self, word: str) -> Iterator[tuple[TextFile, ast.Call]]:
        for file in self.sources.with_word(word, PYTHON):
            tree = parsed(file.data)
            nodes = list(ast.walk(tree)) if tree else []
            names = {word} | {
                each.asname
                for node in nodes
                if isinstance(node, ast.ImportFrom)
                for each in node.names
                if each.name == word and each.asname
            }
            for node in nodes:
                if isinstance(node, ast.Call) and last_name(node.func) in names:
                    yield file, node

    def _means(
        self, file: TextFile, called: ast.expr, word: str, expected: tuple[str, int]
    ) -> bool:
        """Whether what is called is the definition at a path and line."""
        name = last_name(called)
        row = called.end_lineno or called.lineno
        line = file.data.splitlines()[row - 1]
        stop = (called.end_col_offset or 0) - len(name.encode())
        column = len(line[:stop].decode("utf-8", "surrogateescape").removeprefix("\ufeff"))
        return self._resolved(file, row, column) == expected

    def _resolved(self, file: TextFile, row: int, column: int) -> tuple[str, int] | None:
        """The one definition of a name; None where there are several, or time is up."""
        if time.thread_time() > self._until:
            return None
        if self._resolver is None:
            self._resolver = Resolver(self.sources, self._cache)
        found = self._resolver.defined_at(file, row, column)
        return found[0] if len(found) == 1 else None


def _on_self(file: TextFile, name: str) -> Iterator[Broken]:
    """Uses of a lost method in its own class."""
    owner, _, word = name.rpartition(".")
    tree = parsed(file.data)
    for node in tree.body if tree and owner else ():
        if isinstance(node, ast.ClassDef) and node.name == owner:
            for inner in ast.walk(node):
                own = isinstance(inner, ast.Attribute) and last_name(inner.value) in ("self", "cls")
                if own and isinstance(inner, ast.Attribute) and inner.attr == word:
                    yield Broken(file.path, inner.end_lineno or inner.lineno, f"{name} is gone")


def _is_unbound(call: ast.Call, owner: str) -> bool:
    """Whether a method is called on its class: `Class.method(instance)`."""
    if not isinstance(call.func, ast.Attribute):
        return True
    return bool(owner) and last_name(call.func.value) == owner.rpartition(".")[2]


def _class_line(file: TextFile, owner: str) -> int:
    tree = parsed(file.data)
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)] if tree else []
    return next((node.lineno for node in classes if node.name == owner), 0)


def _imports(file: TextFile, row: int, word: str) -> bool:
    """Whether a line imports the word from a module, and fails where that has no such name."""
    tree = parsed(file.data)
    nodes = list(ast.walk(tree)) if tree else []
    tried = {
        inner
        for node in nodes
        if isinstance(node, ast.Try) and any(map(_catches_import, node.handlers))
        for statement in node.body
        for inner in ast.walk(statement)
    }
    return any(
        isinstance(node, ast.ImportFrom)
        and node not in tried
        and node.lineno <= row <= (node.end_lineno or node.lineno)
        and any(each.name == word for each in node.names)
        for node in nodes
    )


def _catches_import(handler: ast.ExceptHandler) -> bool:
    kind = handler.type
    kinds = kind.elts if isinstance(kind, ast.Tuple) else [kind] if kind else []
    return not kinds or any(last_name(each) in _IMPORT_ERRORS for each in kinds)
