"""Inserts new definitions into a file, from a candidate that may repeat what is there.

What it repeats stays as it is, unless the task mentions it. So "add a function normalize and use
it in load" changes `load`, and a shortened copy of a class changes nothing.
"""

import re
import textwrap
from collections.abc import Collection, Hashable, Iterator, Mapping

from assistant.errors import ProposalError
from assistant.intent.values import AdditionKind, Intent
from assistant.proposal.assemble import insert
from assistant.proposal.imports import add_imports
from assistant.proposal.meant import is_meant, plain_name, words
from assistant.proposal.members import insert_members
from assistant.proposal.omissions import refuse_placeholders
from assistant.proposal.splice import replace_unit
from assistant.proposal.tree_members import without_imports
from assistant.repo.files import TextFile, encode_text
from assistant.repo.grammars import LANGUAGES
from assistant.repo.parsing import units_of
from assistant.repo.reading import text_file
from assistant.repo.units import Unit, UnitKind, unit_text

_FUNCTIONS = (UnitKind.FUNCTION, UnitKind.METHOD)
_DEFINITIONS = (*_FUNCTIONS, UnitKind.CLASS)
_OVERLOADING = ("cpp", "java")
_PYTHON = (".py", ".pyi")
_UNNAMED = re.compile(r"(?:.*\.)?block \d+|docstring|__main__")


def insert_new(file: TextFile, after: Unit | None, code: str, intent: Intent) -> bytes:
    """The file with what `code` adds to it, after a unit or at the end.

    Functions of the file are replaced if the task mentions them; its lists of exports, and heads
    of types that the task mentions, if they only grow. A type of the file gets the methods that
    the task mentions or the rest of the code uses. Raises ProposalError for a placeholder, and
    when nothing is added or changed.
    """
    refuse_placeholders(file.text, code, file.path)
    text = textwrap.dedent(code.strip("\n"))
    imports: tuple[str, ...] = ()
    if not file.path.endswith(_PYTHON):
        text, imports = without_imports(file.path, text)
    read = text_file(file.path, encode_text(f"{text}\n"))
    there = {_key(unit): unit for unit in units_of(file)}
    fresh = _fresh(file, read, there)
    new = text_file(file.path, insert(file, after, fresh, intent) if fresh.strip() else file.data)
    defined = units_of(text_file(file.path, encode_text(fresh)))
    added = {_name(unit) for unit in defined if unit.kind in _DEFINITIONS}
    for unit in units_of(read):
        old = there.get(_key(unit))
        if old is not None and _is_meant(file, old, read, unit, added, intent):
            new = text_file(file.path, _replaced(new, old, unit_text(read.text, unit), unit))
    for owner, members in _members(read, there, fresh, intent):
        new = text_file(file.path, insert_members(new, _named(new, owner), members))
    if new.data == file.data:
        raise ProposalError(
            f"The candidate adds nothing to {file.path}.",
            hint="Say what to add, by name, or change an existing definition.",
        )
    return add_imports(new, imports) if imports else new.data


def _key(unit: Unit) -> Hashable:
    """What two definitions of the same thing have in common: the name; of overloads, the head."""
    suffix = unit.path.rpartition(".")[2].lower()
    if unit.kind not in _FUNCTIONS or LANGUAGES.get(suffix) not in _OVERLOADING:
        return unit.name
    lines = (line.strip() for line in unit.signature.rstrip(" {\n").split("\n"))
    code = "".join(line for line in lines if not line.startswith(("//", "/*", "*", "@")))
    return unit.name.partition("#")[0], "".join(code.split())


def _name(unit: Unit) -> str:
    return plain_name(unit).rpartition(".")[2]


def _fresh(file: TextFile, read: TextFile, there: Mapping[Hashable, Unit]) -> str:
    """The code without what the file has."""
    lines = {*file.text.splitlines(), ""}
    gone: set[int] = set()
    stop = 0
    for unit in units_of(read):
        if unit.start <= stop:
            continue  # inside of the one before
        stop = unit.end
        old = there.get(_key(unit))
        text = unit_text(read.text, unit)
        known = old is not None and (
            unit.kind in _DEFINITIONS or _grows(unit_text(file.text, old), text)
        )
        if known or (unit.kind not in _DEFINITIONS and lines.issuperset(text.split("\n"))):
            gone.update(range(unit.start, unit.end + 1))
    rows = enumerate(read.text.split("\n"), start=1)
    return "\n".join(line for row, line in rows if row not in gone).strip("\n")


def _is_meant(
    file: TextFile, old: Unit, read: TextFile, unit: Unit, added: Collection[str], intent: Intent
) -> bool:
    """Whether the task asks for a change of what the file has to what the code has."""
    text = unit_text(read.text, unit)
    if unit.kind in _FUNCTIONS:
        return is_meant(file, old, text, added, intent)
    if unit.kind is UnitKind.CLASS:
        return intent.mentions(_name(unit)) and _grows(old.signature, unit.signature)
    named = unit.kind is UnitKind.BLOCK and not _UNNAMED.fullmatch(unit.name)
    return named and _grows(unit_text(file.text, old), text)


def _members(
    read: TextFile, there: Mapping[Hashable, Unit], fresh: str, intent: Intent
) -> Iterator[tuple[str, str]]:
    """Types of the file with the code of methods that they lack and that are needed."""
    units = units_of(read)
    own_task = {each.name for each in intent.additions if each.kind is not AdditionKind.FUNCTION}
    for owner in units:
        if owner.kind is not UnitKind.CLASS or _key(owner) not in there:
            continue
        inside = [
            each
            for each in units
            if each.kind in _FUNCTIONS and owner.start <= each.start and each.end <= owner.end
        ]
        texts = [
            unit_text(read.text, each)
            for each in inside
            if _key(each) not in there and _name(each) not in own_task
            if intent.mentions(_name(each)) or _name(each) in words(fresh)
        ]
        if texts:
            yield owner.name, "\n\n".join(map(textwrap.dedent, texts))


def _replaced(file: TextFile, old: Unit, text: str, unit: Unit) -> bytes:
    now = _named(file, old.name)
    if unit.kind is UnitKind.CLASS:
        text = unit_text(file.text, now).replace(now.signature, unit.signature, 1)
    return replace_unit(file, now, text)


def _named(file: TextFile, name: str) -> Unit:
    return next(unit for unit in units_of(file) if unit.name == name)


def _grows(old: str, new: str) -> bool:
    """Whether all that the old text says is in the new one, and more."""
    return words(old) < words(new)
