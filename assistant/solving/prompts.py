"""The prompt variants for writing a target.

The usual prompt shows the current code. Small models tend to copy what they see, so there are
variants: the unit without its body, as if it were unwritten; a prompt that asks for reasons before
the code; and one with nothing but the code and the instruction. Unwritten code can also be
completed as a file of its repository, without a chat.
"""

import ast
import textwrap
from dataclasses import dataclass, replace

from assistant.context.bundle import Context, ContextFile
from assistant.context.render import shown
from assistant.engine.base import Message, SourceFile
from assistant.prompt.builder import (
    continued_files,
    follow_messages,
    insert_messages,
    member_messages,
    rewrite_messages,
    sent_back_notes,
    unwritten_messages,
)
from assistant.proposal.unwritten import holds_unwritten
from assistant.repo.python_trees import parsed
from assistant.repo.units import DEFINITIONS, Unit, UnitKind
from assistant.solving.redrawing import Again
from assistant.solving.values import Target, TargetKind

SHORT_CONTEXT = 500
"""Tokens of context up to which the prompt does not repeat the code of the unit."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """The start of a request, from the system message to the first lines of the answer."""

    messages: tuple[Message, ...]
    opening: str
    """Whole lines of code that the answer starts with; may be empty."""
    reasons: bool = False
    """The model explains the change before it writes code."""
    files: tuple[SourceFile, ...] = ()
    """Files to complete instead of messages; the answer then has no code fence."""
    stop: tuple[str, ...] = ()
    """Stop strings for an answer without a code fence."""

    @property
    def texts(self) -> tuple[str, ...]:
        """All text that the model reads, except the opening."""
        return (
            *(message.content for message in self.messages),
            *(f"{file.path}\n{file.text}" for file in self.files),
        )


def usual(
    context: Context, target: Target, text: str, task: str, notes: str, *, fixing: bool
) -> Prompt:
    """Shows the current code. For a fix, the answer opens with signature and docstring."""
    if target.kind is TargetKind.MEMBER and target.unit is not None:
        return Prompt(member_messages(context, task, target.path, target.unit.name, notes), "")
    if target.adds:
        return Prompt(insert_messages(context, task, target.path, notes), "")
    messages = _rewrite(context, target, text, task, notes)
    return Prompt(messages, start_of(target.unit, text) if fixing else "")


def reasoned(context: Context, target: Target, text: str, task: str, notes: str) -> Prompt:
    """Shows the current code, and asks for a sentence or two before the answer."""
    return Prompt(_rewrite(context, target, text, task, notes, reasons=True), "", reasons=True)


def code_alone(target: Target, text: str, task: str, notes: str) -> Prompt:
    """Shows only the unit and the task, without the rest of the context."""
    return Prompt(follow_messages(task, target.path, text, notes), "")


def corrected(context: Context, again: Again, task: str) -> Prompt:
    """Shows the code with the lines that were sent back, and asks for the correction."""
    notes = sent_back_notes(again.path, again.rejected, again.reason)
    return Prompt(_again(context, again, task, again.code, notes), "")


def sent_back(context: Context, again: Again, task: str) -> Prompt:
    """Shows the code as it was before those lines; asks for the task, knowing what was wrong."""
    notes = sent_back_notes(again.path, again.rejected, again.reason)
    return Prompt(_again(context, again, task, again.code_before, notes), "")


def _again(context: Context, again: Again, task: str, code: str, notes: str) -> tuple[Message, ...]:
    file = context.file(again.path) or ContextFile(again.path, "", (), 0)
    name = again.unit.name if again.unit else ""
    return rewrite_messages(context, task, file, name=name, current=code, notes=notes)


def _rewrite(
    context: Context, target: Target, text: str, task: str, notes: str, *, reasons: bool = False
) -> tuple[Message, ...]:
    near = context.tokens <= SHORT_CONTEXT and not _is_hidden(context, target, text)
    return rewrite_messages(
        context,
        task,
        target.file,
        name=target.unit.name if target.unit else "",
        current="" if near else text,
        notes=notes,
        reasons=reasons,
    )


def _is_hidden(context: Context, target: Target, text: str) -> bool:
    """Whether the context does not show the code: not its part of a large file, or not the file."""
    file = context.file(target.path)
    return file is None or (not file.whole and text not in shown(file.text))


def without_body(
    context: Context, target: Target, text: str, task: str, notes: str
) -> Prompt | None:
    """Shows only signature and docstring of the unit; None if its body cannot be removed."""
    unit = target.unit
    if unit is None or unit.kind not in (UnitKind.FUNCTION, UnitKind.METHOD) or target.adds:
        return None
    opening = start_of(unit, text)
    body = text.removeprefix(opening)
    if not opening or body == text or not body.strip():
        return None
    file = context.file(target.path)
    if file is None:
        return None
    if file.text.count(text) != 1 and not _is_hidden(context, target, text):
        return None
    indent = body[: len(body) - len(body.lstrip())].rpartition("\n")[2]
    rest = "" if target.path.endswith((".py", ".pyi")) else body.splitlines()[-1]
    hidden = f"{opening}{indent}...\n{rest}".rstrip("\n")
    files = tuple(
        replace(each, text=each.text.replace(text, hidden)) if each is file else each
        for each in context.files
    )
    seen = replace(context, files=files)
    return Prompt(unwritten_messages(seen, task, file.path, unit.name, notes), opening)


def continued(context: Context, target: Target, text: str, task: str) -> Prompt | None:
    """Completes unwritten Python code as the next file of a repository.

    None if the text has no unwritten definition, or cannot be found in its file.
    """
    path = target.path
    if target.unit is not None:
        file = context.file(path)
        return _continued_unit(context, path, file.text if file else "", text, task)
    opening = _first_head(text)
    files = continued_files(context, task, path, before="")
    return Prompt((), opening, files=files, stop=_ENDS) if opening else None


def finished(context: Context, path: str, answer: str, text: str, task: str) -> Prompt | None:
    """Completes a definition that a candidate left without a body, in the candidate's file.

    The original file is not shown, because the model would copy its missing bodies. None if `text`
    has no unwritten definition, or cannot be found.
    """
    others = tuple(file for file in context.files if file.path != path)
    return _continued_unit(replace(context, files=others), path, answer, text, task)


def _continued_unit(context: Context, path: str, code: str, text: str, task: str) -> Prompt | None:
    """Completes a file from the body of one of its definitions."""
    opening = _first_head(text)
    if not opening or code.count(text) != 1:
        return None
    indent = opening[: len(opening) - len(opening.lstrip())]
    levels = dict.fromkeys((indent, ""))
    stop = tuple(f"\n{level}{word}" for level in levels for word in _DEFINING)
    files = continued_files(context, task, path, before=code.partition(text)[0])
    return Prompt((), opening, files=files, stop=(*stop, *_ENDS))


_DEFINING = ("def ", "async def ", "class ", "@")
_ENDS = ("\nif __name__", "\nprint(", "\n```")
"""Stop strings for the end of the code: its use, or the end of a fenced example."""

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def _first_head(text: str) -> str:
    """Code up to the body of the first unwritten definition, including its docstring.

    Empty if there is no such definition.
    """
    plain = textwrap.dedent(text)
    tree = parsed(plain)
    definitions = (node for node in (tree.body if tree else ()) if isinstance(node, _DEFINITIONS))
    first = next(filter(holds_unwritten, definitions), None)
    if first is None:
        return ""
    lines = text.split("\n")
    inside = first.body[0]
    if ast.get_docstring(first, clean=False) is not None and inside.lineno > first.lineno:
        return "\n".join(lines[: inside.end_lineno]) + "\n"
    decorators = inside.decorator_list if isinstance(inside, _DEFINITIONS) else []
    start = min([inside.lineno, *(each.lineno for each in decorators)])
    line = plain.split("\n")[start - 1].encode()[: inside.col_offset].decode()
    if line.strip():  # the body is on the same line as the head
        indent = lines[start - 1][: len(lines[start - 1]) - len(lines[start - 1].lstrip())]
        return "\n".join([*lines[: start - 1], indent + line.strip()]) + "\n"
    while lines[start - 2].lstrip().startswith("#") or not lines[start - 2].strip():
        start -= 1
    return "\n".join(lines[: start - 1]) + "\n"


def start_of(unit: Unit | None, text: str) -> str:
    """The opening of a rewrite that only changes the body: signature and Python docstring.

    Empty for statements, which have no body.
    """
    if unit is None or unit.kind not in DEFINITIONS or not unit.signature.strip():
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
