"""Compares the definitions of a Python file before and after a change, and calls with signatures.

A call that unpacks arguments is never said not to fit.
"""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from assistant.refactoring.python_definitions import all_arguments, last_name
from assistant.repo.python_trees import parsed

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_TRANSPARENT = frozenset(
    {"abstractmethod", "asynccontextmanager", "cache", "classmethod", "contextmanager"}
).union({"lru_cache", "override", "staticmethod"})
"""Decorators after which a function is called as it is defined."""
_NO_MEMBERS = frozenset(("ABC", "Generic", "Protocol", "object"))
"""Bases that have none of the members that classes define."""
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Signature:
    """A function or method as it is called."""

    name: str
    """Qualified within its file."""
    arguments: ast.arguments
    takes_self: bool
    """The first parameter is given by the object or class that it is called on."""
    by_class: bool
    """A class method, whose first parameter is never given in a call."""
    line: int
    """1-based, of the definition."""

    @property
    def words(self) -> tuple[str, ...]:
        """The names by which it is called."""
        owner, _, name = self.name.rpartition(".")
        return (owner.rpartition(".")[2], name) if name == "__init__" else (name,)


@dataclass(frozen=True, slots=True)
class Changed:
    """What a change does to the definitions that others may use."""

    signatures: tuple[tuple[Signature, Signature], ...]
    """Before and after."""
    lost: Mapping[str, int]
    """Qualified names that are gone, with the line of the definition."""
    classes: Mapping[str, int]
    """Lines of the classes before the change, by qualified name."""


def changed(old: bytes, new: bytes) -> Changed:
    """The difference between two versions of a file; nothing where one does not parse."""
    before, after = parsed(old), parsed(new)
    if before is None or after is None:
        return Changed((), {}, {})
    was, now = signatures_of(before), signatures_of(after)
    pairs = tuple(
        (was[name], now[name])
        for name in was.keys() & now.keys()
        if ast.dump(was[name].arguments) != ast.dump(now[name].arguments)
        or was[name].takes_self != now[name].takes_self
    )
    lines = _lines(before)
    bound = _bound(after)
    lost = {
        name: line
        for name, line in lines.items()
        if "*" not in bound
        and name not in bound
        and (_keeps_owner(name, bound, after) if "." in name else "__getattr__" not in bound)
    }
    classes = {node.name: node.lineno for node in before.body if isinstance(node, ast.ClassDef)}
    return Changed(pairs, lost, classes)


def misfit(signature: Signature, call: ast.Call, *, bound: bool) -> str:
    """Why a call does not fit a signature; empty where it does, or cannot be told.

    `bound` says that the first parameter is given by what it is called on.
    """
    if any(isinstance(each, ast.Starred) for each in call.args):
        return ""
    if any(each.arg is None for each in call.keywords):
        return ""
    arguments = signature.arguments
    names = _positional(signature, bound=bound)
    given = names[: len(call.args)]
    if len(call.args) > len(names) and arguments.vararg is None:
        return f"gives {len(call.args)} arguments by position, {len(names)} are taken"
    keywords = {each.arg for each in call.keywords if each.arg}
    known = {*names, *(each.arg for each in arguments.kwonlyargs)}
    known -= {each.arg for each in arguments.posonlyargs}
    if (unknown := sorted(keywords - known)) and arguments.kwarg is None:
        return f"has no parameter {unknown[0]!r} to give"
    if twice := sorted(keywords.intersection(given) & known):
        return f"gives {twice[0]!r} twice"
    missing = [each for each in _required(signature, names) if each not in {*given, *keywords}]
    return f"lacks argument {missing[0]!r}" if missing else ""


def moved(old: Signature, new: Signature, call: ast.Call, *, bound: bool) -> str:
    """Which argument of a call goes to another parameter now; empty where none does."""
    if any(isinstance(each, ast.Starred) for each in call.args):
        return ""
    was, now = _positional(old, bound=bound), _positional(new, bound=bound)
    taken = {each.arg for each in all_arguments(new.arguments)}
    for before, after in zip(was[: len(call.args)], now, strict=False):
        if before != after and before in taken:
            return f"gives {before!r} by position, which is {after!r} now"
    return ""


def _positional(signature: Signature, *, bound: bool) -> list[str]:
    arguments = signature.arguments
    names = [each.arg for each in (*arguments.posonlyargs, *arguments.args)]
    given = signature.takes_self and (bound or signature.by_class)
    return names[1:] if given else names


def _required(signature: Signature, names: list[str]) -> Iterator[str]:
    """Parameters without a default, of those that a call must give."""
    arguments = signature.arguments
    yield from names[: max(0, len(names) - len(arguments.defaults))]
    for each, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        if default is None:
            yield each.arg


def signatures_of(tree: ast.Module) -> dict[str, Signature]:
    """The functions and methods that are defined once and decorated in no unknown way."""
    found: dict[str, Signature] = {}
    twice: set[str] = set()
    for name, node, in_class in _functions(tree.body, "", in_class=False):
        if name in found:
            twice.add(name)
        decorators = {_decorator(each) for each in node.decorator_list}
        if decorators <= _TRANSPARENT:
            own = in_class and "staticmethod" not in decorators
            by_class = "classmethod" in decorators or node.name == "__new__"
            found[name] = Signature(name, node.args, own, by_class, node.lineno)
    return {name: each for name, each in found.items() if name not in twice}


def _functions(
    body: list[ast.stmt], prefix: str, *, in_class: bool
) -> Iterator[tuple[str, Function, bool]]:
    for node in body:
        if isinstance(node, _FUNCTIONS):
            yield f"{prefix}{node.name}", node, in_class
        elif isinstance(node, ast.ClassDef):
            yield from _functions(node.body, f"{prefix}{node.name}.", in_class=True)


def _decorator(node: ast.expr) -> str:
    return last_name(node.func if isinstance(node, ast.Call) else node) or "?"


def _lines(tree: ast.Module) -> dict[str, int]:
    """Functions, methods and classes with their lines."""
    found = {name: node.lineno for name, node, _ in _functions(tree.body, "", in_class=False)}
    found |= {node.name: node.lineno for node in tree.body if isinstance(node, ast.ClassDef)}
    return found


def _bound(tree: ast.Module) -> frozenset[str]:
    """The names that a module, its classes and their objects bind; `*` for all of them."""
    found: set[str] = set()
    _bind(tree.body, "", found)
    return frozenset(found)


def _bind(body: list[ast.stmt], prefix: str, found: set[str]) -> None:
    for node in body:
        if isinstance(node, ast.ClassDef):
            found.add(f"{prefix}{node.name}")
            _bind(node.body, f"{prefix}{node.name}.", found)
        elif isinstance(node, _FUNCTIONS):
            found.add(f"{prefix}{node.name}")
            found |= {f"{prefix}{name}" for name in _assigned_on_self(node)}
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found |= {f"{prefix}{(each.asname or each.name).split('.')[0]}" for each in node.names}
        else:
            for inner in ast.walk(node):
                if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store):
                    found.add(f"{prefix}{inner.id}")
            for field in ("body", "orelse", "finalbody"):
                _bind(getattr(node, field, []), prefix, found)
            for handler in getattr(node, "handlers", []):
                _bind(handler.body, prefix, found)


def _assigned_on_self(node: Function) -> Iterator[str]:
    for inner in ast.walk(node):
        if not isinstance(inner, ast.Attribute) or last_name(inner.value) not in ("self", "cls"):
            continue
        if isinstance(inner.ctx, ast.Store):
            yield inner.attr


def _keeps_owner(name: str, bound: frozenset[str], tree: ast.Module) -> bool:
    """Whether a lost member's class is still there, and has no other way to the member."""
    owner, _, word = name.rpartition(".")
    classes = (each for each in tree.body if isinstance(each, ast.ClassDef))
    node = next((each for each in classes if each.name == owner), None)
    if node is None or not {last_name(base) for base in node.bases} <= _NO_MEMBERS:
        return False
    if bound & {f"{owner}.__getattr__", f"{owner}.__getattribute__"}:
        return False
    return not any(each.endswith(f".{word}") for each in bound)
