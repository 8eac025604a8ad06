"""Generates inputs for a function without examples.

Arguments are small values of the types in its signature, or of every common type if it has no
annotations. Some are of another type, some are close to the constants in its code, and some are
part of an earlier argument. Runs nothing, and gives the same inputs every time.

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

MOST_GENERATED = 1500
"""Enough that a function without annotations gets several inputs of each type that it takes."""

_MOST_ITEMS = 6
_LONGEST = 60
"""A number in the code sets the length of a value only up to this."""
_DEEPEST = 3
_ODD_RATE = 0.1
"""How often an argument may be of any type."""
_NEAR_RATE = 0.4
"""How often a value is close to a constant in the code, if there are any."""
_SAME_TYPE_RATE = 0.5
"""How often all arguments without an annotation are of one type."""
_RELATED_RATE = 0.4
"""How often an argument is part of an earlier one: a search would rarely find an unrelated one."""
_ODDITIES: tuple[Any, ...] = (None, -1, 0, 1.5, "", "x", [], [None], {}, True, 1000)
_LARGEST = 100_000
"""Larger numbers in the code are left out: counting up to them takes too long."""
_INTEGERS = (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 24, 100, -1, -3)
_FLOATS = (0.0, 0.5, 1.0, 1.5, 2.0, 3.25, -1.5, 10.0)
_TEXTS = (
    "Hello World", "abc abc", "a1b2", "AbBa", "(()())", "101", "racecar", "x-y_z",
    "3 and 12", "The the",
)  # fmt: skip
_COMMON_TYPES = (
    "int", "str", "list[int]", "list[str]", "float", "list[list[int]]", "dict[str, int]",
    "list[tuple[int, int]]",
)  # fmt: skip
_SEQUENCES = frozenset({"list", "sequence", "iterable", "collection", "mutablesequence"})
_MAPPINGS = frozenset({"dict", "mapping", "defaultdict", "mutablemapping"})


def generated_inputs(
    function: ast.FunctionDef,
    near: Sequence[object] = (),
    *,
    seed: int = 0,
    most: int = MOST_GENERATED,
) -> tuple[Arguments, ...]:
    """Distinct lists of positional arguments, some with values close to those in `near`.

    Optional parameters are left out, unless all are optional. Empty if the function takes no
    positional arguments or requires keyword arguments.
    """
    given = function.args
    positional = [*given.posonlyargs, *given.args]
    required = positional[: len(positional) - len(given.defaults)] or positional
    named_only = any(default is None for default in given.kw_defaults)
    if not required or named_only:
        return ()
    chance = random.Random(seed)  # noqa: S311  # not for secrets; the same inputs every time
    values = _RandomValues.near(near, chance)
    found: dict[str, Arguments] = {}
    for _ in range(2 * most):
        drawn: list[Any] = []
        fallback = None
        if chance.random() < _SAME_TYPE_RATE:
            fallback = parsed_expression(chance.choice(_COMMON_TYPES))
        for each in required:
            drawn.append(values.argument(each.annotation, fallback, drawn))
        found.setdefault(repr(drawn), tuple(drawn))
        if len(found) >= most:
            break
    return tuple(found.values())


def contradicts_annotations(function: ast.FunctionDef, arguments: Arguments) -> bool:
    """Whether an argument is clearly of another type than its annotation.

    The items of collections are not checked.
    """
    given = function.args
    parameters = [*given.posonlyargs, *given.args]
    return any(
        _contradicts(parameter.annotation, value)
        for parameter, value in zip(parameters, arguments, strict=False)
    )


def _contradicts(annotation: ast.expr | None, value: object) -> bool:
    match annotation:
        case ast.Constant(value=None):
            return value is not None
        case ast.Constant(value=str() as text):
            return _contradicts(parsed_expression(text), value)
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return _contradicts(left, value) and _contradicts(right, value)
        case ast.Subscript(value=ast.Name(id="Optional") | ast.Attribute(attr="Optional")):
            return value is not None and _contradicts(annotation.slice, value)
        case ast.Subscript(value=ast.Name() | ast.Attribute() as named):
            return _contradicts(named, value)
        case ast.Name(id=name) | ast.Attribute(attr=name):
            types = _TYPES.get(name.lower())
            return types is not None and not isinstance(value, types)
    return False


_TYPES: dict[str, type | tuple[type, ...]] = {
    "int": int, "float": (int, float), "bool": bool, "str": str, "tuple": tuple, "dict": dict,
    "list": list, "mapping": dict, "sequence": (list, tuple, str),
    "iterable": (list, tuple, str, dict), "collection": (list, tuple, str, dict),
}  # fmt: skip


def constants(node: ast.AST) -> tuple[object, ...]:
    """The distinct numbers and strings in code, without docstrings."""
    docstrings = {
        id(each.value)
        for each in ast.walk(node)
        if isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant)
    }
    found = {
        repr(each.value): each.value
        for each in ast.walk(node)
        if isinstance(each, ast.Constant)
        and id(each) not in docstrings
        and isinstance(each.value, int | float | str)
        and not isinstance(each.value, bool)
    }
    return tuple(found.values())


@dataclass(frozen=True, slots=True)
class _RandomValues:
    """Draws values of a given type."""

    chance: random.Random
    integers: tuple[int, ...]
    """The integers in the code and their neighbours."""
    floats: tuple[float, ...]
    texts: tuple[str, ...]

    @classmethod
    def near(cls, values: Sequence[object], chance: random.Random) -> "_RandomValues":
        integers = [each for each in values if isinstance(each, int) and abs(each) <= _LARGEST]
        around = dict.fromkeys(n + d for n in integers for d in (0, 1, -1))
        floats = [each for each in values if isinstance(each, float)]
        texts = [each for each in values if isinstance(each, str)]
        return cls(chance, tuple(around), tuple(floats), tuple(texts))

    def argument(
        self, annotation: ast.expr | None, fallback: ast.expr | None, before: Sequence[Any]
    ) -> Any:
        """A value for a parameter, given the arguments `before` it.

        Of the annotated type, or of type `fallback` without an annotation. Sometimes part of an
        earlier argument of that type, rarely of any type at all.
        """
        if self.chance.random() < _ODD_RATE:
            return self.chance.choice(_ODDITIES)
        value = self.value(annotation or fallback, 0)
        if not before or self.chance.random() > _RELATED_RATE:
            return value
        parts = self._parts(self.chance.choice(before))
        fitting = [each for each in parts if annotation is None or type(each) is type(value)]
        return self.chance.choice(fitting) if fitting else value

    def _parts(self, whole: Any) -> list[Any]:
        """A string or list with one of its items, a slice and its length; any other value alone."""
        if not isinstance(whole, str | list) or not whole:
            return [whole]
        start = self.chance.randrange(len(whole))
        stop = start + self.chance.choice((1, 2, 2, 3))
        return [whole, whole[start], whole[start:stop], whole[start:stop], len(whole)]

    def value(self, annotation: ast.expr | None, depth: int) -> Any:
        """A value of the type of an annotation."""
        if depth > _DEEPEST:
            return self.chance.choice(_INTEGERS)
        match annotation:
            case ast.Name(id=name) | ast.Attribute(attr=name):
                return self._named(name.lower(), [], depth)
            case ast.Subscript(value=ast.Name(id=name) | ast.Attribute(attr=name), slice=inner):
                type_args = inner.elts if isinstance(inner, ast.Tuple) else [inner]
                return self._named(name.lower(), type_args, depth)
            case ast.BinOp(left=left, op=ast.BitOr(), right=right):
                return self.value(self.chance.choice((left, right)), depth)
            case ast.Constant(value=None):
                return None
            case ast.Constant(value=str() as text):
                return self.value(parsed_expression(text), depth + 1)
        return self.value(parsed_expression(self.chance.choice(_COMMON_TYPES)), depth + 1)

    def _named(self, name: str, type_args: list[ast.expr], depth: int) -> Any:
        """A value of a type, given its name in lower case and its type arguments."""
        if name in _PLAIN:
            return _PLAIN[name](self)
        if name in _SEQUENCES:
            return self._items(type_args[0] if type_args else self._item_type(), depth)
        if name in _MAPPINGS:
            key, value = type_args if len(type_args) == 2 else (_STRING, _INTEGER)
            count = self.chance.randrange(_MOST_ITEMS)
            pairs = [
                (self.value(key, depth + 1), self.value(value, depth + 1)) for _ in range(count)
            ]
            return {k: v for k, v in pairs if isinstance(k, str | int | float)}
        if name == "tuple":
            types = [each for each in type_args if not isinstance(each, ast.Constant)]
            if len(types) == len(type_args) and types:
                return tuple(self.value(each, depth + 1) for each in types)
            return tuple(self._items(types[0] if types else self._item_type(), depth))
        if name == "optional" and type_args:
            return None if self.chance.random() < 0.2 else self.value(type_args[0], depth)
        if name == "union" and type_args:
            return self.value(self.chance.choice(type_args), depth)
        return self.value(None, depth + 1)

    def _item_type(self) -> ast.expr:
        """A type for the items of a sequence without a type argument."""
        return self.chance.choice((_INTEGER, _INTEGER, _STRING))

    def _items(self, item_type: ast.expr, depth: int) -> list[Any]:
        items = [self.value(item_type, depth + 1) for _ in range(self._count())]
        if len(items) > 1 and self.chance.random() < 0.3:
            items.append(self.chance.choice(items))  # duplicates often make a difference
        if self.chance.random() < 0.3:
            try:
                return sorted(items, reverse=self.chance.random() < 0.5)
            except TypeError:
                pass
        return items

    def _count(self) -> int:
        lengths = [each for each in self.integers if 0 <= each <= _LONGEST]
        if lengths and self.chance.random() < _NEAR_RATE:
            return self.chance.choice(lengths)
        return self.chance.randrange(_MOST_ITEMS + 1)

    def integer(self) -> int:
        near = self.integers and self.chance.random() < _NEAR_RATE
        return self.chance.choice(self.integers if near else _INTEGERS)

    def real(self) -> float:
        near = self.floats and self.chance.random() < _NEAR_RATE
        return self.chance.choice(self.floats if near else _FLOATS)

    def text(self) -> str:
        if self.texts and self.chance.random() < _NEAR_RATE:
            return self.chance.choice(("", "a", "b ")) + self.chance.choice(self.texts)
        if self.chance.random() < 0.3:
            return self.chance.choice(_TEXTS)
        if self.chance.random() < 0.3:  # matches in such a text overlap
            return self.chance.choice(("a", "ab", "aB")) * self.chance.choice((2, 3, 4))
        return "".join(self.chance.choice("aabB") for _ in range(self._count()))


_PLAIN: dict[str, Callable[[_RandomValues], Any]] = {
    "int": _RandomValues.integer,
    "float": _RandomValues.real,
    "bool": lambda values: values.chance.random() < 0.5,
    "str": _RandomValues.text,
    "none": lambda _: None,
}

_STRING = ast.Name("str")
_INTEGER = ast.Name("int")
