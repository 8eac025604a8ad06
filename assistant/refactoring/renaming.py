"""Renames a definition with everything that refers to it, without a model."""

import keyword
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from assistant.errors import ProposalError
from assistant.intent.values import Intent
from assistant.proposal.changes import Change
from assistant.refactoring.choosing import Wanted, chosen
from assistant.refactoring.python_definitions import PYTHON, definitions_in, family
from assistant.refactoring.python_references import python_references, word_of
from assistant.refactoring.python_resolver import Resolver
from assistant.refactoring.sources import Sources, looks_like_code, occurrences
from assistant.refactoring.tree_references import tree_references
from assistant.refactoring.values import MEMBERS, Definition, Found, Kind, Place, Sense
from assistant.repo.files import encode_text

_MOST_LISTED = 4
_IDENTIFIER = re.compile(r"[^\W\d][\w$]*|[$][\w$]*")


@dataclass(frozen=True, slots=True)
class Renamed:
    """A definition with its new name, and where the old one stands."""

    found: Found
    new: str
    mentions: bool
    """Whether comments, strings and documents are changed, too."""

    @property
    def edited(self) -> tuple[Place, ...]:
        senses = (Sense.REFERENCE, Sense.BY_NAME)
        return self.found.of(*senses, Sense.MENTION) if self.mentions else self.found.of(*senses)

    @property
    def summary(self) -> str:
        """What was renamed and what was left, in a sentence."""
        found = self.found
        sure = found.of(Sense.REFERENCE, Sense.BY_NAME)
        parts = [f"{_count(sure, 'reference')} renamed"]
        if by_name := found.of(Sense.BY_NAME):
            parts[0] += f", {len(by_name)} of them because nothing else has this name"
        if mentions := found.of(Sense.MENTION):
            done = "changed" if self.mentions else "left"
            parts.append(f"{_count(mentions, 'mention')} in text {done}")
        if unsure := found.of(Sense.UNCERTAIN):
            parts.append(f"{_count(unsure, 'use')} left that may be meant: {_listed(unsure)}")
        if found.skipped:
            parts.append(f"left, as it does not parse: {', '.join(found.skipped)}")
        return "; ".join(parts)


def rename(
    sources: Sources, intent: Intent, selected: Sequence[str], cache: Path, each: Callable[[], None]
) -> tuple[Renamed, ...]:
    """What the task renames; empty where one of its names is not defined in the repository.

    `each` is called once for every file that is searched. Raises ProposalError where a name may
    mean several definitions, or the new one is taken or is no name.
    """
    pairs = [(one, chosen(sources, Wanted(one, intent, selected))) for one in intent.renamings]
    resolver = Resolver(sources, cache)
    renamed: list[Renamed] = []
    for renaming, definition in pairs:
        if definition is None:
            return ()
        new = _new_name(sources, definition, renaming.new)
        if not new:
            return ()
        search = python_references if definition.path.endswith(PYTHON) else tree_references
        found = search(sources, resolver, definition, each)
        mentions = _mentions(sources, found)
        places = tuple(sorted((*found.places, *mentions), key=lambda one: (one.path, one.start)))
        wanted = intent.wants_mentions
        renamed.append(Renamed(Found(definition, places, found.skipped), new, wanted))
    return tuple(renamed)


def changes_of(sources: Sources, renamed: Sequence[Renamed]) -> tuple[Change, ...]:
    """The files as they are after all the renames, by path."""
    edits: dict[str, dict[int, tuple[int, str]]] = {}
    moved: dict[str, str] = {}
    for each in renamed:
        word = word_of(each.found.definition)
        name = each.new
        if each.found.definition.kind is Kind.MODULE:
            moved[each.found.definition.path] = each.new
            name = each.new.rpartition("/")[2].rpartition(".")[0]
        for place in each.edited:
            edits.setdefault(place.path, {})[place.start] = (len(word), place.prefix + name)
    changes = []
    for path in sorted(edits.keys() | moved.keys()):
        file = sources.file(path)
        if file is None:
            continue
        new = encode_text(_edited(file.text, edits.get(path, {})))
        if path in moved:
            changes.append(Change(moved[path], file.data, new, renamed_from=path))
        else:
            changes.append(Change(path, file.data, new))
    return tuple(changes)


def _edited(text: str, edits: dict[int, tuple[int, str]]) -> str:
    for start in sorted(edits, reverse=True):
        length, name = edits[start]
        text = f"{text[:start]}{name}{text[start + length :]}"
    return text


def _new_name(sources: Sources, definition: Definition, new: str) -> str:
    """The new last name, or the new path of a module; empty where more than a name changes.

    Raises ProposalError where it is no name, or taken.
    """
    if definition.kind is Kind.MODULE:
        return _new_path(sources, definition, new)
    *owner, word = re.split(r"\.|::|#", new)
    if owner and owner[-1] != definition.owner.rpartition(".")[2]:
        return ""  # it moves
    python = definition.path.endswith(PYTHON)
    if not _IDENTIFIER.fullmatch(word) or (python and keyword.iskeyword(word)):
        raise ProposalError(f"{word} cannot be a name.", hint="Give another name.")
    if python:
        _refuse_taken(sources, definition, word)
    return word


def _refuse_taken(sources: Sources, definition: Definition, word: str) -> None:
    owner = definition.owner.rpartition(".")[2]
    related = family(sources, owner, word_of(definition)) if definition.kind in MEMBERS else ()
    for file in sources.with_word(word, PYTHON):
        for each in definitions_in(file, word):
            beside = each.path == definition.path and each.owner == definition.owner
            member = each.kind in MEMBERS and each.owner.rpartition(".")[2] in related
            if beside or member:
                raise ProposalError(
                    f"{each.label} exists already.", hint="Give another name, or remove it first."
                )


def _new_path(sources: Sources, definition: Definition, new: str) -> str:
    folder, _, name = definition.path.rpartition("/")
    suffix = f".{name.rpartition('.')[2]}"
    at, _, last = new.rpartition("/")
    stem = last.removesuffix(suffix).rpartition(".")[2]
    if (at and at != folder) or not stem.isidentifier():
        return ""  # it moves
    path = f"{folder}/{stem}{suffix}" if folder else f"{stem}{suffix}"
    if path in sources.paths:
        raise ProposalError(f"{path} exists already.", hint="Give another name.")
    return path


def _mentions(sources: Sources, found: Found) -> list[Place]:
    """Where files that were not searched mention the name as one of the code."""
    word = word_of(found.definition)
    searched = {place.path for place in found.places} | set(found.skipped)
    family_of = PYTHON if found.definition.path.endswith(PYTHON) else ()
    places: list[Place] = []
    for file in sources.with_word(word):
        if file.path in searched or file.path.endswith(family_of or ("\0",)):
            continue
        for start, line, _ in occurrences(file.text, word):
            if looks_like_code(file.text, start, word):
                places.append(Place(file.path, start, line, Sense.MENTION))
    return places


def _count(places: Sequence[Place], noun: str) -> str:
    files = len({place.path for place in places})
    return f"{len(places)} {noun}{'s' * (len(places) != 1)} in {files} file{'s' * (files != 1)}"


def _listed(places: Sequence[Place]) -> str:
    labels = ", ".join(place.label for place in places[:_MOST_LISTED])
    return f"{labels}, …" if len(places) > _MOST_LISTED else labels
