"""Feeds the units of real files through splicing as if a model had answered with them.

An answer that repeats its unit must change nothing, and one with a single other line must change
exactly that line of the file.
"""

import ast
import random
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import cast

from tree_sitter import Node, Parser

from assistant.context.bundle import ContextFile
from assistant.context.render import shown
from assistant.errors import AssistantError
from assistant.intent.values import NEUTRAL
from assistant.repo.files import (
    FileEntry,
    FileState,
    Operation,
    Snapshot,
    TextFile,
    split_lines,
)
from assistant.repo.grammars import LANGUAGES, language, node_types
from assistant.repo.parsing import units_of
from assistant.repo.python_trees import parsed
from assistant.repo.reading import text_file
from assistant.repo.units import Unit, UnitKind
from assistant.solving.request import Workspace
from assistant.solving.splicing import spliced
from assistant.solving.values import Draft, Earlier, Target

DEFINED = (UnitKind.FUNCTION, UnitKind.METHOD, UnitKind.CLASS)
SMALL = 250
"""Lines up to which a file is also fed as one answer."""
_NUMBERS = node_types(
    "number int_literal integer_literal decimal_integer_literal number_literal integer"
)
_WORDS = node_types("string_fragment string_content interpreted_string_literal_content")
_NAMES = node_types("identifier field_identifier property_identifier type_identifier")


@dataclass(frozen=True, slots=True)
class Trial:
    """One answer and what is wrong with its result."""

    label: str
    what: str
    """unchanged, altered, inserted, or dedented; `file` before it for a whole file."""
    reason: str = ""
    """Empty when the result is right."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line to write: in place of the line at a 0-based row, or before it."""

    row: int
    data: bytes
    replaces: bool
    inside: int = -1
    """Row of the definition to whose body the line belongs; -1 for any."""


def trials(file: TextFile, most: int = 1_000_000) -> Iterator[Trial]:
    """Tries up to `most` units of a file, chosen at random but always the same."""
    lines = split_lines(file.data)
    choices = random.Random(file.path)
    altered, inserted = _changes(file, lines)
    units = [unit for unit in units_of(file) if unit.kind in DEFINED]
    for unit in units if len(units) <= most else choices.sample(units, most):
        yield from _unit_trials(file, lines, unit, altered, inserted, choices)
    if 0 < len(lines) <= SMALL:
        yield _tried(file, None, "file unchanged", lines, None)
        if altered:
            yield _tried(file, None, "file altered", lines, choices.choice(altered))


def _unit_trials(
    file: TextFile,
    lines: Sequence[bytes],
    unit: Unit,
    altered: Sequence[Line],
    inserted: Sequence[Line],
    choices: random.Random,
) -> Iterator[Trial]:
    yield _tried(file, unit, "unchanged", lines, None)
    inside = [line for line in altered if unit.start - 1 <= line.row < unit.end]
    if inside:
        line = choices.choice(inside)
        yield _tried(file, unit, "altered", lines, line)
        if _can_be_dedented(file, lines, unit):
            yield _tried(file, unit, "dedented", lines, line)
    inside = [line for line in inserted if unit.start <= line.row < unit.end]
    inside = [line for line in inside if line.inside < 0 or line.inside >= unit.start - 1]
    if inside:
        yield _tried(file, unit, "inserted", lines, choices.choice(inside))


def _tried(
    file: TextFile, unit: Unit | None, what: str, lines: Sequence[bytes], line: Line | None
) -> Trial:
    start, stop = (unit.start - 1, unit.end) if unit else (0, len(lines))
    wanted = list(lines)
    if line is not None:
        wanted[line.row : line.row + line.replaces] = [line.data]
        stop += not line.replaces
    text = shown(text_file(file.path, b"".join(wanted[start:stop])).text).removesuffix("\n")
    if what == "dedented":
        text = textwrap.dedent(text)
    target = Target(ContextFile(file.path, file.text, (), 0), unit)
    label = unit.label if unit else file.path
    try:
        workspace = cast(Workspace, SimpleNamespace(repository=_Repository(file)))
        change = spliced(workspace, Draft(target, text), Earlier(), NEUTRAL, tidy=True)
    except AssistantError as error:
        right = line is None and error.message.startswith("The candidate changes nothing")
        return Trial(label, what, "" if right else error.message)
    if line is None:
        return Trial(label, what, f"changes {_difference(lines, change.new)}")
    if change.new != b"".join(wanted):
        return Trial(label, what, f"also changes {_difference(wanted, change.new)}")
    return Trial(label, what)


@dataclass(frozen=True, slots=True)
class _Repository:
    """Of one file."""

    file: TextFile
    root: Path = Path()

    def text(self, path: str) -> TextFile:
        return self.file

    def snapshot(self) -> Snapshot:
        entry = FileEntry(self.file.path, FileState.TRACKED, len(self.file.data))
        return Snapshot(self.root, "", "", Operation.NONE, (entry,))


def _difference(wanted: Sequence[bytes], found: bytes | None) -> str:
    new = split_lines(found or b"")
    at = next((n for n, (a, b) in enumerate(zip(wanted, new, strict=False)) if a != b), -1)
    if at < 0:
        at = min(len(wanted), len(new))
    return f"line {at + 1}: {wanted[at : at + 2]} became {new[at : at + 2]}"


def _can_be_dedented(file: TextFile, lines: Sequence[bytes], unit: Unit) -> bool:
    """Whether an answer can do without the unit's indentation and still say the same."""
    first = lines[unit.start - 1]
    indent = first[: len(first) - len(first.lstrip())]
    own = [line for line in lines[unit.start - 1 : unit.end] if line.strip()]
    if not indent or not all(line.startswith(indent) for line in own):
        return False
    return not any(b'"""' in line or b"'''" in line or b"`" in line for line in own) and not any(
        line.rstrip(b"\r\n").endswith(b"\\") for line in own
    )


def _changes(file: TextFile, lines: Sequence[bytes]) -> tuple[list[Line], list[Line]]:
    """Lines that can be written otherwise, and lines that can be added."""
    suffix = file.path.rpartition(".")[2]
    if suffix in ("py", "pyi"):
        tree = parsed(file.data)
        return (_python_altered(tree, lines), _python_inserted(tree, lines)) if tree else ([], [])
    name = LANGUAGES.get(suffix)
    if name is None:
        return [], []
    root = Parser(language(name)).parse(file.data).root_node
    return _tree_changes(root, lines)


def _python_altered(tree: ast.Module, lines: Sequence[bytes]) -> list[Line]:
    formatted = {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr)
        for part in ast.walk(node)
    }
    found = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or id(node) in formatted:
            continue
        row, end = node.lineno - 1, node.end_col_offset or 0
        if node.end_lineno != node.lineno or row >= len(lines):
            continue
        line = lines[row]
        written = line[node.col_offset : end]
        if isinstance(node.value, int) and written.isdigit() and written != b"0":
            found.append(Line(row, line[:end] + b"7" + line[end:], True))
        elif isinstance(node.value, str | bytes) and written[-1:] in (b"'", b'"'):
            last = end - (3 if written[-3:] in (b"'''", b'"""') else 1)
            found.append(Line(row, line[:last] + b" x" + line[last:], True))
    return [line for line in found if _parses_with(line, lines)]


def _parses_with(line: Line, lines: Sequence[bytes]) -> bool:
    return b"\\" not in line.data and not any(byte > 127 for byte in line.data)


def _python_inserted(tree: ast.Module, lines: Sequence[bytes]) -> list[Line]:
    found = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        last = node.body[-1]
        decorators = getattr(last, "decorator_list", [])
        row = min([last.lineno, *(each.lineno for each in decorators)]) - 1
        line = lines[row]
        indent = line[: len(line) - len(line.lstrip(b" \t"))]
        plain = not line[: last.col_offset - 1].strip() and node.lineno - 1 < row
        if plain and indent and not lines[row - 1].rstrip().endswith(b"\\"):
            end = line[len(line.rstrip(b"\r\n")) :] or b"\n"
            found.append(Line(row, indent + b"_ = 0" + end, False, node.lineno - 1))
    return found


def _tree_changes(root: Node, lines: Sequence[bytes]) -> tuple[list[Line], list[Line]]:
    altered: dict[int, Line] = {}
    inserted = []
    pending = [root]
    while pending:
        node = pending.pop()
        pending += node.children
        row, end = node.end_point
        if node.start_point.row != row or row >= len(lines):
            continue
        line, text = lines[row], node.text or b""
        number = node.type in _NUMBERS and text.isdigit() and text != b"0"
        if number or (node.type in _WORDS and text.isalnum()):
            altered[row] = Line(row, line[:end] + b"7" + line[end:], True)
        elif node.type in _NAMES and not node.children:
            altered.setdefault(row, Line(row, line[:end] + b"7" + line[end:], True))
        if node.type == "expression_statement" and line.strip() == text:
            inserted.append(Line(row, line, False))
    return list(altered.values()), inserted
