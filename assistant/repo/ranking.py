"""Owns the order in which files and units are worth looking at for a task.

Evidence in order of strength: names and paths that the task mentions, its words in names and code
(BM25), references to and from what scored, recency in git as a tie-break. Pure: reads nothing.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from assistant.repo.bm25 import Document, scores
from assistant.repo.files import decode_text, encode_text, split_lines
from assistant.repo.grammars import LANGUAGES
from assistant.repo.paths import is_test_path as is_test_path
from assistant.repo.units import Unit, UnitKind
from assistant.repo.words import words

_MENTION = 3.0
"""Times the best word score: what the task names outranks what only sounds like it."""
_PLAIN_MENTION = 0.1
"""For a name that is also an English word, written without any sign of code around it."""
_PATH_MENTION = 2.0
_PROPAGATED = 0.3
"""Share of a score that goes along references."""
_SEEDS = 50
"""Best units from which scores are propagated."""
_AMBIGUOUS = 8
"""A name defined in more places says nothing about which is meant."""

_CODE = (UnitKind.FUNCTION, UnitKind.METHOD, UnitKind.CLASS)
_OTHER = 0.6
"""Of the word score, what counts for documents, data and loose statements."""
_TESTS = 0.5
"""Likewise for tests, where the task does not speak of tests."""

_NAME_WEIGHT = 4
_PATH_WEIGHT = 2


@dataclass(frozen=True, slots=True)
class RankedUnit:
    unit: Unit
    score: float
    """Comparable within one ranking only; 0 when nothing speaks for it."""
    reasons: tuple[str, ...]
    """What speaks for it, strongest first, in words for the user."""


@dataclass(frozen=True, slots=True)
class RankedFile:
    path: str
    score: float
    reasons: tuple[str, ...]


def rank_units(
    task: str,
    files: Mapping[str, tuple[Sequence[Unit], str]],
    recency: Mapping[str, int],
) -> tuple[RankedUnit, ...]:
    """Every unit of the files, best first. `files` gives units and text by path.

    A class is judged by its own lines, without those of its methods.
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
            weight = 1.0 if unit.kind in _CODE else _OTHER
            weight *= _TESTS if unit.path in tests else 1.0
            reasons.append((score * weight, _in_common(query, document)))
        evidence.append(reasons)
    base = [sum(weight for weight, _ in reasons) for reasons in evidence]
    for index, (gain, source) in _propagated(units, base).items():
        evidence[index].append((gain, f"tied to {source} by reference"))
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
    """Files by the task's words, best first, without parsing them: fast on thousands of files.

    A file that is not in `sources` with its content can stand there with empty bytes, and is then
    judged by its path.
    """
    query = Counter(words(task))
    documents = [_file_document(path, data, query) for path, data in sources.items()]
    found = scores(query, documents)
    top = max(found, default=0.0) or 1.0
    ranked = []
    for path, document, score in zip(sources, documents, found, strict=True):
        reasons = [(_PATH_MENTION * top * 2, "named in the task")] if _names(task, path) else []
        if score > 0:
            reasons.append((score, _in_common(query, document)))
        weight = sum(weight for weight, _ in reasons)
        weight *= 0.5 if is_test_path(path) and not _names(task, path) else 1.0
        ranked.append(RankedFile(path, weight, tuple(reason for _, reason in reasons)))
    latest = len(recency)
    ranked.sort(key=lambda each: (-each.score, recency.get(each.path, latest), each.path))
    return tuple(ranked)


def _in_common(query: Mapping[str, int], document: Document) -> str:
    return "words in common: " + ", ".join(sorted(document.matched(query))[:4])


def _documents(units: Sequence[Unit], text: str) -> list[Document]:
    lines = [decode_text(line) for line in split_lines(encode_text(text))]
    return [
        _unit_document(unit, _own_lines(unit, _inside(units, index), lines))
        for index, unit in enumerate(units)
    ]


def _inside(units: Sequence[Unit], index: int) -> Iterator[Unit]:
    """The units in the one at `index`: they follow it in the order of the file."""
    for at in range(index + 1, len(units)):
        if units[at].start > units[index].end:
            return
        yield units[at]


def _own_lines(unit: Unit, inner: Iterable[Unit], lines: Sequence[str]) -> str:
    """The unit's text without the units inside it; its signature where the text was elided."""
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
    """Counts only the words asked for, as substrings: no tokenizing of whole repositories."""
    lower = data.lower()
    counts = Counter({word: lower.count(word.encode("utf-8", "replace")) for word in query})
    for word in words(path):
        counts[word] += _NAME_WEIGHT
    return Document(+counts, length=len(data) / 6)


def _mentions(task: str, unit: Unit, top: float) -> list[tuple[float, str]]:
    reasons = []
    if _names(task, unit.path):
        reasons.append((_PATH_MENTION * top, "its file is named in the task"))
    if unit.kind in (UnitKind.IMPORTS, UnitKind.CLASS_HEAD, UnitKind.FILE):
        return reasons
    last = _last_name(unit)
    if "." in unit.name and _written(task, unit.name.partition("#")[0]):
        reasons.append((_MENTION * top * 1.5, "named in the task"))
    elif last and _written(task, last):
        plain = last.islower() and last.isalpha() and not _as_code(task, last)
        reasons.append((top * (_PLAIN_MENTION if plain else _MENTION), "named in the task"))
    return reasons


def _names(task: str, path: str) -> bool:
    """True when the task writes the path, or the file's name with its extension."""
    name = path.rpartition("/")[2]
    return _written(task, path) or ("." in name and _written(task, name))


def _written(task: str, name: str) -> bool:
    if name not in task:
        return False
    return re.search(rf"(?<![\w/]){re.escape(name)}(?!\w)", task) is not None


def _as_code(task: str, name: str) -> bool:
    """True when the word is written as code: quoted, called, or behind a dot."""
    word = re.escape(name)
    return re.search(rf"[`'\".:]{word}\b|\b{word}[`'\"(]", task) is not None


def _propagated(units: Sequence[Unit], base: Sequence[float]) -> dict[int, tuple[float, str]]:
    """What units gain from the best ones: those they refer to, and those that refer to them."""
    best = sorted(range(len(units)), key=lambda index: -base[index])[:_SEEDS]
    seeds = [index for index in best if base[index] > 0]
    definitions = _definitions(units)
    gains: dict[int, tuple[float, str]] = {}
    for source, target, share in _ties(units, seeds, definitions):
        gain = _PROPAGATED * base[source] * share
        if target != source and gain > gains.get(target, (0.0, ""))[0]:
            gains[target] = (gain, units[source].name)
    return gains


def _ties(
    units: Sequence[Unit], seeds: Sequence[int], definitions: Mapping[str, Sequence[int]]
) -> Iterator[tuple[int, int, float]]:
    """Source, target and strength: along a reference in full, against it by half."""
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
    """Where a name is defined; names with too many definitions are left out."""
    found: dict[str, list[int]] = defaultdict(list)
    for index, unit in enumerate(units):
        if unit.kind in _CODE:
            found[_last_name(unit)].append(index)
    return {name: places for name, places in found.items() if len(places) <= _AMBIGUOUS}


def _last_name(unit: Unit) -> str:
    return unit.name.partition("#")[0].rpartition(".")[2]


def near_paths(
    selected: Mapping[str, Sequence[Unit]], paths: Sequence[str], recency: Mapping[str, int]
) -> tuple[str, ...]:
    """Other paths by nearness to the selected ones: imported, same name as a test, same folder."""
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
    """`a.b`, `a::b`, `./a/b.js` and `a/b.h` are all a and b."""
    parts = tuple(part for part in re.split(r"[./\\:]+", reference) if part)
    return parts[:-1] if len(parts) > 1 and parts[-1] in LANGUAGES else parts


def _bare_name(path: str) -> str:
    """A file's name without its extension and the marks of a test."""
    name = path.rpartition("/")[2].partition(".")[0]
    return name.removeprefix("test_").removesuffix("_test").removesuffix("_spec")
