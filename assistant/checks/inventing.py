"""Owns inputs for a function that nobody gave an example of: small values of the types that its
signature names, or of every common type where it names none. Pure; the same ones every time.

Small domains show most differences (Jackson and Damon, "Elements of style: analyzing a software
design feature with a counterexample detector", 1996).
"""

import ast
import random
from collections.abc import Callable
from typing import Any

from assistant.checks.examples import Arguments

MOST_INVENTED = 300

_MOST_ITEMS = 6
_DEEPEST = 3
_INTEGERS = (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 24, 100, -1, -3)
_FLOATS = (0.0, 0.5, 1.0, 1.5, 2.0, 3.25, -1.5, 10.0)
_TEXTS = (
    "Hello World", "abc abc", "a1b2", "AbBa", "(()())", "101", "racecar", "x-y_z",
    "3 and 12", "The the",
)  # fmt: skip
_UNKNOWN = (
    "int", "str", "list[int]", "list[str]", "float", "list[list[int]]", "dict[str, int]",
    "list[tuple[int, int]]",
)  # fmt: skip
_SEQUENCES = frozenset({"list", "sequence", "iterable", "collection", "mutablesequence"})
_MAPPINGS = frozenset({"dict", "mapping", "defaultdict", "mutablemapping"})


def invented(
    function: ast.FunctionDef, *, seed: int = 0, most: int = MOST_INVENTED
) -> tuple[Arguments, ...]:
    """Positional arguments, each set once; empty where the function cannot be called with any."""
    given = function.args
    positional = [*given.posonlyargs, *given.args]
    required = positional[: len(positional) - len(given.defaults)] or positional
    named_only = any(default is None for default in given.kw_defaults)
    if not required or named_only:
        return ()
    chance = random.Random(seed)  # noqa: S311  # not for secrets; the same inputs every time
    found: dict[str, Arguments] = {}
    for _ in range(2 * most):
        arguments = tuple(_value(each.annotation, chance, 0) for each in required)
        found.setdefault(repr(arguments), arguments)
        if len(found) >= most:
            break
    return tuple(found.values())


def _value(annotation: ast.expr | None, chance: random.Random, depth: int) -> Any:
    if depth > _DEEPEST:
        return chance.choice(_INTEGERS)
    match annotation:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return _named(name.lower(), [], chance, depth)
        case ast.Subscript(value=ast.Name(id=name) | ast.Attribute(attr=name), slice=inner):
            inside = inner.elts if isinstance(inner, ast.Tuple) else [inner]
            return _named(name.lower(), inside, chance, depth)
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return _value(chance.choice((left, right)), chance, depth)
        case ast.Constant(value=None):
            return None
        case ast.Constant(value=str() as text):
            return _value(_parsed(text), chance, depth)
    return _value(_parsed(chance.choice(_UNKNOWN)), chance, depth + 1)


def _named(name: str, inside: list[ast.expr], chance: random.Random, depth: int) -> Any:
    """A value of a type by its name in small letters, with what stands in its brackets."""
    if name in _PLAIN:
        return _PLAIN[name](chance)
    if name in _SEQUENCES:
        return _items(inside[0] if inside else _of_one_kind(chance), chance, depth)
    if name in _MAPPINGS:
        key, value = inside if len(inside) == 2 else (_STRING, _INTEGER)
        count = chance.randrange(_MOST_ITEMS)
        pairs = [
            (_value(key, chance, depth + 1), _value(value, chance, depth + 1)) for _ in range(count)
        ]
        return {k: v for k, v in pairs if isinstance(k, str | int | float)}
    if name == "tuple":
        kinds = [each for each in inside if not isinstance(each, ast.Constant)]
        if len(kinds) == len(inside) and kinds:
            return tuple(_value(each, chance, depth + 1) for each in kinds)
        return tuple(_items(kinds[0] if kinds else _of_one_kind(chance), chance, depth))
    if name == "optional" and inside:
        return None if chance.random() < 0.2 else _value(inside[0], chance, depth)
    if name == "union" and inside:
        return _value(chance.choice(inside), chance, depth)
    return _value(None, chance, depth + 1)


def _items(kind: ast.expr, chance: random.Random, depth: int) -> list[Any]:
    items = [_value(kind, chance, depth + 1) for _ in range(chance.randrange(_MOST_ITEMS + 1))]
    if len(items) > 1 and chance.random() < 0.3:
        items.append(chance.choice(items))  # what differs by repeated items is common
    try:
        return sorted(items, reverse=chance.random() < 0.5) if chance.random() < 0.3 else items
    except TypeError:
        return items


def _text(chance: random.Random) -> str:
    if chance.random() < 0.3:
        return chance.choice(_TEXTS)
    return "".join(chance.choice("aabB") for _ in range(chance.randrange(_MOST_ITEMS + 1)))


_PLAIN: dict[str, Callable[[random.Random], Any]] = {
    "int": lambda chance: chance.choice(_INTEGERS),
    "float": lambda chance: chance.choice(_FLOATS),
    "bool": lambda chance: chance.random() < 0.5,
    "str": _text,
    "none": lambda _: None,
}


def _parsed(text: str) -> ast.expr | None:
    try:
        return ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


_STRING = ast.Name("str")
_INTEGER = ast.Name("int")


def _of_one_kind(chance: random.Random) -> ast.expr:
    return chance.choice((_INTEGER, _INTEGER, _STRING))
