"""The tree of files as rows: open folders, the filter and the selection."""

import heapq
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from assistant.context.bundle import Selected, covers
from assistant.repo.files import FileEntry, FileState
from assistant.repo.units import Unit, UnitKind

_OPEN_AT_FIRST = 60
"""If there are no more files than this, all folders are open at first."""
_MOST_AT_ONCE = 200
"""The most files that remain selected when one is taken out of a selected folder."""


@dataclass(frozen=True, slots=True)
class FolderRow:
    path: str
    depth: int
    open: bool
    selected: int
    """Number of files below it that are selected, wholly or in part."""
    changed: bool
    """True if a file below it differs from HEAD."""


@dataclass(frozen=True, slots=True)
class FileRow:
    entry: FileEntry
    depth: int
    selected: bool
    units: int
    """Number of selected units."""
    open: bool


@dataclass(frozen=True, slots=True)
class UnitRow:
    unit: Unit
    depth: int
    selected: bool


Row = FolderRow | FileRow | UnitRow


@dataclass(frozen=True, slots=True)
class _Taken:
    """The selection by path, for a look at many files."""

    units: dict[str, list[str]]
    folders: tuple[str, ...]

    def of(self, path: str) -> Sequence[str]:
        """The selected units of a file; an empty name stands for all of it."""
        chosen = self.units.get(path, ())
        if self.folders and covers(self.folders, path):
            return (*chosen, "")
        return chosen


@dataclass(slots=True)
class FileTree:
    """The files of a snapshot, and the selection."""

    entries: dict[str, FileEntry] = field(default_factory=dict)
    children: dict[str, tuple[list[str], list[str]]] = field(default_factory=dict)
    """Subfolders and files of each folder."""
    open: set[str] = field(default_factory=set)
    units: dict[str, tuple[Unit, ...]] = field(default_factory=dict)
    """Units of each file that was opened."""
    selection: dict[Selected, None] = field(default_factory=dict)
    """Selected files and units in the order of selection."""
    filter: str = ""
    changed: set[str] = field(default_factory=set)
    """Folders that contain a file that differs from HEAD."""
    _walked: tuple[tuple[object, ...], list[Row]] | None = None
    """The rows without a filter, and what they were made of: many files take a while."""

    def has(self, path: str) -> bool:
        """Whether there is such a file or folder."""
        return path in self.entries or path in self.children or path == "."

    def load(self, files: Iterable[FileEntry]) -> None:
        """Loads the files of a snapshot. Open folders and the selection are kept."""
        first = not self.entries
        self._walked = None
        self.entries = {entry.path: entry for entry in files if _shown(entry)}
        self.children = _arrange(self.entries)
        self.changed = _changed_folders(self.entries)
        known = self.entries.keys() | self.children.keys()
        gone = [item for item in self.selection if item.path not in known]
        for item in gone:
            del self.selection[item]
        if first:
            self.open = set(self.children) if len(self.entries) <= _OPEN_AT_FIRST else {""}
        self.units = {path: units for path, units in self.units.items() if path in self.entries}

    def rows(self) -> list[Row]:
        """Returns the visible rows, which are not to be changed."""
        rows: list[Row] = []
        taken = self._taken()
        if self.filter:
            for path in match_paths(self.entries, self.filter, limit=500):
                self._file(path, 0, rows, taken)
            return rows
        seen = (tuple(self.selection), frozenset(self.open), tuple(self.units.items()))
        if self._walked is None or self._walked[0] != seen:
            self._walk("", 0, rows, taken)
            self._walked = (seen, rows)
        return self._walked[1]

    def _walk(self, folder: str, depth: int, rows: list[Row], taken: "_Taken") -> None:
        folders, files = self.children.get(folder, ([], []))
        for path in folders:
            is_open = path in self.open
            rows.append(
                FolderRow(path, depth, is_open, self._selected_below(path), path in self.changed)
            )
            if is_open:
                self._walk(path, depth + 1, rows, taken)
        for path in files:
            self._file(path, depth, rows, taken)

    def _taken(self) -> "_Taken":
        units: dict[str, list[str]] = {}
        for item in self.selection:
            units.setdefault(item.path, []).append(item.unit)
        return _Taken(units, tuple(path for path in units if path not in self.entries))

    def _file(self, path: str, depth: int, rows: list[Row], all_taken: "_Taken") -> None:
        chosen = all_taken.of(path)
        is_open = path in self.open
        units = sum(map(bool, chosen)) if chosen else 0
        rows.append(FileRow(self.entries[path], depth, "" in chosen, units, is_open))
        for unit in self.units.get(path, ()):
            taken = unit.name in chosen
            if (is_open or taken) and unit.kind is not UnitKind.FILE:
                rows.append(UnitRow(unit, depth + 1 + unit.name.count("."), taken))

    def _selected_below(self, folder: str) -> int:
        if Selected(folder) in self.selection or self._folders_around(folder):
            return self._count(folder)
        start = f"{folder}/"
        chosen = {item.path for item in self.selection if item.path.startswith(start)}
        outermost = [path for path in chosen if not chosen.intersection(_parents(path))]
        return sum(self._count(path) for path in outermost)

    def _count(self, path: str) -> int:
        """Number of files at a path: 1, or all those below a folder."""
        if path not in self.children:
            return 1
        folders, files = self.children[path]
        return len(files) + sum(map(self._count, folders))

    def _folders_around(self, path: str) -> list[Selected]:
        """The selected folders that contain a file or folder."""
        return [i for i in self.selection if i.path != path and covers((i.path,), path)]

    def toggle(self, item: Selected) -> None:
        """Selects or deselects a file or a unit. A file replaces its units and vice versa.

        A file or unit taken out of a selected folder leaves the folder's other files selected.
        """
        if folders := self._folders_around(item.path):
            for folder in folders:
                self._split(folder, item.path)
            if not item.unit:
                return
        if item in self.selection:
            del self.selection[item]
            return
        rivals = [
            i for i in self.selection if i.path == item.path and bool(i.unit) != bool(item.unit)
        ]
        for rival in rivals:
            del self.selection[rival]
        self.selection[item] = None

    def toggle_all(self, item: Selected) -> None:
        """Like `toggle`, but a file with selected units is deselected with them."""
        units = [each for each in self.selection if each.path == item.path and each.unit]
        if units and not item.unit:
            for each in units:
                del self.selection[each]
        else:
            self.toggle(item)

    def _split(self, folder: Selected, without: str) -> None:
        """Replaces a selected folder by its files without one, unless they are too many."""
        del self.selection[folder]
        others = [path for path in self.entries if path != without and covers((folder.path,), path)]
        if len(others) <= _MOST_AT_ONCE:
            self.selection.update(dict.fromkeys(Selected(path) for path in others))

    def toggle_folder(self, folder: str) -> None:
        """Selects a folder, or deselects all that is selected in it."""
        around = self._folders_around(folder)
        chosen = around or [item for item in self.selection if covers((folder,), item.path)]
        for item in chosen:
            del self.selection[item]
        if not chosen:
            self.selection[Selected(folder)] = None


def match_paths(paths: Iterable[str], words: str, *, limit: int) -> list[str]:
    """Ranks matching paths: names before folders, substrings before scattered letters."""
    query = words.lower().strip()
    if not query:
        return sorted(paths)[:limit]
    paths = list(paths)
    holding = [path for path in paths if query in path.lower()]
    scored = [(_rank(query, path.lower()), len(path), path) for path in holding]
    if len(scored) < limit:
        # Before each letter, anything but it: the search never has to go back.
        scattered = re.compile("".join(f"[^{re.escape(c)}]*{re.escape(c)}" for c in query), re.S)
        others = (path for path in paths if scattered.match(path.lower()))
        scored += [(3, len(path), path) for path in others if query not in path.lower()]
    return [path for _, _, path in heapq.nsmallest(limit, scored)]


def _rank(query: str, path: str) -> int:
    name = path.rpartition("/")[2]
    return 0 if name.startswith(query) else 1 if query in name else 2


def approximate_tokens(entry: FileEntry) -> int:
    """Estimates the tokens of a file from its size."""
    return max(1, round(entry.size / 3.6)) if entry.size else 0


def _shown(entry: FileEntry) -> bool:
    return entry.state is not FileState.IGNORED


def _arrange(entries: Mapping[str, FileEntry]) -> dict[str, tuple[list[str], list[str]]]:
    children: dict[str, tuple[list[str], list[str]]] = {"": ([], [])}
    for path in sorted(entries):
        folder = path.rpartition("/")[0]
        _ensure(folder, children)
        children[folder][1].append(path)
    for folders, _ in children.values():
        folders.sort()
    return children


def _ensure(folder: str, children: dict[str, tuple[list[str], list[str]]]) -> None:
    while folder not in children:
        children[folder] = ([], [])
        parent = folder.rpartition("/")[0]
        if parent in children:
            children[parent][0].append(folder)
            return
        _ensure(parent, children)
        children[parent][0].append(folder)
        return


def _changed_folders(entries: Mapping[str, FileEntry]) -> set[str]:
    folders: set[str] = set()
    for path, entry in entries.items():
        if entry.state is not FileState.TRACKED:
            folders.update(_parents(path))
    return folders


def _parents(path: str) -> Iterator[str]:
    """The folders around a path, innermost first, without the root."""
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path
