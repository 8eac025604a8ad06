"""Code that a candidate has beside the type to which it adds members: helpers, and methods that
stand outside of their type, as in Go, in C++ and in Rust's implementations of traits."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from assistant.intent.values import Intent
from assistant.proposal.lines import usual_end
from assistant.proposal.meant import is_meant, plain_name, words
from assistant.proposal.moving import leading, moved_code
from assistant.proposal.splice import insert_after, replace_unit
from assistant.repo.files import TextFile, encode_text, split_lines
from assistant.repo.grammars import LANGUAGES
from assistant.repo.parsing import units_of
from assistant.repo.reading import text_file
from assistant.repo.units import Unit, UnitKind, unit_text

_FUNCTIONS = (UnitKind.FUNCTION, UnitKind.METHOD)
_DEFINITIONS = (*_FUNCTIONS, UnitKind.CLASS)
_SCRIPT = re.compile(
    r"(?:export |default |declare |async |abstract )*"
    r"(?:function|class|interface|type|enum|const|let)\b"
)
_SPACES = re.compile(r"\b(?:namespace|module|mod)\b")
"""Heads of what holds types and functions alike."""


@dataclass(frozen=True, slots=True)
class Beside:
    """A definition that is no part of the type's body."""

    owner: str
    """The type of a method; empty for a helper."""
    name: str
    text: str


def taken_out(file: TextFile, owner: Unit, text: str) -> tuple[list[Beside], str]:
    """What stands beside the type in the text, as far as other code uses it, and what is left."""
    last = owner.name.rpartition(".")[2]
    read = text_file(file.path, encode_text(f"{text}\n"))
    top = list(_top(read))
    whole = any(_holds(read, unit, last) for unit in top)
    language = LANGUAGES.get(file.path.rpartition(".")[2].lower(), "")
    lines, known = text.split("\n"), words(file.text)
    found: list[Beside] = []
    gone: set[int] = set()
    for unit in top:
        rows = range(unit.start - 1, unit.end)
        others = "\n".join(line for row, line in enumerate(lines) if row not in rows)
        kind = _owner_of(unit, language, last)
        if not kind and (
            _holds(read, unit, last) or not (whole or _is_outside(unit, language, others))
        ):
            continue
        gone.update(rows)
        name = plain_name(unit).rpartition(".")[2]
        code = unit_text(text, unit)
        if unit.kind is UnitKind.BLOCK and (name in known or last in words(code)):
            continue  # what the file has, or a use of the type
        if kind == last or re.search(rf"(?<!\w){re.escape(name)}\b", others):
            found.append(Beside(kind, name, code))
    left = "\n".join(line for row, line in enumerate(lines) if row not in gone)
    return found, left.strip("\n")


def placed_beside(
    file: TextFile, owner: Unit, each: Beside, after: str, added: Collection[str], intent: Intent
) -> TextFile:
    """The file with a definition before the type, or with a method after those of its type.

    One that the file has is replaced where the task asks for it.
    """
    units = units_of(file)
    full = f"{each.owner}.{each.name}" if each.owner and " " not in each.name else each.name
    there = [unit for unit in units if f".{plain_name(unit)}".endswith(f".{full}")]
    if there:
        alone = len(there) == 1 and there[0].kind in _FUNCTIONS
        meant = alone and is_meant(file, there[0], each.text, added, intent)
        return text_file(file.path, replace_unit(file, there[0], each.text)) if meant else file
    owners = [unit for unit in units if unit.name.rpartition(".")[2] == each.owner]
    home = owner if not owners or owner.name.rpartition(".")[2] == each.owner else owners[0]
    if each.owner:
        methods = [
            unit
            for unit in units
            if unit.name.startswith(f"{home.name}.") and unit.start > home.end
        ]
        named = [unit for unit in methods if unit.name.rpartition(".")[2] == after]
        line = [*named, *methods[-1:], home][0].end
    else:
        around = [
            u
            for u in units
            if u.kind is UnitKind.CLASS and u.start <= owner.start and owner.end <= u.end
        ]
        home = next((unit for unit in around if not _SPACES.search(unit.signature)), owner)
        line = home.start - 1
    indent = leading(unit_text(file.text, home))
    new = insert_after(file, line, moved_code(file.path, each.text, indent))
    if not each.owner and "\n" not in each.text:  # a constant does not stick to the type
        lines = split_lines(new)
        new = b"".join([*lines[: line + 1], usual_end(lines), *lines[line + 1 :]])
    return text_file(file.path, new)


def _top(read: TextFile) -> Iterator[Unit]:
    """The definitions and constants outside of any definition."""
    stop = 0
    for unit in units_of(read):
        constant = unit.kind is UnitKind.BLOCK and unit.name.isidentifier()
        if (unit.kind in _DEFINITIONS or constant) and unit.start > stop:
            stop = unit.end
            yield unit


def _holds(read: TextFile, unit: Unit, last: str) -> bool:
    """Whether a unit is the type, its `impl`, or a namespace around it."""
    inside = [each for each in units_of(read) if unit.start <= each.start and each.end <= unit.end]
    names = (each.name.removeprefix("impl ") for each in inside if each.kind is UnitKind.CLASS)
    return any(name.rpartition(".")[2] == last for name in names)


def _owner_of(unit: Unit, language: str, last: str) -> str:
    """The type of a definition that belongs to one but stands outside of it."""
    if language == "rust" and unit.name.endswith(f" for {last}"):
        return last
    owner = plain_name(unit).rpartition(".")[0]
    return owner.rpartition(".")[2] if language in ("go", "cpp") else ""


def _is_outside(unit: Unit, language: str, others: str) -> bool:
    """Whether a definition beside bare members cannot be one of them."""
    code = [
        line
        for line in unit.signature.split("\n")
        if not line.startswith(("//", "/*", " *", "#", "@"))
    ]
    head = "\n".join(code)
    match language:
        case "go":
            return True
        case "javascript" | "typescript" | "tsx":
            return _SCRIPT.match(head) is not None
        case "rust":
            used = re.search(rf"(?<![\w.:]){re.escape(unit.name)}\b", others)
            item = re.match(r"(?:pub )?(?:const|static|fn|unsafe|async)\b", head)
            return unit.kind is UnitKind.CLASS or bool("self" not in head and item and used)
    return False
