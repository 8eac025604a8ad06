"""Owns the choice of files that nobody selected: for the context, and for the outline around it.

Reads many files but parses few: words pick the files, units are found only in the best.
"""

from collections.abc import Iterator, Mapping, Sequence

from assistant.context.bundle import ContextFile, TokenCounter
from assistant.context.selecting import context_file
from assistant.errors import ContextError
from assistant.repo.files import FileEntry, FileState, Snapshot, TextFile
from assistant.repo.git import Repository
from assistant.repo.parsing import units_of
from assistant.repo.paths import is_generated_path, is_secret_path
from assistant.repo.ranking import RankedUnit, near_paths, rank_files, rank_units
from assistant.repo.units import Unit

_PARSED = 30
"""Files whose units are found, at most."""
_READ = 5_000
"""Files whose words are counted, at most."""
_LARGEST = 200_000
"""Bytes of a file that is worth counting words in."""
_CHOSEN = 5
"""Files put in context without being asked, at most."""
_SHARE = 0.6
"""Of the budget, what chosen files may take."""
_WORTHY = 0.35
"""Of the best file's score, what another needs to be chosen too."""


def choose(
    repository: Repository,
    snapshot: Snapshot,
    task: str,
    counter: TokenCounter,
    budget: int,
) -> tuple[tuple[ContextFile, ...], tuple[Unit, ...]]:
    """Files for a task without a selection, and the units around them, best first.

    A file that is too large to be taken whole is taken by its best units.
    """
    recency = repository.recency()
    sources = dict(_sources(repository, snapshot, recency))
    ranked_files = rank_files(task, sources, recency)
    parsed = {
        each.path: file
        for each in ranked_files[:_PARSED]
        if (file := _text(repository, each.path)) is not None
    }
    ranked = rank_units(
        task, {path: (units_of(file), file.text) for path, file in parsed.items()}, recency
    )
    best: dict[str, float] = {}
    for each in ranked:
        best[each.unit.path] = max(best.get(each.unit.path, 0.0), each.score)
    top = max(best.values(), default=0.0)
    worthy = [path for path, score in best.items() if score > 0 and score >= _WORTHY * top]
    room = int(budget * _SHARE)
    files: list[ContextFile] = []
    for path in worthy[:_CHOSEN]:
        taken = _fitting(parsed[path], ranked, counter, room)
        if taken is not None:
            files.append(taken)
            room -= taken.tokens
    return tuple(files), tuple(each.unit for each in ranked)


def near(
    repository: Repository, snapshot: Snapshot, files: Sequence[ContextFile]
) -> tuple[Unit, ...]:
    """Units around selected files, those that the files refer to first."""
    selected = {file.path: file.units for file in files}
    paths = [entry.path for entry in snapshot.files if _worth_reading(entry)]
    order = near_paths(selected, paths, repository.recency())
    wanted = {name for file in files for unit in file.units for name in unit.references}
    found: list[Unit] = []
    for path in order[:_PARSED]:
        file = _text(repository, path)
        found += units_of(file) if file is not None else ()
    return tuple(sorted(found, key=lambda unit: unit.name.split(".")[-1] not in wanted))


def _fitting(
    file: TextFile, ranked: Sequence[RankedUnit], counter: TokenCounter, room: int
) -> ContextFile | None:
    whole = context_file(file, (), counter)
    if whole.tokens <= room:
        return whole
    names: tuple[str, ...] = ()
    taken = None
    for each in ranked:
        if each.unit.path != file.path or each.score <= 0:
            continue
        larger = context_file(file, (*names, each.unit.name), counter)
        if larger.tokens <= room:
            names = (*names, each.unit.name)
            taken = larger
    return taken


def _sources(
    repository: Repository, snapshot: Snapshot, recency: Mapping[str, int]
) -> Iterator[tuple[str, bytes]]:
    entries = [entry for entry in snapshot.files if _worth_reading(entry)]
    entries.sort(key=lambda entry: recency.get(entry.path, len(recency)))
    for number, entry in enumerate(entries):
        data = b""
        if number < _READ and 0 < entry.size <= _LARGEST:
            try:
                data = repository.read(entry.path)
            except ContextError:
                continue
            if b"\0" in data:
                continue
        yield entry.path, data


def _worth_reading(entry: FileEntry) -> bool:
    """False for what is not there, and for what is sent only when the user selects it."""
    if entry.state in (FileState.DELETED, FileState.IGNORED):
        return False
    return not is_secret_path(entry.path) and not is_generated_path(entry.path)


def _text(repository: Repository, path: str) -> TextFile | None:
    try:
        return repository.text(path)
    except ContextError:
        return None
