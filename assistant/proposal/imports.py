"""Adds imports to a file: merged into its import block, without duplicates.

Python is read with its syntax tree. In other languages, the line goes after the last similar one.
Existing lines stay unchanged, except for a one-line `from x import y` that takes another name;
in parentheses with one name on each line, the name gets a line of its own.
"""

import ast
import bisect
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assistant.errors import ProposalError
from assistant.proposal.lines import line_end, usual_end
from assistant.repo.files import TextFile, encode_text, split_lines
from assistant.repo.python_trees import parsed

_BOM = b"\xef\xbb\xbf"
_WIDTH = 88
_HEADS = ("import ", "from ", "use ", "#include", "using ", "require", "source ", "package ")
_OPENINGS = ("#!", "//", "/*", "*", "--", ";")


@dataclass(frozen=True, slots=True, order=True)
class _Import:
    """One imported name: `import module as alias` or `from module import name as alias`."""

    group: int
    """0 __future__, 1 standard library, 2 installed, 3 relative: the usual order of blocks."""
    by_name: bool
    """False for `import module`, which sorts before `from`."""
    module: str
    name: str = ""
    alias: str = ""

    @property
    def text(self) -> str:
        renamed = f" as {self.alias}" if self.alias else ""
        if not self.by_name:
            return f"import {self.module}{renamed}"
        return f"from {self.module} import {self.name}{renamed}"


@dataclass(frozen=True, slots=True)
class _Statement:
    """A top-level import statement of the file. Lines are 0-based; the stop is exclusive."""

    start: int
    stop: int
    names: tuple[_Import, ...]


def add_imports(file: TextFile, lines: Sequence[str]) -> bytes:
    """Returns the file with these import lines added to its imports, without duplicates.

    Raises ProposalError when a line for a Python file is not an import.
    """
    mark = _BOM if file.data.startswith(_BOM) else b""
    old = split_lines(file.data.removeprefix(_BOM))
    end = usual_end(old)
    if not file.path.endswith((".py", ".pyi")):
        return mark + b"".join(_added_as_text(old, lines, end))
    wanted = [name for line in lines for name in _parsed(line)]
    tree = parsed(b"".join(old).decode("utf-8", "replace"))
    if tree is None:
        return mark + b"".join(_added_as_text(old, lines, end))
    for name in wanted:
        tree = parsed(b"".join(old).decode("utf-8", "replace")) or tree
        old = _with_import(old, tree, name, end)
    return mark + b"".join(old)


def _parsed(line: str) -> list[_Import]:
    tree = parsed(line.strip())
    statements = tree.body if tree else [ast.Pass()]
    names: list[_Import] = []
    for node in statements:
        if not isinstance(node, ast.Import | ast.ImportFrom):
            raise ProposalError(f"{line.strip()!r} is not an import.", hint="Try again.")
        names.extend(_names(node))
    return names


def _names(node: ast.Import | ast.ImportFrom) -> Iterator[_Import]:
    for alias in node.names:
        if isinstance(node, ast.Import):
            yield _Import(_group(alias.name), False, alias.name, alias=alias.asname or "")
        else:
            module = "." * node.level + (node.module or "")
            yield _Import(_group(module), True, module, alias.name, alias.asname or "")


def _group(module: str) -> int:
    if module == "__future__":
        return 0
    if module.startswith("."):
        return 3
    return 1 if module.partition(".")[0] in sys.stdlib_module_names else 2


def _statements(tree: ast.Module) -> list[_Statement]:
    return [
        _Statement(node.lineno - 1, node.end_lineno or node.lineno, tuple(_names(node)))
        for node in tree.body
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]


def _with_import(old: list[bytes], tree: ast.Module, name: _Import, end: bytes) -> list[bytes]:
    present = _statements(tree)
    if any(name in statement.names for statement in present):
        return old
    for statement in present:
        if merged := _merged(old, statement, name):
            return [*old[: statement.start], *merged, *old[statement.stop :]]
    line = name.text.encode() + end
    place = _position(present, name)
    if place is not None:
        at, lead, tail = place
        fresh = [end] * lead + [line] + [end] * tail
        head = old[:at]
        if head and not line_end(head[-1]):
            head[-1] += end
        return [*head, *fresh, *old[at:]]
    return _first_import(old, tree, line, end)


def _merged(old: Sequence[bytes], statement: _Statement, name: _Import) -> Sequence[bytes]:
    """The statement's lines with the name added; empty if it does not fit their layout."""
    same = name.by_name and all(n.by_name and n.module == name.module for n in statement.names)
    if not same or name.name == "*":
        return ()
    if statement.stop == statement.start + 1:
        return _merged_line(old[statement.start], statement, name)
    return _merged_column(old[statement.start : statement.stop], name)


def _merged_line(line: bytes, statement: _Statement, name: _Import) -> Sequence[bytes]:
    """A short line of plain names."""
    bare = line.removesuffix(line_end(line))
    if any(sign in bare for sign in (b"#", b"(", b"\\", b";", b"*")):
        return ()
    names = [*statement.names, name]
    if list(statement.names) == sorted(statement.names):
        names.sort()
    text = f"from {name.module} import {', '.join(map(_bound, names))}".encode()
    return (text + line_end(line),) if len(text) <= _WIDTH else ()


def _merged_column(lines: Sequence[bytes], name: _Import) -> Sequence[bytes]:
    """Parentheses with one name on each line, all with a comma."""
    head, *middle, last = lines
    pattern = re.compile(rb"(\s+)([\w. ]+),(\s*(?:#.*)?)$")
    found = [pattern.fullmatch(line.removesuffix(line_end(line))) for line in middle]
    if last.strip() != b")" or not head.rstrip().endswith(b"(") or not all(found):
        return ()
    names = [match[2].decode() for match in found if match]
    indent, end = next(match[1] for match in found if match), line_end(head)
    line = indent + _bound(name).encode() + b"," + end
    ordered = names == sorted(names)
    at = bisect.bisect(names, _bound(name)) if ordered else len(names)
    return (head, *middle[:at], line, *middle[at:], last)


def _bound(name: _Import) -> str:
    return f"{name.name} as {name.alias}" if name.alias else name.name


def _position(present: Sequence[_Statement], name: _Import) -> tuple[int, int, int] | None:
    """Where the import goes: its row, and the blank lines before and after it."""
    if not present:
        return None
    head = _leading(present)
    alike = [statement for statement in head if statement.names[0].group == name.group]
    if alike:
        later = next((statement for statement in alike if statement.names[0] > name), None)
        return (later.start if later else alike[-1].stop), 0, 0
    before = [statement for statement in head if statement.names[0].group < name.group]
    return (before[-1].stop, 1, 0) if before else (head[0].start, 0, 1)


def _leading(present: Sequence[_Statement]) -> list[_Statement]:
    """The imports at the top, up to the first block of other code."""
    head = [present[0]]
    for statement in present[1:]:
        if statement.start - head[-1].stop > 3:
            break
        head.append(statement)
    return head


def _first_import(old: list[bytes], tree: ast.Module, line: bytes, end: bytes) -> list[bytes]:
    """Adds the first import of a file, below the docstring or the comments at the top."""
    first = tree.body[0] if tree.body else None
    at = 0
    if first is not None and ast.get_docstring(tree, clean=False) is not None:
        at = first.end_lineno or 1
    else:
        while at < len(old) and old[at].startswith(b"#"):
            at += 1
    head, rest = old[:at], old[at:]
    if head and not line_end(head[-1]):
        head[-1] += end
    lead = [end] if head else []
    while head and rest and not rest[0].strip():
        lead = [end]
        del rest[0]
    definition = bool(rest) and rest[0].lstrip().startswith((b"def ", b"class ", b"@", b"async "))
    blank = sum(1 for _ in _blank_run(rest))
    tail = max(0, (2 if definition else 1) - blank) if rest else 0
    return [*head, *lead, line, *[end] * tail, *rest]


def _blank_run(lines: Sequence[bytes]) -> Iterator[bytes]:
    for line in lines:
        if line.strip():
            return
        yield line


def _added_as_text(old: list[bytes], lines: Sequence[str], end: bytes) -> list[bytes]:
    known = {line.strip() for line in old}
    wanted = [encode_text(line.strip()) for line in lines if line.strip()]
    fresh = [line + end for line in dict.fromkeys(wanted) if line not in known]
    heads = tuple(head.encode() for head in _HEADS)
    like = [row for row, line in enumerate(old) if line.startswith(heads)]
    at = like[-1] + 1 if like else 0
    while not like and at < len(old) and old[at].startswith(tuple(s.encode() for s in _OPENINGS)):
        at += 1
    if at and fresh and not line_end(old[at - 1]):
        old[at - 1] += end
    return [*old[:at], *fresh, *old[at:]]
