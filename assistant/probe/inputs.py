"""Owns inputs for a function that nobody gave an example of: small values of the types that its
signature names, or of every common type where it names none, a few of another type, values around
those that its code compares with, and such as stand in an argument before. Pure; the same ones
every time.

Small domains show most differences (Jackson and Damon, "Elements of style: analyzing a software
design feature with a counterexample detector", 1996).
"""

import ast
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from assistant.probe.examples import Arguments
from assistant.repo.python_trees import parsed_expression

MOST_INVENTED = 1500
"""As many as find, in a function without types, several of each kind that it takes."""

_MOST_ITEMS = 6
_LONGEST = 60
"""Most items, or letters, for the sake of a number in the code."""
_DEEPEST = 3
_ODD = 0.1
"""How often an argument is of a type that was not asked for."""
_OFTEN = 0.4
"""How often a value stands near one in the code, where there are such."""
_ALIKE = 0.5
"""How often all arguments without a type are of one."""
_RELATED = 0.4
"""How often an argument is a part of one before: what searches for it would seldom find another."""
_ODDITIES: tuple[Any, ...] = (None, -1, 0, 1.5, "", "x", [], [None], {}, True, 1000)
_LARGEST = 100_000
"""Numbers of the code beyond it are left out: to count up to one takes long, or all memory."""
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
    function: ast.FunctionDef,
    near: Sequence[object] = (),
    *,
    seed: int = 0,
    most: int = MOST_INVENTED,
) -> tuple[Arguments, ...]:
    """Positional arguments, each set once, some of them with values `near` the given ones.

    Empty where the function cannot be called with any.
    """
    given = function.args
    positional = [*given.posonlyargs, *given.args]
    required = positional[: len(positional) - len(given.defaults)] or positional
    named_only = any(default is None for default in given.kw_defaults)
    if not required or named_only:
        return ()
    chance = random.Random(seed)  # noqa: S311  # not for secrets; the same inputs every time
    draws = _Draws.near(near, chance)
    found: dict[str, Arguments] = {}
    for _ in range(2 * most):
        drawn: list[Any] = []
        kind = parsed_expression(chance.choice(_UNKNOWN)) if chance.random() < _ALIKE else None
        for each in required:
            drawn.append(draws.argument(each.annotation, kind, drawn))
        found.setdefault(repr(drawn), tuple(drawn))
        if len(found) >= most:
            break
    return tuple(found.values())


def misfits(function: ast.FunctionDef, arguments: Arguments) -> bool:
    """Whether some argument is plainly of another type than the signature names; items of a list
    are not looked at."""
    given = function.args
    parameters = [*given.posonlyargs, *given.args]
    return any(
        _is_other(parameter.annotation, value)
        for parameter, value in zip(parameters, arguments, strict=False)
    )


def _is_other(annotation: ast.expr | None, value: object) -> bool:
    match annotation:
        case ast.Constant(value=None):
            return value is not None
        case ast.Constant(value=str() as text):
            return _is_other(parsed_expression(text), value)
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return _is_other(left, value) and _is_other(right, value)
        case ast.Subscript(value=ast.Name(id="Optional") | ast.Attribute(attr="Optional")):
            return value is not None and _is_other(annotation.slice, value)
        case ast.Subscript(value=ast.Name() | ast.Attribute() as named):
            return _is_other(named, value)
        case ast.Name(id=name) | ast.Attribute(attr=name):
            kinds = _KINDS.get(name.lower())
            return kinds is not None and not isinstance(value, kinds)
    return False


_KINDS: dict[str, type | tuple[type, ...]] = {
    "int": int, "float": (int, float), "bool": bool, "str": str, "tuple": tuple, "dict": dict,
    "list": list, "mapping": dict, "sequence": (list, tuple, str),
    "iterable": (list, tuple, str, dict), "collection": (list, tuple, str, dict),
}  # fmt: skip


def constants(node: ast.AST) -> tuple[object, ...]:
    """The numbers and texts that stand in code, each once; docstrings are none of them."""
    told = {
        id(each.value)
        for each in ast.walk(node)
        if isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant)
    }
    found = {
        repr(each.value): each.value
        for each in ast.walk(node)
        if isinstance(each, ast.Constant)
        and id(each) not in told
        and isinstance(each.value, int | float | str)
        and not isinstance(each.value, bool)
    }
    return tuple(found.values())


@dataclass(frozen=True, slots=True)
class _Draws:
    """Values by chance."""

    chance: random.Random
    integers: tuple[int, ...]
    floats: tuple[float, ...]
    texts: tuple[str, ...]
    """Those of the code; the integers with their neighbours."""

    @classmethod
    def near(cls, values: Sequence[object], chance: random.Random) -> "_Draws":
        integers = [each for each in values if isinstance(each, int) and abs(each) <= _LARGEST]
        around = dict.fromkeys(n + d for n in integers for d in (0, 1, -1))
        floats = [each for each in values if isinstance(each, float)]
        texts = [each for each in values if isinstance(each, str)]
        return cls(chance, tuple(around), tuple(floats), tuple(texts))

    def argument(
        self, annotation: ast.expr | None, kind: ast.expr | None, before: Sequence[Any]
    ) -> Any:
        """A value for a parameter behind others, of a `kind` where it names no type; a part of one
        of these is of the type that it names."""
        if self.chance.random() < _ODD:
            return self.chance.choice(_ODDITIES)
        value = self.value(annotation or kind, 0)
        if not before or self.chance.random() > _RELATED:
            return value
        parts = self._parts(self.chance.choice(before))
        fitting = [each for each in parts if annotation is None or type(each) is type(value)]
        return self.chance.choice(fitting) if fitting else value

    def _parts(self, whole: Any) -> list[Any]:
        """A value, one of its items, a run of them, and how many there are."""
        if not isinstance(whole, str | list) or not whole:
            return [whole]
        start = self.chance.randrange(len(whole))
        stop = start + self.chance.choice((1, 2, 2, 3))
        return [whole, whole[start], whole[start:stop], whole[start:stop], len(whole)]

    def value(self, annotation: ast.expr | None, depth: int) -> Any:
        """A value of a type as a signature names it."""
        if depth > _DEEPEST:
            return self.chance.choice(_INTEGERS)
        match annotation:
            case ast.Name(id=name) | ast.Attribute(attr=name):
                return self._named(name.lower(), [], depth)
            case ast.Subscript(value=ast.Name(id=name) | ast.Attribute(attr=name), slice=inner):
                inside = inner.elts if isinstance(inner, ast.Tuple) else [inner]
                return self._named(name.lower(), inside, depth)
            case ast.BinOp(left=left, op=ast.BitOr(), right=right):
                return self.value(self.chance.choice((left, right)), depth)
            case ast.Constant(value=None):
                return None
            case ast.Constant(value=str() as text):
                return self.value(parsed_expression(text), depth + 1)
        return self.value(parsed_expression(self.chance.choice(_UNKNOWN)), depth + 1)

    def _named(self, name: str, inside: list[ast.expr], depth: int) -> Any:
        """A value of a type by its name in small letters, with what stands in its brackets."""
        if name in _PLAIN:
            return _PLAIN[name](self)
        if name in _SEQUENCES:
            return self._items(inside[0] if inside else self._kind(), depth)
        if name in _MAPPINGS:
            key, value = inside if len(inside) == 2 else (_STRING, _INTEGER)
            count = self.chance.randrange(_MOST_ITEMS)
            pairs = [
                (self.value(key, depth + 1), self.value(value, depth + 1)) for _ in range(count)
            ]
            return {k: v for k, v in pairs if isinstance(k, str | int | float)}
        if name == "tuple":
            kinds = [each for each in inside if not isinstance(each, ast.Constant)]
            if len(kinds) == len(inside) and kinds:
                return tuple(self.value(each, depth + 1) for each in kinds)
            return tuple(self._items(kinds[0] if kinds else self._kind(), depth))
        if name == "optional" and inside:
            return None if self.chance.random() < 0.2 else self.value(inside[0], depth)
        if name == "union" and inside:
            return self.value(self.chance.choice(inside), depth)
        return self.value(None, depth + 1)

    def _kind(self) -> ast.expr:
        """Of the items of a sequence that does not say."""
        return self.chance.choice((_INTEGER, _INTEGER, _STRING))

    def _items(self, kind: ast.expr, depth: int) -> list[Any]:
        items = [self.value(kind, depth + 1) for _ in range(self._count())]
        if len(items) > 1 and self.chance.random() < 0.3:
            items.append(self.chance.choice(items))  # repeated items often make a difference
        if self.chance.random() < 0.3:
            try:
                return sorted(items, reverse=self.chance.random() < 0.5)
            except TypeError:
                pass
        return items

    def _count(self) -> int:
        lengths = [each for each in self.integers if 0 <= each <= _LONGEST]
        if lengths and self.chance.random() < _OFTEN:
            return self.chance.choice(lengths)
        return self.chance.randrange(_MOST_ITEMS + 1)

    def integer(self) -> int:
        near = self.integers and self.chance.random() < _OFTEN
        return self.chance.choice(self.integers if near else _INTEGERS)

    def real(self) -> float:
        near = self.floats and self.chance.random() < _OFTEN
        return self.chance.choice(self.floats if near else _FLOATS)

    def text(self) -> str:
        if self.texts and self.chance.random() < _OFTEN:
            return self.chance.choice(("", "a", "b ")) + self.chance.choice(self.texts)
        if self.chance.random() < 0.3:
            return self.chance.choice(_TEXTS)
        if self.chance.random() < 0.3:  # parts of such a text overlap
            return self.chance.choice(("a", "ab", "aB")) * self.chance.choice((2, 3, 4))
        return "".join(self.chance.choice("aabB") for _ in range(self._count()))


_PLAIN: dict[str, Callable[[_Draws], Any]] = {
    "int": _Draws.integer,
    "float": _Draws.real,
    "bool": lambda draws: draws.chance.random() < 0.5,
    "str": _Draws.text,
    "none": lambda _: None,
}


_STRING = ast.Name("str")
_INTEGER = ast.Name("int")
