"""Compares what two versions of a function do on the same inputs (differential testing)."""

import ast
from collections.abc import Collection, Sequence

from assistant.probe.examples import Arguments
from assistant.probe.outcomes import Outcome
from assistant.repo.python_trees import parsed

_LONGEST_SHOWN = 80


def alike(first: Sequence[Outcome], second: Sequence[Outcome]) -> bool:
    """Whether two versions agree on every input for which both return a value.

    False if there is no such input.
    """
    pairs = zip(first, second, strict=False)
    same = [one == other for one, other in pairs if one.is_value and other.is_value]
    return bool(same) and all(same)


def broken(
    name: str,
    inputs: Sequence[Arguments],
    before: Sequence[Outcome],
    after: Sequence[Outcome],
    *,
    deliberate: Collection[str] = (),
) -> str:
    """Describes the shortest call that returned a value before and now raises an exception.

    Exceptions whose names are in `deliberate` do not count. Empty if there is no such call.
    """
    found = [
        f"{_call(name, arguments)} raises {now.text} instead of returning {_value(then)}"
        for arguments, then, now in zip(inputs, before, after, strict=False)
        if then.is_value and now.is_error and now.text not in deliberate
    ]
    return _shortened(min(found, key=len, default=""))


def difference(
    name: str, inputs: Sequence[Arguments], first: Sequence[Outcome], second: Sequence[Outcome]
) -> str:
    """Describes the shortest call for which two versions return different values."""
    found = [
        f"{_call(name, arguments)} returns {_value(one)} here, {_value(other)} there"
        for arguments, one, other in zip(inputs, first, second, strict=False)
        if one.is_value and other.is_value and one != other
    ]
    return _shortened(min(found, key=len, default="they do not return the same values"))


def raised_by(code: bytes) -> frozenset[str]:
    """The names of the exceptions that Python code raises explicitly."""
    tree = parsed(code)
    found = set()
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, ast.Raise):
            raised = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
            if isinstance(raised, ast.Name | ast.Attribute):
                found.add(raised.id if isinstance(raised, ast.Name) else raised.attr)
    return frozenset(found)


def _call(name: str, arguments: Arguments) -> str:
    return f"{name}({', '.join(map(repr, arguments))})"


def _value(outcome: Outcome) -> str:
    return f"{outcome.text} and leaves {outcome.effects}" if outcome.effects else outcome.text


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 1] + "…"
