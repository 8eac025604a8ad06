"""Inserts members into a type: methods, properties, fields and variants.

The answer may be the bare members, or the whole type with them in it; only what the type does not
have yet is inserted, and every other line of the file stays.
"""

import ast
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assistant.errors import ProposalError
from assistant.proposal.imports import add_imports
from assistant.proposal.omissions import refuse_placeholders
from assistant.proposal.splice import insert_after
from assistant.proposal.tree_members import insert_tree_members
from assistant.repo.files import TextFile
from assistant.repo.parsing import units_of
from assistant.repo.python_trees import parsed
from assistant.repo.reading import text_file
from assistant.repo.units import Unit, UnitKind, unit_text

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True, slots=True)
class _Statement:
    """A statement of a Python class."""

    name: str
    """With the decorator's ending for setters and deleters; the code itself without a name."""
    text: str
    is_field: bool


def insert_members(
    file: TextFile, owner: Unit, code: str, after: str = "", *, private: bool = False
) -> bytes:
    """The file with the members of `code` that `owner` lacks, after their like or a named member.

    Raises ProposalError when `code` has nothing new for the type.
    """
    refuse_placeholders(file.text, code, owner.label)
    if not code.strip():
        raise ProposalError("The candidate is empty.", hint="Try again, or say more exactly what.")
    if not file.path.endswith((".py", ".pyi")):
        text = _with_first_indent(code, python=False)
        return insert_tree_members(file, owner, text, after, private=private)
    indent = _member_indent(file, owner)
    text = textwrap.dedent(_with_first_indent(code, python=True))
    fresh, imports = _fresh(file, owner, text)
    if not fresh:
        raise ProposalError(
            f"The candidate adds nothing to {owner.name}.",
            hint="Say what to add, by name, or change an existing member.",
        )
    for fields in (True, False):
        block = [each.text for each in fresh if each.is_field is fields]
        if block:
            moved = "\n".join([""] * (not fields) + [""]).join(
                _moved(each, indent) for each in block
            )
            line = _line(file, owner.name, after, fields=fields)
            file = text_file(file.path, insert_after(file, line, moved))
    return add_imports(file, imports) if imports else file.data


def _fresh(file: TextFile, owner: Unit, text: str) -> tuple[list[_Statement], tuple[str, ...]]:
    """The members in the text that the class does not have, and the imports beside them."""
    tree = parsed(text)
    if tree is None:
        raise ProposalError("The candidate does not parse.", hint="Try again.")
    own = textwrap.dedent(unit_text(file.text, owner))
    now = parsed(own)
    known = {each.name for each in _statements(own, now.body if now else [], owner.name)}
    imports = tuple(
        ast.unparse(node) for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)
    )
    found = _statements(text, tree.body, owner.name)
    return [each for each in found if each.name not in known], imports


def _statements(text: str, nodes: Sequence[ast.stmt], owner: str) -> Iterator[_Statement]:
    """The named statements, of the class in them if there is one."""
    last = owner.rpartition(".")[2]
    classes = [node for node in nodes if isinstance(node, ast.ClassDef) and node.name == last]
    lines = text.split("\n")
    for node in classes[0].body if classes else nodes:
        name = _name(node)
        if not name:
            continue
        decorators = node.decorator_list if isinstance(node, (*_FUNCTIONS, ast.ClassDef)) else []
        start = min([node.lineno, *(each.lineno for each in decorators)])
        while start > 1 and lines[start - 2].lstrip().startswith("#"):
            start -= 1
        code = "\n".join(lines[start - 1 : node.end_lineno])
        yield _Statement(name, code, isinstance(node, ast.Assign | ast.AnnAssign))


def _name(node: ast.stmt) -> str:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            endings = [e.attr for e in node.decorator_list if isinstance(e, ast.Attribute)]
            return ".".join([node.name, *(e for e in endings if e in ("setter", "deleter"))])
        case ast.ClassDef():
            return node.name
        case ast.Assign(targets=[target]) | ast.AnnAssign(target=target):
            return ast.unparse(target)
    return ""


def _line(file: TextFile, owner: str, after: str, *, fields: bool) -> int:
    """The line after which members go: of the named one, of the fields, or of the whole class."""
    units = {unit.name: unit for unit in units_of(file)}
    named = units.get(f"{owner}.{after}")
    head = units.get(f"{owner} head")
    if named is not None:
        return named.end
    if fields and head is not None:
        return head.end
    return units[owner].end


def _member_indent(file: TextFile, owner: Unit) -> str:
    """The indentation of a member."""
    lines = file.text.splitlines()
    inside = [unit for unit in units_of(file) if unit.kind is UnitKind.METHOD]
    inside = [unit for unit in inside if unit.name.rpartition(".")[0] == owner.name]
    if inside:
        return _indent_of(lines[inside[0].start - 1])
    own = _indent_of(lines[owner.start - 1])
    below = [line for line in lines[owner.start : owner.end] if line.strip()]
    deeper = [_indent_of(line) for line in below if len(_indent_of(line)) > len(own)]
    return min(deeper, key=len, default=own + ("\t" if "\n\t" in file.text else "    "))


def _moved(text: str, indent: str) -> str:
    """The text at another indentation; lines inside of strings that are not indented stay."""
    own = _indent_of(text.split("\n", 1)[0])
    lines = [(line.removeprefix(own), line.startswith(own)) for line in text.split("\n")]
    return "\n".join(indent + line if line.strip() and moved else line for line, moved in lines)


def _with_first_indent(code: str, *, python: bool) -> str:
    """The code with the indentation that its first line lost: the others are still indented."""
    lines = code.strip("\n").split("\n")
    rest = [line for line in lines[1:] if line.strip()]
    if not rest or _indent_of(lines[0]):
        return code
    indents = sorted((_indent_of(line) for line in rest), key=len)
    lost = indents[0]
    if python:
        flat = lines[0].lstrip().startswith(("@", "#"))
        lost = lost if flat else lost[: len(lost) // 2] if len(lost) >= 8 else ""
    elif not rest[-1].lstrip().startswith(("}", "end", ")")) or _indent_of(rest[-1]) != lost:
        lost = ""
    return "\n".join([lost + lines[0], *lines[1:]])


def _indent_of(line: str) -> str:
    return line[: len(line) - len(line.lstrip(" \t"))]
