"""Ranks files and units by their relevance to a task.

Evidence, strongest first: names and paths that the task mentions, its words in names and code
(BM25), references to and from units that scored, and recency in git as a tie-break. No I/O.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from assistant.repo.bm25 import Document, scores
from assistant.repo.files import decode_text, encode_text, split_lines
from assistant.repo.grammars import LANGUAGES
from assistant.repo.paths import is_test_path as is_test_path
from assistant.repo.units import DEFINITIONS, Unit, UnitKind
from assistant.repo.words import WORD_END, WORD_START, words

_MENTION = 3.0
"""Multiple of the best word score: a name in the task outranks any overlap of words."""
_PLAIN_MENTION = 0.1
"""For a name that is also an English word and is not written as code."""
_OWNER_MENTION = 0.75
"""For a part of a class that the task names."""
_PATH_MENTION = 2.0
NAMED = "named in the task"
"""The reason of a unit whose name the task contains."""
_PROPAGATED = 0.3
"""Share of a score that is propagated along references."""
_SEEDS = 50
"""Number of best units from which scores are propagated."""
_MAX_DEFINITIONS = 8
"""A name with more definitions is too ambiguous to follow."""

_NON_CODE_WEIGHT = 0.6
"""Weight of the word score for documents, data and loose statements."""
_TEST_WEIGHT = 0.5
"""Weight of the word score for tests, unless the task mentions tests."""

_NAME_WEIGHT = 4
_PATH_WEIGHT = 2


@dataclass(frozen=True, slots=True)
class RankedUnit:
    unit: Unit
    score: float
    """Comparable within one ranking only; 0 without any evidence."""
    reasons: tuple[str, ...]
    """The evidence for it, strongest first, worded for the user."""


@dataclass(frozen=True, slots=True)
class RankedFile:
    path: str
    score: float


def rank_units(
    task: str,
    files: Mapping[str, tuple[Sequence[Unit], str]],
    recency: Mapping[str, int],
) -> tuple[RankedUnit, ...]:
    """Every unit of the files, best first. `files` maps paths to units and text.

    A class is scored by its own lines, without those of its methods.
    """
    units = [unit for found, _ in files.values() for unit in found]
    if not units:
        return ()
    documents = [
        document for path, (found, text) in files.items() for document in _documents(found, text)
    ]
    query = Counter(words(task))
    found = scores(query, documents)
    top = max(found, default=0.0) or 1.0
    about_tests = re.search(r"\btests?\b", task, re.IGNORECASE) is not None
    tests = set() if about_tests else {path for path in files if is_test_path(path)}
    evidence: list[list[tuple[float, str]]] = []
    for unit, document, score in zip(units, documents, found, strict=True):
        reasons = _mentions(task, unit, top)
        if score > 0:
            weight = 1.0 if unit.kind in DEFINITIONS else _NON_CODE_WEIGHT
            weight *= _TEST_WEIGHT if unit.path in tests else 1.0
            shared = ", ".join(sorted(document.matched(query))[:4])
            reasons.append((score * weight, f"words in common: {shared}"))
        evidence.append(reasons)
    base = [sum(weight for weight, _ in reasons) for reasons in evidence]
    for index, (gain, source) in _propagated(units, base).items():
        evidence[index].append((gain, f"linked to {source} by a reference"))
    latest = len(recency)
    ranked = [
        RankedUnit(
            unit,
            sum(weight for weight, _ in reasons),
            tuple(reason for _, reason in sorted(reasons, reverse=True)),
        )
        for unit, reasons in zip(units, evidence, strict=True)
    ]
    ranked.sort(
        key=lambda each: (
            -each.score,
            is_test_path(each.unit.path),
            recency.get(each.unit.path, latest),
            each.unit.path,
            each.unit.start,
        )
    )
    return tuple(ranked)


def rank_files(
    task: str, sources: Mapping[str, bytes], recency: Mapping[str, int]
) -> tuple[RankedFile, ...]:
    """Files by the task's words, best first, without parsing: fast on thousands of files.

    A file with empty bytes in `sources` is scored by its path alone.
    """
    query = Counter(words(task))
    documents = [_file_document(path, data, query) for path, data in sources.items()]
    found = scores(query, documents)
    top = max(found, default=0.0) or 1.0
    ranked = []
    for path, score in zip(sources, found, strict=True):
        named = _mentions_path(task, path)
        weight = (_PATH_MENTION * top * 2 if named else 0.0) + score
        weight *= 0.5 if is_test_path(path) and not named else 1.0
        ranked.append(RankedFile(path, weight))
    latest = len(recency)
    ranked.sort(key=lambda each: (-each.score, recency.get(each.path, latest), each.path))
    return tuple(ranked)


def _documents(units: Sequence[Unit], text: str) -> list[Document]:
    lines = [decode_text(line) for line in split_lines(encode_text(text))]
    return [
        _unit_document(unit, _own_lines(unit, _nested(units, index), lines))
        for index, unit in enumerate(units)
    ]


def _nested(units: Sequence[Unit], index: int) -> Iterator[Unit]:
    """The units inside the one at `index`; they follow it in file order."""
    for at in range(index + 1, len(units)):
        if units[at].start > units[index].end:
            return
        yield units[at]


def _own_lines(unit: Unit, inner: Iterable[Unit], lines: Sequence[str]) -> str:
    """The unit's text without nested units, or its signature if the text was elided."""
    if unit.end > len(lines):
        return unit.signature
    hidden = {row for other in inner for row in range(other.start, other.end + 1)}
    rows = range(unit.start, unit.end + 1)
    return "".join(lines[row - 1] for row in rows if row not in hidden)


def _unit_document(unit: Unit, text: str) -> Document:
    counts = Counter(words(text))
    for word in words(unit.name):
        counts[word] += _NAME_WEIGHT
    for word in words(unit.path):
        counts[word] += _PATH_WEIGHT
    return Document(counts)


def _file_document(path: str, data: bytes, query: Iterable[str]) -> Document:
    """Count only the words of the query, as substrings, to avoid tokenizing whole repositories."""
    lower = data.lower()
    counts = Counter({word: lower.count(word.encode("utf-8", "replace")) for word in query})
    for word in words(path):
        counts[word] += _NAME_WEIGHT
    return Document(+counts, length=len(data) / 6)


def _mentions(task: str, unit: Unit, top: float) -> list[tuple[float, str]]:
    reasons = []
    if _mentions_path(task, unit.path):
        reasons.append((_PATH_MENTION * top, "its file is named in the task"))
    if unit.kind in (UnitKind.IMPORTS, UnitKind.CLASS_HEAD, UnitKind.FILE):
        return reasons
    owner, _, last = unit.name.partition("#")[0].rpartition(".")
    kind = owner.rpartition(".")[2]
    if kind and _mentions_name(task, kind) and (_as_code(task, kind) or not _is_prose(task, kind)):
        reasons.append((_OWNER_MENTION * top, f"a part of {owner}, which the task names"))
    if "." in unit.name and _mentions_name(task, unit.name.partition("#")[0]):
        reasons.append((_MENTION * top * 1.5, NAMED))
    elif last and _mentions_name(task, last):
        plain = _is_prose(task, last) and not _as_code(task, last)
        reasons.append((top * (_PLAIN_MENTION if plain else _MENTION), NAMED))
    return reasons


def _mentions_path(task: str, path: str) -> bool:
    """True if the task contains the path, or the file's name with its extension."""
    name = path.rpartition("/")[2]
    return _mentions_name(task, path) or ("." in name and _mentions_name(task, name))


def _mentions_name(task: str, name: str) -> bool:
    if name not in task:
        return False
    return re.search(rf"(?<!/){WORD_START}{re.escape(name)}{WORD_END}", task) is not None


def _is_prose(task: str, name: str) -> bool:
    """True if the name may be an English word there: in lower case, or capitalized only because it
    begins a sentence, as "Add" does."""
    if not name.isalpha():
        return False
    inside = rf"[^\s.:!?*-][^\S\n]+{WORD_START}{name}{WORD_END}"
    return name.islower() or (name.istitle() and re.search(inside, task) is None)


def _as_code(task: str, name: str) -> bool:
    """True if the word is written as code: quoted, called, or after a dot."""
    word = re.escape(name)
    return re.search(rf"[`'\".:]{word}{WORD_END}|{WORD_START}{word}[`'\"(]", task) is not None


def _propagated(units: Sequence[Unit], base: Sequence[float]) -> dict[int, tuple[float, str]]:
    """Gain and source by unit, propagated from the best units along references both ways."""
    best = sorted(range(len(units)), key=lambda index: -base[index])[:_SEEDS]
    seeds = [index for index in best if base[index] > 0]
    definitions = _definitions(units)
    gains: dict[int, tuple[float, str]] = {}
    for source, target, share in _links(units, seeds, definitions):
        gain = _PROPAGATED * base[source] * share
        if target != source and gain > gains.get(target, (0.0, ""))[0]:
            gains[target] = (gain, units[source].name)
    return gains


def _links(
    units: Sequence[Unit], seeds: Sequence[int], definitions: Mapping[str, Sequence[int]]
) -> Iterator[tuple[int, int, float]]:
    """Source, target and strength: full along a reference, half against it."""
    for seed in seeds:
        for name in units[seed].references:
            targets = definitions.get(name, ())
            yield from ((seed, target, 1 / len(targets)) for target in targets)
    named = {_last_name(units[seed]): seed for seed in reversed(seeds)}
    for index, unit in enumerate(units):
        for name in named.keys() & set(unit.references):
            if name in definitions:
                yield named[name], index, 0.5 / len(definitions[name])


def _definitions(units: Sequence[Unit]) -> dict[str, list[int]]:
    """Indices of the units that define a name, without names that have too many definitions."""
    found: dict[str, list[int]] = defaultdict(list)
    for index, unit in enumerate(units):
        if unit.kind in DEFINITIONS:
            found[_last_name(unit)].append(index)
    return {name: where for name, where in found.items() if len(where) <= _MAX_DEFINITIONS}


def _last_name(unit: Unit) -> str:
    return unit.name.partition("#")[0].rpartition(".")[2]


def near_paths(
    selected: Mapping[str, Sequence[Unit]], paths: Sequence[str], recency: Mapping[str, int]
) -> tuple[str, ...]:
    """Other paths by proximity to the selected ones: imports, matching tests, same folder."""
    modules = {
        _module_parts(reference)
        for units in selected.values()
        for unit in units
        if unit.kind is UnitKind.IMPORTS
        for reference in unit.references
    }
    folders = {path.rpartition("/")[0] for path in selected}
    names = {_bare_name(path) for path in selected}
    latest = len(recency)

    def distance(path: str) -> tuple[float, int, str]:
        parts = tuple(path.rpartition(".")[0].removesuffix("/__init__").split("/"))
        imported = any(module and parts[-len(module) :] == module for module in modules)
        near = 2.0 * imported + (_bare_name(path) in names) + (path.rpartition("/")[0] in folders)
        return (-near, recency.get(path, latest), path)

    return tuple(sorted((path for path in paths if path not in selected), key=distance))


def _module_parts(reference: str) -> tuple[str, ...]:
    """The parts of a module reference: `a.b`, `a::b`, `./a/b.js` and `a/b.h` all give (a, b)."""
    parts = tuple(part for part in re.split(r"[./\\:]+", reference) if part)
    return parts[:-1] if len(parts) > 1 and parts[-1] in LANGUAGES else parts


def _bare_name(path: str) -> str:
    """A file's name without its extension and test prefix or suffix."""
    name = path.rpartition("/")[2].partition(".")[0]
    return name.removeprefix("test_").removesuffix("_test").removesuffix("_spec")
