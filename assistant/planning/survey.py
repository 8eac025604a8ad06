"""Reads a repository for a plan: the places of a task, from files that git knows of."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from assistant.errors import ContextError
from assistant.intent.reading import read_intent
from assistant.planning.evidence import measure, read_query
from assistant.planning.facts import FileFacts, Role, read_facts
from assistant.planning.graph import Graph, import_graph
from assistant.planning.places import Place, find_places
from assistant.planning.weights import load_weights
from assistant.repo.files import FileEntry, FileState, Snapshot
from assistant.repo.git import Repository
from assistant.repo.history import read_history
from assistant.repo.paths import is_generated_path, is_secret_path
from assistant.repo.search import Relevant, relevant
from assistant.repo.words import spaced, words

_MOST_BYTES = 300_000
"""Larger files are data more often than code."""


@dataclass(frozen=True, slots=True)
class Survey:
    """What a repository has for a task."""

    places: tuple[Place, ...]
    """Every file that could be one, likeliest first."""
    graph: Graph

    @property
    def sources(self) -> int:
        """How many source files there are."""
        return sum(place.role is Role.SOURCE for place in self.places)


def survey(repository: Repository, snapshot: Snapshot, task: str) -> Survey:
    """The places of a task. Leaves out what is deleted, secret, generated, binary or too large."""
    found = _relevant(repository, snapshot, task)
    files = tuple(_facts(repository, found.paths))
    graph = import_graph(files)
    query = read_query(task)
    measured = measure(query, files, graph)
    history = read_history(repository.git)
    return Survey(find_places(query, files, measured, graph, history, load_weights()), graph)


def _relevant(repository: Repository, snapshot: Snapshot, task: str) -> Relevant:
    return relevant(
        repository.git,
        repository.index,
        [entry for entry in snapshot.files if _is_candidate(entry)],
        read_intent(task).code_names,
        Counter(words(task)),
        spaced(task),
    )


def _facts(repository: Repository, paths: Iterable[str]) -> Iterator[FileFacts]:
    for path in paths:
        try:
            text = repository.text(path).text
        except ContextError:
            continue  # binary, a link, or gone in the meantime
        yield read_facts(path, text)


def _is_candidate(entry: FileEntry) -> bool:
    if entry.state is FileState.DELETED or entry.size > _MOST_BYTES:
        return False
    return not is_secret_path(entry.path) and not is_generated_path(entry.path)
