"""Finds the definitions of names in Python files, and the classes that they belong to."""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from assistant.refactoring.sources import Sources
from assistant.refactoring.values import Definition, Kind
from assistant.repo.files import TextFile
from assistant.repo.python_trees import parsed

PYTHON = (".py", ".pyi")
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True, slots=True)
class Bases:
    """A class with the names of its bases, without their modules."""

    path: str
    name: str
    bases: tuple[str, ...]


def definitions_in(file: TextFile, name: str) -> tuple[Definition, ...]:
    """Every definition of a name in a file, in file order; none where it does not parse.

    A function that is defined twice, and an attribute that is assigned twice, appear twice.
    """
    tree = parsed(file.data)
    if tree is None:
        return ()
    found = _Definitions(file.path, name)
    found.visit(tree)
    return tuple(found.definitions)


def classes_in(file: TextFile) -> Iterator[Bases]:
    """The classes of a file, nested ones too."""
    tree = parsed(file.data)
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.ClassDef):
            yield Bases(file.path, node.name, tuple(filter(None, map(last_name, node.bases))))


def family(sources: Sources, owner: str, word: str) -> frozenset[str]:
    """Names of the classes that share a member: `owner`, its ancestors and their descendants.

    Classes are identified by name only, and only files that contain `word` are searched.
    """
    bases: dict[str, set[str]] = {}
    for file in sources.with_word(word, PYTHON):
        for each in classes_in(file):
            bases.setdefault(each.name, set()).update(each.bases)
    related = {owner}
    while True:
        known = len(related)
        for name, above in bases.items():
            if name in related:
                related |= above & bases.keys()
            elif above & related:
                related.add(name)
        if len(related) == known:
            return frozenset(related)


def last_name(node: ast.expr) -> str:
    """The last name of a dotted expression; empty for another one."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Subscript(value=value):
            return last_name(value)
    return ""


class _Definitions(ast.NodeVisitor):
    def __init__(self, path: str, name: str) -> None:
        self._path, self._name = path, name
        self._owners: list[tuple[str, bool]] = []
        """Names of what is around, and whether each is a class."""
        self.definitions: list[Definition] = []

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._define(node.name, Kind.CLASS, node.lineno)
        self._inside(node, is_class=True)

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        method = bool(self._owners) and self._owners[-1][1]
        self._define(node.name, Kind.METHOD if method else Kind.FUNCTION, node.lineno)
        self._owners.append((node.name, False))
        for argument in all_arguments(node.args):
            self._define(argument.arg, Kind.PARAMETER, argument.lineno)
        self._owners.pop()
        self._inside(node, is_class=False)

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Store):
            self._define(node.id, self._assigned, node.lineno)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        own = isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")
        if own and isinstance(node.ctx, ast.Store) and node.attr == self._name:
            classes = [at for at, (_, is_class) in enumerate(self._owners) if is_class]
            if classes:
                owner = ".".join(name for name, _ in self._owners[: classes[-1] + 1])
                line = node.end_lineno or node.lineno
                name = f"{owner}.{node.attr}"
                self.definitions.append(Definition(self._path, name, Kind.ATTRIBUTE, line))
        self.generic_visit(node)

    def _inside(self, node: ast.AST, *, is_class: bool) -> None:
        name = str(getattr(node, "name", ""))
        self._owners.append((name, is_class))
        self.generic_visit(node)
        self._owners.pop()

    @property
    def _assigned(self) -> Kind:
        if not self._owners:
            return Kind.VARIABLE
        return Kind.ATTRIBUTE if self._owners[-1][1] else Kind.LOCAL

    def _define(self, name: str, kind: Kind, line: int) -> None:
        if name == self._name:
            qualified = ".".join([*(owner for owner, _ in self._owners), name])
            self.definitions.append(Definition(self._path, qualified, kind, line))


def all_arguments(arguments: ast.arguments) -> Iterable[ast.arg]:
    """Every parameter of a function, in order."""
    star = [each for each in (arguments.vararg, arguments.kwarg) if each is not None]
    return (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, *star)
