"""The places of a task: which files change with it, with a probability for each.

Words come first. What they make likely raises the files around it in a second pass: those that
import it or are imported, its tests and stubs, and what changed together with it before.
"""

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from assistant.intent.reading import read_intent
from assistant.intent.values import Topic
from assistant.planning.evidence import Features, Query
from assistant.planning.facts import Role
from assistant.planning.graph import Graph
from assistant.planning.weights import Models, Weights
from assistant.repo.history import History

_PRODUCTS = (
    ("words", "size"),
    ("rank by words", "rank by a definition"),
    ("module named", "rank by words"),
    ("file name in first line", "rank by words"),
    ("frequency", "rank by words"),
)
_STRONG = 3
"""How many of the likeliest files say what changes together with them."""
_LOGIT_SCALE = 5.0
_SELDOM, _OFTEN = 1e-4, 1 - 1e-4
_UNLIKELY = 1e-3
"""Sources below this probability raise no file that is named alike."""


class Subject(Protocol):
    """What is known of a file apart from its words."""

    @property
    def path(self) -> str: ...
    @property
    def role(self) -> Role: ...
    @property
    def stem(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Place:
    path: str
    role: Role
    probability: float
    named: bool = False
    """The task names it by its path."""


def find_places(
    query: Query,
    files: Sequence[Subject],
    measured: Sequence[Features],
    graph: Graph,
    history: History,
    weights: Weights,
) -> tuple[Place, ...]:
    """A place for each file, likeliest first. `measured` is the evidence of their words."""
    first = word_features(query, files, measured, history)
    likely = _probabilities(weights.words, files, first)
    second = linked_features(files, first, likely, graph, history)
    found = _probabilities(weights.linked, files, second)
    places = [
        Place(file.path, file.role, probability, bool(features["named by path"]))
        for file, probability, features in zip(files, found, measured, strict=True)
    ]
    return tuple(sorted(places, key=lambda place: (-place.probability, place.path)))


def word_features(
    query: Query, files: Sequence[Subject], measured: Sequence[Features], history: History
) -> list[dict[str, float]]:
    """The evidence of words, with what kind of task it is and how often each file changes."""
    intent = read_intent(query.text)
    about = {f"task: {topic.name.lower()}": float(intent.asks(topic)) for topic in Topic}
    about["task: length"] = min(1.0, len(query.text) / 600)
    about["no history"] = float(not history.commits)
    found = []
    for file, features in zip(files, measured, strict=True):
        mine = {**features, **about, "frequency": math.sqrt(history.frequency(file.path))}
        for one, other in _PRODUCTS:
            mine[f"{one} * {other}"] = mine[one] * mine[other]
        found.append(mine)
    return found


def linked_features(
    files: Sequence[Subject],
    first: Sequence[Features],
    likely: Sequence[float],
    graph: Graph,
    history: History,
) -> list[dict[str, float]]:
    """The evidence of words, with what is likely of a file itself and of those around it."""
    sources = {
        file.path: (probability, file.stem.strip("_"))
        for file, probability in zip(files, likely, strict=True)
        if file.role is Role.SOURCE
    }
    order = sorted(sources, key=lambda path: -sources[path][0])
    best = order[0] if order else ""
    top = sources[best][0] if best else 0.0
    overall = {
        "likeliest": top,
        "second likeliest": sources[order[1]][0] if len(order) > 1 else 0.0,
        "likely in all": min(3.0, sum(probability for probability, _ in sources.values())),
    }
    rising = sorted(probability for probability, _ in sources.values())
    some = [(*sources[path], path) for path in order if sources[path][0] >= _UNLIKELY]
    found = []
    for file, features, probability in zip(files, first, likely, strict=True):
        imports = graph.imports.get(file.path, frozenset())
        importers = graph.importers.get(file.path, frozenset())
        stem = file.stem.strip("_")
        others = [(p, s) for p, s, path in some if (s in stem or stem in s) and path != file.path]
        found.append(
            {
                **features,
                **overall,
                "logit": _logit(probability) / _LOGIT_SCALE,
                "is likeliest": float(file.path == best),
                "to likeliest": probability / top if top else 0.0,
                "rank": 1 / (1 + len(rising) - bisect_right(rising, probability)),
                "imports": _most(sources, imports),
                "imported by": _most(sources, importers),
                "imports the likeliest": float(best in imports),
                "imported by the likeliest": float(best in importers),
                "same stem": next((p for p, s in others if s == stem), 0.0),
                "part of stem": others[0][0] if others else 0.0,
                "same folder": float(_folder(file.path) == _folder(best)),
                "together": max(
                    (
                        sources[path][0] * history.together(path, file.path)
                        for path in order[:_STRONG]
                        if path != file.path
                    ),
                    default=0.0,
                ),
            }
        )
    return found


def _probabilities(
    models: Models, files: Sequence[Subject], features: Sequence[Features]
) -> list[float]:
    return [
        models[file.role].probability(each) if file.role in models else 0.0
        for file, each in zip(files, features, strict=True)
    ]


def _logit(probability: float) -> float:
    bounded = min(_OFTEN, max(_SELDOM, probability))
    return math.log(bounded / (1 - bounded))


def _most(sources: dict[str, tuple[float, str]], paths: frozenset[str]) -> float:
    return max((sources[path][0] for path in paths if path in sources), default=0.0)


def _folder(path: str) -> str:
    return path.rpartition("/")[0]
