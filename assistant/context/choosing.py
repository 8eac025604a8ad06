"""Chooses files for the context when the user selected none, and units for the outline.

Reads many files but parses few: a word score ranks the files, and only the best are split into
units.
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

_MAX_PARSED = 30
"""Number of files that are split into units."""
_MAX_READ = 5_000
"""Number of files whose words are counted."""
_MAX_FILE_BYTES = 200_000
"""Words are not counted in larger files."""
_MAX_CHOSEN = 5
"""Number of files to choose."""
_BUDGET_SHARE = 0.6
"""Share of the token budget for the chosen files."""
_MIN_RELATIVE_SCORE = 0.35
"""Minimum score of a chosen file, relative to the best one."""


def choose(
    repository: Repository,
    snapshot: Snapshot,
    task: str,
    counter: TokenCounter,
    budget: int,
) -> tuple[tuple[ContextFile, ...], tuple[Unit, ...]]:
    """Files for a task without a selection, and all ranked units, best first.

    A file that is too large to include whole is reduced to its best units.
    """
    recency = repository.recency()
    sources = dict(_sources(repository, snapshot, recency))
    ranked_files = rank_files(task, sources, recency)
    parsed = {
        each.path: file
        for each in ranked_files[:_MAX_PARSED]
        if (file := _read_text(repository, each.path)) is not None
    }
    ranked = rank_units(
        task, {path: (units_of(file), file.text) for path, file in parsed.items()}, recency
    )
    best: dict[str, float] = {}
    for each in ranked:
        best[each.unit.path] = max(best.get(each.unit.path, 0.0), each.score)
    top = max(best.values(), default=0.0)
    threshold = _MIN_RELATIVE_SCORE * top
    relevant = [path for path, score in best.items() if score > 0 and score >= threshold]
    room = int(budget * _BUDGET_SHARE)
    files: list[ContextFile] = []
    for path in relevant[:_MAX_CHOSEN]:
        chosen = _fit(parsed[path], ranked, counter, room)
        if chosen is not None:
            files.append(chosen)
            room -= chosen.tokens
    return tuple(files), tuple(each.unit for each in ranked)


def near(
    repository: Repository, snapshot: Snapshot, files: Sequence[ContextFile]
) -> tuple[Unit, ...]:
    """Units of files near the selected ones; units that the selection references come first."""
    selected = {file.path: file.units for file in files}
    paths = [entry.path for entry in snapshot.files if _worth_reading(entry)]
    order = near_paths(selected, paths, repository.recency())
    wanted = {name for file in files for unit in file.units for name in unit.references}
    found: list[Unit] = []
    for path in order[:_MAX_PARSED]:
        file = _read_text(repository, path)
        found += units_of(file) if file is not None else ()
    return tuple(sorted(found, key=lambda unit: unit.name.split(".")[-1] not in wanted))


def _fit(
    file: TextFile, ranked: Sequence[RankedUnit], counter: TokenCounter, room: int
) -> ContextFile | None:
    """The whole file or its best units in at most `room` tokens; None if nothing fits."""
    whole = context_file(file, (), counter)
    if whole.tokens <= room:
        return whole
    names: tuple[str, ...] = ()
    fitting = None
    for each in ranked:
        if each.unit.path != file.path or each.score <= 0:
            continue
        larger = context_file(file, (*names, each.unit.name), counter)
        if larger.tokens <= room:
            names = (*names, each.unit.name)
            fitting = larger
    return fitting


def _sources(
    repository: Repository, snapshot: Snapshot, recency: Mapping[str, int]
) -> Iterator[tuple[str, bytes]]:
    entries = [entry for entry in snapshot.files if _worth_reading(entry)]
    entries.sort(key=lambda entry: recency.get(entry.path, len(recency)))
    for number, entry in enumerate(entries):
        data = b""
        if number < _MAX_READ and 0 < entry.size <= _MAX_FILE_BYTES:
            try:
                data = repository.read(entry.path)
            except ContextError:
                continue
            if b"\0" in data:
                continue
        yield entry.path, data


def _worth_reading(entry: FileEntry) -> bool:
    """False for deleted and ignored files, and for files sent only when the user selects them."""
    if entry.state in (FileState.DELETED, FileState.IGNORED):
        return False
    return not is_secret_path(entry.path) and not is_generated_path(entry.path)


def _read_text(repository: Repository, path: str) -> TextFile | None:
    try:
        return repository.text(path)
    except ContextError:
        return None
