"""Turns a selection into context files: whole, or elided to the selected units."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from assistant.context.bundle import ContextFile, Selected, TokenCounter, covers
from assistant.context.eliding import elided, import_rows, rows_around
from assistant.context.render import render_file
from assistant.errors import ContextError
from assistant.intent.reading import read_intent
from assistant.repo.files import FileEntry, FileState, Snapshot, TextFile
from assistant.repo.git import Repository
from assistant.repo.parsing import units_of
from assistant.repo.paths import is_generated_path, is_secret_path
from assistant.repo.spans import lines_of
from assistant.repo.units import Unit, UnitKind
from assistant.sanitize import sanitize_line

NARROWED_TOKENS = 1500
"""A longer file that the task mentions is narrowed to the units that the task names."""
MAX_TOKEN_BYTES = 50
"""A file with more bytes for each token of room does not fit, whatever it contains."""

_SAMPLE = 50_000
"""Characters of a large file that are counted to estimate its tokens."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A selection, resolved against the files that there are."""

    files: dict[str, tuple[str, ...]]
    """Unit names by path, in selection order; empty for a file that is selected whole."""
    below: tuple[FileEntry, ...]
    """Files of the selected folders that are not among `files`, in snapshot order."""


def resolve(selection: Sequence[Selected], snapshot: Snapshot) -> Wanted:
    """Separates the selected folders from the selected files."""
    folders = _folders(selection, snapshot)
    files = by_path([each for each in selection if each.path not in folders])
    below = tuple(
        entry
        for entry in snapshot.files
        if covers(folders, entry.path) and entry.path not in files and is_readable(entry)
    )
    return Wanted(files, below)


def _folders(selection: Sequence[Selected], snapshot: Snapshot) -> list[str]:
    known = {entry.path for entry in snapshot.files}
    paths = [each.path for each in selection if not each.unit and each.path not in known]
    return [path for path in paths if any(covers((path,), entry) for entry in known)]


def is_readable(entry: FileEntry) -> bool:
    """False for deleted and ignored files, and for files sent only when the user selects them."""
    if entry.state in (FileState.DELETED, FileState.IGNORED):
        return False
    return not is_secret_path(entry.path) and not is_generated_path(entry.path)


def text_or_none(repository: Repository, path: str) -> TextFile | None:
    """The file's text; None if it cannot be read."""
    try:
        return repository.text(path)
    except ContextError:
        return None


def context_file(
    file: TextFile, names: Sequence[str], counter: TokenCounter, *, editable: bool = True
) -> ContextFile:
    """The file as the model reads it: whole, or the named units with imports and enclosing classes.

    Raises ContextError if a name is not a unit of the file.
    """
    units = units_of(file)
    if not names:
        return counted(ContextFile(file.path, file.text, units, 0, editable), counter)
    chosen = [_find_unit(file.path, units, name) for name in names]
    return partial_file(file, rows_around(units, chosen) | import_rows(units), counter, editable)


def partial_file(
    file: TextFile, rows: set[int], counter: TokenCounter, editable: bool = True
) -> ContextFile:
    """The file with only some of its rows shown."""
    units = units_of(file)
    text = elided(lines_of(file), rows)
    shown = tuple(
        unit.name for unit in units if all(row in rows for row in range(unit.start, unit.end + 1))
    )
    full = tokens_of(file, counter)
    return counted(ContextFile(file.path, text, units, 0, editable, False, shown, full), counter)


def counted(file: ContextFile, counter: TokenCounter) -> ContextFile:
    """The file with the exact number of tokens of its rendered text."""
    return replace(file, tokens=counter.count(render_file(file)))


def tokens_of(file: TextFile, counter: TokenCounter) -> int:
    """Tokens of a file's text: exact, or to two digits from its ends if it is large."""
    text = file.text
    if len(text) <= 2 * _SAMPLE:
        return counter.count(text)
    sample = counter.count(text[:_SAMPLE]) + counter.count(text[-_SAMPLE:])
    estimate = sample * len(text) // (2 * _SAMPLE)
    return round(estimate, 2 - len(str(estimate)))


def by_path(selection: Sequence[Selected]) -> dict[str, tuple[str, ...]]:
    """Unit names by path, in selection order; empty for a file that is selected whole."""
    found: dict[str, tuple[str, ...]] = {}
    for each in selection:
        names = found.get(each.path)
        if names == () or not each.unit:
            found[each.path] = ()
        elif each.unit not in (names or ()):
            found[each.path] = (*(names or ()), each.unit)
    return found


def narrowed(
    item: Selected, units: Sequence[Unit], tokens: int, task: str, budget: int
) -> tuple[Selected, ...]:
    """Narrow a long file that fits `budget` to the functions and classes that the task names.

    A task with `@file` and a function name is about that function, and reading the rest of the
    file takes most of the time on a CPU. A file that does not fit is narrowed in any case, and
    better: see narrowing.py.
    """
    if item.unit or not NARROWED_TOKENS < tokens <= budget:
        return (item,)
    names = read_intent(task).code_names
    found = tuple(
        Selected(item.path, unit.name)
        for unit in units
        if unit.kind in (UnitKind.FUNCTION, UnitKind.METHOD, UnitKind.CLASS)
        and unit.name.rpartition(".")[2] in names
    )
    return found or (item,)


def _find_unit(path: str, units: Sequence[Unit], name: str) -> Unit:
    for unit in units:
        if unit.name == name:
            return unit
    raise ContextError(
        f"{sanitize_line(path)} no longer contains {sanitize_line(name)}.",
        hint="The file has changed: select the unit again.",
    )
