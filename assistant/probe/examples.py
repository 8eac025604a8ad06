"""Collects inputs for a function from tests and docstrings: its calls, variants of them, and the
values that assertions expect.

Arguments are literals. They are parsed, and no code runs.
"""

import ast
import random
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from assistant.repo.python_trees import parsed, parsed_expression

Arguments: TypeAlias = tuple[Any, ...]
"""The positional arguments of one call, all of them literals."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """What an assertion expects of one call."""

    arguments: Arguments
    value: Any
    """A literal."""
    truth: bool = False
    """Only the truth of the result must equal `value`."""


MOST_INPUTS = 64
_LONGEST_CALL = 500
_MOST_CALLS = 16
_TRIES = 40
"""Attempts for each variant; many only repeat an earlier one."""


def example_calls(name: str, texts: Iterable[str]) -> tuple[Arguments, ...]:
    """The arguments of a function's calls in code or prose, if they are all literals."""
    found: dict[str, Arguments] = {}
    for text in texts:
        for match in re.finditer(rf"\b{re.escape(name)}\(", text):
            arguments = _arguments(text[match.start() : match.start() + _LONGEST_CALL])
            if arguments is not None:
                found.setdefault(repr(arguments), arguments)
    return tuple(found.values())[:_MOST_CALLS]


def variants(
    examples: Sequence[Arguments], *, seed: int = 0, most: int = MOST_INPUTS
) -> tuple[Arguments, ...]:
    """The examples, followed by variants of the same types, each with one or two small changes."""
    chance = random.Random(seed)  # noqa: S311  # not for secrets; the same inputs every time
    pool = [value for arguments in examples for value in _scalars(arguments)]
    found = {repr(each): each for each in examples}
    for _ in range(most * _TRIES if examples else 0):
        if len(found) >= most:
            break
        arguments = chance.choice(examples)
        for _ in range(chance.choice((1, 1, 2))):
            arguments = _with_variant(arguments, chance, pool)
        found.setdefault(repr(arguments), arguments)
    return tuple(found.values())[:most]


def expectations(name: str, texts: Iterable[str]) -> tuple[Expectation, ...]:
    """What the assertions in Python files expect of calls of a function with literals.

    Reads `assert` statements and the methods of unittest; files that do not parse are skipped.
    """
    found: dict[str, Expectation] = {}
    for text in texts:
        tree = parsed(text)
        for node in ast.walk(tree) if tree else ():
            if (expected := _expectation(name, node)) is not None:
                found.setdefault(repr(expected), expected)
    return tuple(found.values())


def _expectation(name: str, node: ast.AST) -> Expectation | None:
    match node:
        case ast.Assert(test=ast.Compare(left=one, ops=[ast.Eq() | ast.Is()], comparators=[other])):
            return _equal(name, one, other)
        case ast.Assert(test=ast.UnaryOp(op=ast.Not(), operand=call)):
            return _true(name, call, value=False)
        case ast.Assert(test=call):
            return _true(name, call, value=True)
        case ast.Call(func=ast.Attribute(attr="assertEqual" | "assertIs"), args=[one, other, *_]):
            return _equal(name, one, other)
        case ast.Call(func=ast.Attribute(attr="assertTrue" | "assertFalse" as kind), args=[call]):
            return _true(name, call, value=kind == "assertTrue")
    return None


def _equal(name: str, one: ast.expr, other: ast.expr) -> Expectation | None:
    for call, value in ((one, other), (other, one)):
        arguments = _called(name, call)
        if arguments is not None:
            try:
                return Expectation(arguments, ast.literal_eval(value))
            except (ValueError, TypeError, RecursionError, MemoryError):
                return None
    return None


def _true(name: str, call: ast.expr, *, value: bool) -> Expectation | None:
    arguments = _called(name, call)
    return None if arguments is None else Expectation(arguments, value, truth=True)


def _called(name: str, node: ast.expr) -> Arguments | None:
    match node:
        case ast.Call(
            func=ast.Name(id=called) | ast.Attribute(attr=called), args=args, keywords=[]
        ):
            if called != name:
                return None
            try:
                return tuple(ast.literal_eval(argument) for argument in args)
            except (ValueError, TypeError, RecursionError, MemoryError):
                return None
    return None


def _arguments(text: str) -> Arguments | None:
    for end in (match.end() for match in re.finditer(r"\)", text)):
        call = parsed_expression(text[:end])
        if call is None:
            continue
        if not isinstance(call, ast.Call) or call.keywords or not call.args:
            return None
        try:
            return tuple(ast.literal_eval(argument) for argument in call.args)
        except (ValueError, TypeError, RecursionError, MemoryError):
            return None
    return None


def _scalars(value: Any) -> Iterator[Any]:
    if isinstance(value, list | tuple):
        for each in value:
            yield from _scalars(each)
    elif isinstance(value, dict):
        for key, each in value.items():
            yield from _scalars(key)
            yield from _scalars(each)
    else:
        yield value


def _with_variant(arguments: Arguments, chance: random.Random, pool: Sequence[Any]) -> Arguments:
    at = chance.randrange(len(arguments))
    return (*arguments[:at], _variant(arguments[at], chance, pool), *arguments[at + 1 :])


def _variant(value: Any, chance: random.Random, pool: Sequence[Any]) -> Any:
    match value:
        case bool():
            return not value
        case int():
            return chance.choice((value + 1, value - 1, -value, 2 * value, 0, 1, value + 10))
        case float():
            return chance.choice((value + 0.5, value - 1.0, -value, 2 * value, 0.0))
        case str():
            return chance.choice(_TEXTS)(value, _letter(pool, chance), chance)
        case list():
            return _sequence(value, chance, pool)
        case tuple():
            return tuple(_sequence(list(value), chance, pool))
        case dict() if value:
            key = chance.choice(list(value))
            if chance.random() < 0.3:
                return {k: v for k, v in value.items() if k != key}
            return {**value, key: _variant(value[key], chance, pool)}
        case _:
            return value


def _sequence(items: list[Any], chance: random.Random, pool: Sequence[Any]) -> list[Any]:
    if not items:
        return [chance.choice(pool)] if pool else []
    at = chance.randrange(len(items))
    changed = [*items[:at], _variant(items[at], chance, pool), *items[at + 1 :]]
    alike = [each for each in pool if type(each) is type(items[at])]
    more = chance.choice(alike) if alike else items[at]
    return chance.choice(
        (
            changed,
            changed,
            [*items[:at], *items[at + 1 :]],
            [*items[:at], more, *items[at:]],
            [*items, items[at]],
            items[::-1],
            chance.sample(items, len(items)),
        )
    )


def _letter(pool: Sequence[Any], chance: random.Random) -> str:
    letters = "".join(each for each in pool if isinstance(each, str))
    return chance.choice(letters) if letters else "a"


_TEXTS: tuple[Callable[[str, str, random.Random], str], ...] = (
    lambda text, letter, chance: text[:-1],
    lambda text, letter, chance: text[1:],
    lambda text, letter, chance: text[::-1],
    lambda text, letter, chance: text.swapcase(),
    lambda text, letter, chance: text + letter,
    lambda text, letter, chance: letter + text,
    lambda text, letter, chance: text + text,
    lambda text, letter, chance: "".join(chance.sample(text, len(text))),
    lambda text, letter, chance: _replaced(text, letter, chance),
)


def _replaced(text: str, letter: str, chance: random.Random) -> str:
    at = chance.randrange(len(text)) if text else 0
    return text[:at] + letter + text[at + 1 :]
