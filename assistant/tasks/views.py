"""Owns what the model reads and begins with when it writes a place, in one view or another.

The usual view shows the code as it is. A small model copies what it sees, so there are others: the
unit without its body, as if it had yet to be written; one in which the model says what has to
change before it writes; and one of nothing but the code and the instruction.
"""

import ast
import textwrap
from dataclasses import dataclass, replace

from assistant.context.bundle import Context
from assistant.engine.base import Message
from assistant.prompt.builder import (
    anew_messages,
    follow_messages,
    insert_messages,
    rewrite_messages,
)
from assistant.repo.units import Unit, UnitKind
from assistant.tasks.locate import Target

SHORT_CONTEXT = 500
"""Tokens of context up to which the unit's code is not repeated before the answer."""


@dataclass(frozen=True, slots=True)
class View:
    """The beginning of a request, from the system message to the answer's first lines."""

    messages: tuple[Message, ...]
    opening: str
    """Code that the answer begins with; empty, or whole lines."""
    reasons: bool = False
    """The model says what has to change before it writes code."""


def usual(
    context: Context, target: Target, text: str, task: str, notes: str, *, keep_signature: bool
) -> View:
    """The code as it is; the answer may be begun with its signature."""
    if target.adds:
        return View(insert_messages(context, task, target.file.path, notes), "")
    messages = _rewrite(context, target, text, task, notes)
    return View(messages, start_of(target.unit, text) if keep_signature else "")


def reasoned(context: Context, target: Target, text: str, task: str, notes: str) -> View:
    """The code as it is, and a sentence or two before the answer."""
    return View(_rewrite(context, target, text, task, notes, reasons=True), "", reasons=True)


def code_alone(target: Target, text: str, task: str, notes: str) -> View:
    """The unit and the task, and nothing of what else is in context."""
    return View(follow_messages(task, target.file.path, text, notes), "")


def _rewrite(
    context: Context, target: Target, text: str, task: str, notes: str, *, reasons: bool = False
) -> tuple[Message, ...]:
    return rewrite_messages(
        context,
        task,
        target.file,
        name=target.unit.name if target.unit else "",
        current=text if context.tokens > SHORT_CONTEXT else "",
        notes=notes,
        reasons=reasons,
    )


def without_body(context: Context, target: Target, text: str, task: str, notes: str) -> View | None:
    """The unit's signature and docstring only; None where it has no body that can be taken out."""
    unit = target.unit
    if unit is None or unit.kind not in (UnitKind.FUNCTION, UnitKind.METHOD) or target.adds:
        return None
    opening = start_of(unit, text)
    body = text.removeprefix(opening)
    if not opening or body == text or not body.strip():
        return None
    shown = next((file for file in context.files if file.path == target.file.path), None)
    if shown is None or shown.text.count(text) != 1:
        return None
    indent = body[: len(body) - len(body.lstrip())].rpartition("\n")[2]
    rest = "" if target.file.path.endswith((".py", ".pyi")) else body.splitlines()[-1]
    hidden = f"{opening}{indent}...\n{rest}".rstrip("\n")
    files = tuple(
        replace(file, text=file.text.replace(text, hidden)) if file is shown else file
        for file in context.files
    )
    seen = replace(context, files=files)
    return View(anew_messages(seen, task, shown.path, unit.name, notes), opening)


def start_of(unit: Unit | None, text: str) -> str:
    """What a rewrite begins with when only the body is wrong: signature and Python docstring."""
    if unit is None or not unit.signature.strip():
        return ""
    signature = unit.signature.rstrip("\n")
    lines = text.split("\n")
    count = len(signature.split("\n"))
    if not unit.path.endswith((".py", ".pyi")):
        return signature + "\n"
    try:
        node = ast.parse(textwrap.dedent(text)).body[0]
    except (SyntaxError, IndexError):
        return signature + "\n"
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return signature + "\n"
    if ast.get_docstring(node, clean=False) is not None:
        count = node.body[0].end_lineno or count
    return "\n".join(lines[:count]) + "\n"
