"""Chooses files for the context from many, by the task, and units for the outline.

Reads many files but parses few: a word score ranks the files, and only the best, and those that
define a name of the task, are split into units.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence

from assistant.context.bundle import ContextFile, TokenCounter
from assistant.context.excerpts import excerpts
from assistant.context.narrowing import narrow
from assistant.context.selecting import (
    MAX_TOKEN_BYTES,
    context_file,
    is_readable,
    text_or_none,
    tokens_of,
)
from assistant.errors import ContextError
from assistant.intent.reading import read_intent
from assistant.repo.files import FileEntry, TextFile
from assistant.repo.git import Repository
from assistant.repo.parsing import units_of
from assistant.repo.ranking import RankedUnit, near_paths, rank_files, rank_units
from assistant.repo.search import relevant
from assistant.repo.units import Unit
from assistant.repo.words import spaced, words

_MAX_PARSED = 30
"""Number of files that are split into units."""
_MAX_FILE_BYTES = 200_000
"""Words are not counted in larger files."""
_MAX_CHOSEN = 5
"""Number of files to choose."""
_MIN_RELATIVE_SCORE = 0.35
"""Minimum score of a chosen file, relative to the best one."""


def choose(
    repository: Repository,
    entries: Sequence[FileEntry],
    task: str,
    counter: TokenCounter,
    room: int,
    focus: Collection[str] = (),
    *,
    brief: bool = False,
) -> tuple[tuple[ContextFile, ...], tuple[RankedUnit, ...]]:
    """Files for a task, in at most `room` tokens, and all ranked units, best first.

    A file that is too large to include whole is narrowed, with `focus` as in `narrow`. With
    `brief`, the best units of all files come before the rest of the best file.
    """
    recency = repository.recency()
    readable = {entry.path: entry for entry in entries if is_readable(entry)}
    found = relevant(
        repository.git,
        repository.index,
        sorted(readable.values(), key=lambda entry: recency.get(entry.path, len(recency))),
        read_intent(task).code_names,
        Counter(words(task)),
        spaced(task),
    )
    sources = dict(_sources(repository, [readable[path] for path in found.paths]))
    order = [each.path for each in rank_files(task, sources, recency)]
    named = [path for path in found.defining if path in sources]
    parsed = {
        path: file
        for path in dict.fromkeys([*order[:_MAX_PARSED], *named])
        if (file := text_or_none(repository, path)) is not None
    }
    ranked = rank_units(
        task, {path: (units_of(file), file.text) for path, file in parsed.items()}, recency
    )
    best: dict[str, float] = {}
    for each in ranked:
        best[each.unit.path] = max(best.get(each.unit.path, 0.0), each.score)
    top = max(best.values(), default=0.0)
    threshold = _MIN_RELATIVE_SCORE * top
    likely = [
        path
        for path, score in best.items()
        if score > 0 and (score >= threshold or path in found.defining)
    ]
    if brief:
        best_files = [parsed[path] for path in likely[:_MAX_CHOSEN]]
        return excerpts(best_files, ranked, task, counter, room), ranked
    files: list[ContextFile] = []
    taken = likely[:_MAX_CHOSEN]
    for at, path in enumerate(taken):
        defining = [parsed[each] for each in taken[at + 1 :] if each in found.defining]
        reserved = _reserved(defining, counter, room)
        chosen = _fit(parsed[path], ranked, counter, room - reserved, focus)
        if chosen is not None:
            files.append(chosen)
            room -= chosen.tokens
    return tuple(files), ranked


def near(
    repository: Repository,
    entries: Sequence[FileEntry],
    selected: Mapping[str, Sequence[Unit]],
) -> tuple[Unit, ...]:
    """Units of files near the selected ones; units that the selection references come first."""
    paths = [entry.path for entry in entries if is_readable(entry)]
    order = near_paths(selected, paths, repository.recency())
    wanted = {name for units in selected.values() for unit in units for name in unit.references}
    found: list[Unit] = []
    for path in order[:_MAX_PARSED]:
        file = text_or_none(repository, path)
        found += units_of(file) if file is not None else ()
    return tuple(sorted(found, key=lambda unit: unit.name.split(".")[-1] not in wanted))


def _reserved(files: Sequence[TextFile], counter: TokenCounter, room: int) -> int:
    """Tokens kept for files that define names of the task: at most half of the room."""
    most = room // (2 * len(files)) if files else 0
    return sum(min(most, tokens_of(file, counter)) for file in files)


def _fit(
    file: TextFile,
    ranked: Sequence[RankedUnit],
    counter: TokenCounter,
    room: int,
    focus: Collection[str],
) -> ContextFile | None:
    """The whole file or its best units in at most `room` tokens; None if nothing fits."""
    if len(file.data) < room * MAX_TOKEN_BYTES:
        whole = context_file(file, (), counter)
        if whole.tokens <= room:
            return whole
    parts = narrow((file,), ranked, counter, room, focus)
    return next((part for part in parts if part.shown and part.tokens <= room), None)


def _sources(repository: Repository, entries: Sequence[FileEntry]) -> Iterator[tuple[str, bytes]]:
    """The text files with their contents; a large one without."""
    for entry in entries:
        data = b""
        if 0 < entry.size <= _MAX_FILE_BYTES:
            try:
                data = repository.read(entry.path)
            except ContextError:
                continue
            if b"\0" in data:
                continue
        yield entry.path, data
