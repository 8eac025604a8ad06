"""Whether the task asks for a change of a definition that a candidate writes again."""

import re
from collections.abc import Collection

from assistant.intent.additions import is_after
from assistant.intent.values import AdditionKind, Intent
from assistant.proposal.layout import only_layout
from assistant.proposal.pieces import same_code
from assistant.proposal.unwritten import is_unwritten
from assistant.repo.files import TextFile, encode_text
from assistant.repo.units import Unit, unit_text

_PYTHON = (".py", ".pyi")
_CONSTRUCTORS = ("__init__", "constructor", "initialize", "new")


def is_meant(file: TextFile, unit: Unit, text: str, added: Collection[str], intent: Intent) -> bool:
    """Whether the text changes a function of the file as the task asks.

    A function that the task mentions is meant; a method only if its name cannot be prose, or if it
    uses one of the names that are `added`. A constructor is meant if it sets a field that the task
    adds. A stub never is.
    """
    before = unit_text(file.text, unit)
    if _is_same(file.path, before, text) or _is_stub(file.path, text):
        return False
    used = words(text) - words(before)
    fields = {each.name for each in intent.additions if each.kind is AdditionKind.FIELD}
    owner, _, name = plain_name(unit).rpartition(".")
    if name in (*_CONSTRUCTORS, owner.rpartition(".")[2]) and used & fields:
        return True
    if not intent.mentions(name):
        return False
    certain = not owner or name in intent.code_names
    return (certain and not is_after(intent.text, name)) or bool(used.intersection(added))


def plain_name(unit: Unit) -> str:
    """The qualified name, without what tells setters and overloads apart."""
    return re.sub(r"(?:#\d+|\.setter|\.deleter)$", "", unit.name)


def words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text))


def _is_same(path: str, old: str, new: str) -> bool:
    if path.endswith(_PYTHON):
        return same_code(old, new)
    return only_layout(path, encode_text(old), encode_text(new))


def _is_stub(path: str, text: str) -> bool:
    if path.endswith(_PYTHON):
        return is_unwritten(text)
    body = text.partition("{" if "{" in text else "\n")[2]
    return not words(body) - {"end"}
