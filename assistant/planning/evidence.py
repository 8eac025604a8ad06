"""Evidence that a file changes with a task, as numbers between 0 and about 1.

No I/O and no model: `weights.py` makes a probability of it.
"""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from assistant.intent.reading import read_intent
from assistant.planning.facts import FileFacts, Role, is_entry
from assistant.planning.graph import Graph
from assistant.repo.bm25 import Document, scores
from assistant.repo.words import WORD_END, WORD_START, spaced, words

Features = Mapping[str, float]
"""Values by name; a name that is missing counts as 0."""

_HYPHENATED = re.compile(r"\b\w+(?:-\w+)+\b")
_SUBJECT_WEIGHT = 2
"""The first line of a task says what it is about; the others explain."""


_COMPARED = ("size", "importers", "uses a name", "defines a name", "uses a compound")
"""Evidence that also counts relative to the file that has most of it."""


@dataclass(frozen=True, slots=True)
class Query:
    """The words of a task."""

    text: str
    stems: Mapping[str, int]
    names: Mapping[str, float]
    """What may be an identifier, with a weight: 1 for what is written as code."""
    head: frozenset[str]
    """Stems of the first line."""


def read_query(task: str) -> Query:
    """The words of a task, for `measure`."""
    first = next((line for line in task.splitlines() if line.strip()), "")
    counts = Counter(words(task))
    for stem in words(first):
        counts[stem] += _SUBJECT_WEIGHT - 1
    text = spaced(task)
    names = {name: 0.3 for name in re.findall(r"[^\W\d]\w{2,}", text)}
    for match in _HYPHENATED.finditer(text):
        names[match[0].replace("-", "_")] = names[match[0].replace("-", "")] = 0.5
    for name in read_intent(task).code_names:
        names[name] = 1.0
    for name in re.findall(r"[`'\"]\.?([^\W\d]\w+)[`'\"(]|\.([^\W\d]\w+)\b", text):
        names["".join(name)] = 1.0
    for name in re.findall(r"\b(?:[A-Z]+[a-z]+[A-Z]\w*|\w+_\w+)\b", text):
        names[name] = 1.0
    return Query(task, counts, names, frozenset(words(first)))


def measure(query: Query, files: Sequence[FileFacts], graph: Graph) -> list[dict[str, float]]:
    """The evidence for each file from the task's words alone, in the order of the files."""
    whole = _shares(scores(query.stems, [Document(file.stems) for file in files]))
    code = [Document(chunk) for file in files for chunk in file.chunks]
    best: list[float] = []
    found = iter(scores(query.stems, code))
    for file in files:
        best.append(max((next(found) for _ in file.chunks), default=0.0))
    chunk = _shares(best)
    defined, used = _name_weights(query, files)
    compounds = _compounds(query, files)
    sources = math.log10(1 + sum(file.role is Role.SOURCE for file in files)) / 3
    entries = float(any(is_entry(file.path) for file in files))
    ranks = [_reciprocal_ranks(files, each) for each in (whole, chunk)]
    measured = []
    for at, file in enumerate(files):
        features = {
            "words": whole[at],
            "words of a definition": chunk[at],
            "rank by words": ranks[0][at],
            "rank by a definition": ranks[1][at],
            "defines a name": defined[at],
            "uses a name": used[at],
            "size": math.log10(1 + file.size) / 5,
            "importers": math.log2(1 + len(graph.importers.get(file.path, ()))) / 5,
            "private": float(file.stem.startswith("_")),
            "package": float(file.path.rpartition("/")[2] == "__init__.py"),
            "uses a compound": compounds[at][0],
            "defines a compound": compounds[at][1],
            "sources": sources,
            "entries": entries,
        }
        measured.append(features | _path_features(query, file))
    _relative(files, measured)
    return measured


def _shares(values: Sequence[float]) -> list[float]:
    top = max(values, default=0.0) or 1.0
    return [value / top for value in values]


def _reciprocal_ranks(files: Sequence[FileFacts], values: Sequence[float]) -> list[float]:
    """1 for the best file of a role, 1/2 for the next ..."""
    found = [0.0] * len(files)
    for role in Role:
        order = sorted(
            (at for at, file in enumerate(files) if file.role is role and values[at] > 0),
            key=lambda at: -values[at],
        )
        for rank, at in enumerate(order, start=1):
            found[at] = 1 / rank
    return found


def _name_weights(query: Query, files: Sequence[FileFacts]) -> tuple[list[float], list[float]]:
    """How specifically each file defines, and uses, a name of the task."""
    definers: Counter[str] = Counter()
    users: Counter[str] = Counter()
    wanted = query.names.keys()
    for file in files:
        if file.role in (Role.SOURCE, Role.STUB):
            definers.update(file.defined & wanted)
            users.update(file.names.keys() & wanted)
    defined, used = [], []
    for file in files:
        mine = [query.names[name] / max(1, definers[name]) for name in file.defined & wanted]
        theirs = [query.names[name] / max(1, users[name]) for name in file.names.keys() & wanted]
        defined.append(max(mine, default=0.0))
        used.append(min(1.0, sum(sorted(theirs)[-3:])))
    return defined, used


def _compounds(query: Query, files: Sequence[FileFacts]) -> list[tuple[float, float]]:
    """How specifically each file uses, and defines, names made of two words of the task or more."""
    found: dict[str, int] = {}
    holders: Counter[str] = Counter()
    for file in files:
        if file.role is not Role.SOURCE:
            continue
        for name in file.names:
            if name not in found:
                found[name] = len(query.stems.keys() & set(words(name)))
            if found[name] > 1:
                holders[name] += 1
    weights = {name: (found[name] - 1) / count for name, count in holders.items()}
    values = []
    for file in files:
        mine = [weights[name] for name in file.names if name in weights]
        made = [weights[name] for name in file.defined if name in weights]
        values.append((min(2.0, max(mine, default=0.0)), min(2.0, max(made, default=0.0))))
    return values


def _path_features(query: Query, file: FileFacts) -> dict[str, float]:
    name = file.path.rpartition("/")[2]
    parts = list(words(file.stem))
    inside = [part for part in parts if part in query.stems]
    folder = {stem for part in file.path.split("/")[:-1] for stem in words(part)}
    subject = query.text.partition("\n")[0]
    bare = re.escape(file.stem.lstrip("_"))
    return {
        "named by path": float(
            bool(re.search(rf"(?<!\.){WORD_START}{re.escape(name)}{WORD_END}", query.text))
        ),
        "module named": float(
            bool(re.search(rf"{WORD_START}{bare}{WORD_END}", query.text, re.IGNORECASE))
        ),
        "module opens": float(bool(re.match(rf"\W*_?{bare}\b\W?:|\[{bare}\]", subject, re.I))),
        "file name in words": len(inside) / len(parts) if parts else 0.0,
        "file name in first line": float(bool(parts) and set(parts) <= query.head),
        "folder in words": float(bool(folder & query.head)),
    }


def _relative(files: Sequence[FileFacts], measured: Sequence[dict[str, float]]) -> None:
    """Adds what sets a file apart from the others of its role."""
    for name in _COMPARED:
        tops: dict[Role, float] = {}
        for file, features in zip(files, measured, strict=True):
            tops[file.role] = max(tops.get(file.role, 0.0), features[name])
        for file, features in zip(files, measured, strict=True):
            features[f"{name} to largest"] = features[name] / (tops[file.role] or 1.0)
