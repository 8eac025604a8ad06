"""Removes functions that a candidate adds without being asked and that cannot work.

Small models keep writing after they are done: helpers that nothing calls, some of which use
undefined names. The requested code is no worse for them, so the helpers are removed and the
candidate is kept. Functions that could work stay, for the user to judge.
"""

import ast
from collections.abc import Iterable

from assistant.checks.names import undefined_names
from assistant.intent.values import NEUTRAL, Intent
from assistant.repo.files import split_lines
from assistant.repo.python_trees import parsed

_Function = ast.FunctionDef | ast.AsyncFunctionDef


def without_broken_surplus(old: bytes | None, new: bytes, intent: Intent = NEUTRAL) -> bytes:
    """Removes top-level functions of a Python file that are new, unused, not named by the task,
    and that use undefined names."""
    tree, before = parsed(new), parsed(old or b"")
    if tree is None or before is None:
        return new
    broken = undefined_names(new) - undefined_names(old or b"")
    had = {node.name for node in before.body if isinstance(node, _Function)}
    added = {
        node.name: node
        for node in tree.body
        if isinstance(node, _Function) and node.name not in had | intent.names
    }
    wanted = [node for node in tree.body if getattr(node, "name", "") not in added]
    used = _reached(wanted, added)
    unused = {name: node for name, node in added.items() if name not in used}
    bad: set[str] = set()
    while worse := {name for name, node in unused.items() if _uses(node) & (broken | bad)} - bad:
        bad |= worse
    return _without(new, [unused[name] for name in bad])


def _reached(wanted: Iterable[ast.stmt], added: dict[str, _Function]) -> set[str]:
    """The added functions that other code uses, directly or through each other."""
    used: set[str] = set()
    waiting = list(wanted)
    while waiting:
        fresh = (_uses(waiting.pop()) & added.keys()) - used
        used |= fresh
        waiting += [added[name] for name in fresh]
    return used


def _uses(node: ast.stmt) -> set[str]:
    """Names that a statement reads, and its strings, which may name exports."""
    found = set()
    for each in ast.walk(node):
        if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load):
            found.add(each.id)
        elif isinstance(each, ast.Constant) and isinstance(each.value, str):
            found.add(each.value)
    return found


def _without(data: bytes, nodes: Iterable[_Function]) -> bytes:
    """Removes functions and the blank lines above them."""
    lines = split_lines(data)
    for node in sorted(nodes, key=lambda each: each.lineno, reverse=True):
        start = min([node.lineno, *(each.lineno for each in node.decorator_list)]) - 1
        while start and not lines[start - 1].strip():
            start -= 1
        del lines[start : node.end_lineno]
    return b"".join(lines)
