"""Inserts members into a type: methods, properties and fields of a class, struct or interface.

The answer may be the bare members, or the whole type with them in it; only what the type does not
have yet is inserted, and every other line of the file stays.
"""

import ast
import re
import textwrap
from collections.abc import Sequence

from assistant.errors import ProposalError
from assistant.proposal.omissions import refuse_placeholders
from assistant.proposal.splice import add_imports, insert_after
from assistant.repo.files import TextFile
from assistant.repo.languages import language_of
from assistant.repo.parsing import units_of
from assistant.repo.python_trees import parsed
from assistant.repo.reading import text_file
from assistant.repo.units import Unit, UnitKind, unit_text

_ACCESS = re.compile(r"^\s*(?:private|protected)\b\s*:?\s*$", re.MULTILINE)
"""A line after which members are not public."""
_OUTSIDE = ("go",)
"""Languages that define methods outside their type."""


def insert_members(file: TextFile, owner: Unit, code: str, after: Unit | None = None) -> bytes:
    """The file with the members of `code` that `owner` lacks, after a member or the last one.

    Raises ProposalError when `code` has nothing new for the type.
    """
    refuse_placeholders(file.text, code, owner.label)
    if not code.strip():
        raise ProposalError("The candidate is empty.", hint="Try again, or say more exactly what.")
    language = language_of(file.path)
    outside = language in _OUTSIDE
    home = owner if outside else _home(file, owner)
    members = members_of(file, owner)
    fresh, imports = _fresh(file, home, code, members)
    if not fresh:
        raise ProposalError(
            f"The candidate adds nothing to {owner.name}.",
            hint="Say what to add, by name, or change an existing member.",
        )
    indent = "" if outside else _member_indent(file, home, members)
    block = "\n\n".join(_moved(each, indent) for each in fresh)
    head = _field_head(file, owner, fresh)
    if head is not None:
        line = head.end
    elif language == "rust" and home is owner and not members:
        block, line = f"impl {owner.name} {{\n{block}\n}}", owner.end
    else:
        anchor = after or _anchor(file, home, members, outside=outside)
        line = anchor.end if anchor is not None else _last_line(file, home, outside=outside)
    data = insert_after(file, line, block)
    return add_imports(text_file(file.path, data), imports) if imports else data


def _field_head(file: TextFile, owner: Unit, fresh: Sequence[str]) -> Unit | None:
    """The head of a Python class, after which fields go; None for anything else."""
    fields = file.path.endswith((".py", ".pyi")) and all(map(_is_assignment, fresh))
    heads = [unit for unit in units_of(file) if unit.name == f"{owner.name} head"]
    return heads[0] if fields and heads else None


def _is_assignment(text: str) -> bool:
    tree = parsed(textwrap.dedent(text))
    return tree is not None and all(isinstance(n, ast.Assign | ast.AnnAssign) for n in tree.body)


def members_of(file: TextFile, owner: Unit) -> tuple[Unit, ...]:
    """The methods of a type, in file order, wherever the language has them."""
    name = _bare(owner.name)
    return tuple(
        unit
        for unit in units_of(file)
        if unit.kind is UnitKind.METHOD and unit.name.rpartition(".")[0] in (owner.name, name)
    )


def _bare(name: str) -> str:
    """The type's name, of an `impl` block too."""
    return re.sub(r"^impl (?:\w+ for )?", "", name)


def _home(file: TextFile, owner: Unit) -> Unit:
    """The unit into which members go: in Rust the inherent `impl`, else the type itself."""
    if owner.name.startswith("impl "):
        return owner
    return next((u for u in units_of(file) if u.name == f"impl {owner.name}"), owner)


def _fresh(
    file: TextFile, home: Unit, code: str, members: Sequence[Unit]
) -> tuple[list[str], tuple[str, ...]]:
    """The texts of the members in `code` that are not there yet, and its imports."""
    known = {unit.name.rpartition(".")[2] for unit in members}
    text = textwrap.dedent(code.strip("\n"))
    bare = text_file(file.path, f"{text}\n".encode("utf-8", "surrogateescape"))
    units = units_of(bare)
    imports = tuple(unit_text(text, unit) for unit in units if unit.kind is UnitKind.IMPORTS)
    outside = language_of(file.path) in _OUTSIDE
    if not outside and any(_is_type(unit, home) for unit in units):
        inside = [unit for unit in units if _inside(unit, units, home)]
        return [unit_text(text, u) for u in inside if _last(u) not in known], imports
    if file.path.endswith((".py", ".pyi")) or outside:
        kinds = (UnitKind.FUNCTION, UnitKind.METHOD, *((UnitKind.BLOCK,) if not outside else ()))
        top = [u for u in units if u.kind in kinds]
        top = [u for u in top if not any(_contains(o, u) for o in top if o is not u)]
        return [unit_text(text, u) for u in top if _last(u) not in known], imports
    return _wrapped(file, home, text, known), ()


def _wrapped(file: TextFile, home: Unit, text: str, known: set[str]) -> list[str]:
    """The new members of text that is only a piece of a type's body, read inside of the type."""
    lines = unit_text(file.text, home).split("\n")
    head, last = home.signature.rstrip("\n"), lines[-1].strip()
    if last in ("", head.strip()):
        last = "}"
    whole = f"{head.split(chr(10))[-1]}\n{text}\n{last}\n"
    read = text_file(file.path, whole.encode("utf-8", "surrogateescape"))
    units = units_of(read)
    inside = [unit for unit in units if unit.kind is UnitKind.METHOD]
    found = [unit_text(read.text, unit) for unit in inside]
    if not found:
        return [text]
    return [t for t, unit in zip(found, inside, strict=True) if _last(unit) not in known]


def _is_type(unit: Unit, home: Unit) -> bool:
    return unit.kind is UnitKind.CLASS and _bare(unit.name).split(".")[-1] in (
        _bare(home.name).split(".")[-1],
    )


def _inside(unit: Unit, units: Sequence[Unit], home: Unit) -> bool:
    owners = [each for each in units if _is_type(each, home)]
    return unit.kind is UnitKind.METHOD and any(_contains(owner, unit) for owner in owners)


def _contains(outer: Unit, inner: Unit) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end and outer is not inner


def _last(unit: Unit) -> str:
    return unit.name.rpartition(".")[2]


def _anchor(file: TextFile, home: Unit, members: Sequence[Unit], *, outside: bool) -> Unit | None:
    """The member after which others go: the last public one."""
    if outside:
        return members[-1] if members else None
    inside = [unit for unit in members if home.start <= unit.start and unit.end <= home.end]
    if not inside:
        return None
    first = _access_line(file, home, inside[0].start)
    public = [unit for unit in inside if not first or unit.end < first]
    return public[-1] if public else inside[-1]


def _access_line(file: TextFile, home: Unit, start: int) -> int:
    """The first line, 1-based, below `start` that begins a private part; 0 without one."""
    lines = file.text.splitlines()
    for number in range(start, min(home.end, len(lines)) + 1):
        if _ACCESS.match(lines[number - 1]):
            return number
    return 0


def _member_indent(file: TextFile, home: Unit, members: Sequence[Unit]) -> str:
    """The indentation of a member."""
    lines = file.text.splitlines()
    inside = [unit for unit in members if home.start < unit.start <= home.end]
    if inside:
        return _indent_of(lines[inside[0].start - 1])
    own = _indent_of(lines[home.start - 1])
    below = [line for line in lines[home.start : home.end - 1] if line.strip()]
    deeper = [_indent_of(line) for line in below if len(_indent_of(line)) > len(own)]
    if deeper:
        return min(deeper, key=len)
    return own + ("\t" if "\n\t" in file.text else "    ")


def _last_line(file: TextFile, home: Unit, *, outside: bool) -> int:
    """The line after which a type without methods gets its first."""
    if outside or file.path.endswith((".py", ".pyi")):
        return home.end
    return home.end - 1


def _moved(text: str, indent: str) -> str:
    """The text at another indentation, relative to its own lines."""
    first = next((line for line in text.split("\n") if line.strip()), "")
    own = _indent_of(first)
    lines = [(line.removeprefix(own), line.startswith(own)) for line in text.split("\n")]
    return "\n".join(indent + line if line.strip() and moved else line for line, moved in lines)


def _indent_of(line: str) -> str:
    return line[: len(line) - len(line.lstrip(" \t"))]
