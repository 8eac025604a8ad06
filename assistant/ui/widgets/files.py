"""The files pane: the tree with git states and token counts, its filter, and the selection.

Reads no files. The screen is asked for units and exact token counts, and passes them in.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.strip import Strip
from textual.widgets import Input

from assistant.context.bundle import Selected
from assistant.repo.files import Snapshot
from assistant.repo.units import Unit
from assistant.ui.filetree import FileRow, FileTree, FolderRow, Row, UnitRow
from assistant.ui.places import Place, PlaceChosen
from assistant.ui.widgets.filerows import draw_row
from assistant.ui.widgets.lines import CursorView, under_cursor
from assistant.ui.widgets.reading import Reading

_NO_MATCH = "No file has this in its path.\nEscape closes the filter."
_NO_FILES = "Git lists no files here.\nCreate one, then /refresh; or say what to create."


class FileList(CursorView):
    """The file tree as a list with a cursor."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "select_item", "select", id="files.select", tooltip="Add to the context"),
        Binding("enter", "enter", "open", show=False, id="files.enter"),
        Binding("right,l", "open", "units", id="files.open", key_display="→", tooltip="Show units"),
        Binding("left,h", "close", "Close", show=False, id="files.close"),
        Binding("v", "view", "view", id="files.view", tooltip="Read and edit the file"),
        Binding("slash", "filter", "filter", key_display="/", id="files.filter"),
        Binding("c", "clear", "clear", show=False, id="files.clear", tooltip="Deselect everything"),
    ]  # fmt: skip

    @dataclass
    class UnitsWanted(Message):
        path: str

    @dataclass
    class FilterWanted(Message):
        pass

    @dataclass
    class SelectionChanged(Message):
        selection: tuple[Selected, ...]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.file_tree = FileTree()
        self._rows: list[Row] = []
        self._tokens: Mapping[Selected, int] = {}
        self.nothing_yet = "Opening the repository …"

    @property
    def line_count(self) -> int:
        return len(self._rows)

    def load(self, snapshot: Snapshot) -> None:
        before = tuple(self.file_tree.selection)
        self.file_tree.load(snapshot.files)
        self.nothing_yet = _NO_FILES
        self.rebuild()
        if tuple(self.file_tree.selection) != before:
            self._selected()

    def set_units(self, path: str, units: tuple[Unit, ...]) -> None:
        self.file_tree.units[path] = units
        self.rebuild()

    def set_tokens(self, counts: Mapping[Selected, int]) -> None:
        """Sets the exact token counts of the selection."""
        self._tokens = counts
        self.refresh()

    def select(self, items: tuple[Selected, ...], *, only: bool = False) -> None:
        """Adds items to the selection; `only` replaces it by those that exist."""
        if only:
            self.file_tree.selection.clear()
            items = tuple(item for item in items if self.file_tree.has(item.path))
        for item in items:
            if item not in self.file_tree.selection:
                self.file_tree.toggle(item)
        self.rebuild()
        self._selected()

    def filter(self, words: str) -> None:
        self.file_tree.filter = words
        self.nothing_yet = _NO_MATCH if words else _NO_FILES
        self.rebuild()
        self.cursor = 0

    def rebuild(self) -> None:
        self._rows = self.file_tree.rows()
        self.set_reactive(FileList.cursor, self.validate_cursor(self.cursor))
        self.update_lines()

    @property
    def current(self) -> Row | None:
        return self._rows[self.cursor] if self._rows else None

    def action_select_item(self) -> None:
        match self.current:
            case FolderRow(path=path):
                self.file_tree.toggle_folder(path)
            case FileRow(entry=entry):
                self.file_tree.toggle(Selected(entry.path))
            case UnitRow(unit=unit):
                self.file_tree.toggle(Selected(unit.path, unit.name))
            case None:
                return
        self.rebuild()
        self._selected()

    def _selected(self) -> None:
        self.post_message(self.SelectionChanged(tuple(self.file_tree.selection)))

    def action_enter(self) -> None:
        match self.current:
            case FolderRow(open=is_open):
                self.action_close() if is_open else self.action_open()
            case _:
                self.action_select_item()

    def action_open(self) -> None:
        match self.current:
            case FolderRow(path=path):
                self.file_tree.open.add(path)
            case FileRow(entry=entry):
                self.file_tree.open.add(entry.path)
                if entry.path not in self.file_tree.units:
                    self.post_message(self.UnitsWanted(entry.path))
        self.rebuild()

    def action_close(self) -> None:
        match self.current:
            case FolderRow(path=path, open=True):
                self.file_tree.open.discard(path)
            case FileRow(entry=entry, open=True):
                self.file_tree.open.discard(entry.path)
            case row if row is not None:
                above = range(self.cursor - 1, -1, -1)
                parents = (at for at in above if self._rows[at].depth < row.depth)
                self.cursor = next(parents, self.cursor)
        self.rebuild()

    def action_view(self) -> None:
        match self.current:
            case FileRow(entry=entry):
                self.post_message(PlaceChosen(Place(entry.path, 1)))
            case UnitRow(unit=unit):
                self.post_message(PlaceChosen(Place(unit.path, unit.start)))

    def action_filter(self) -> None:
        self.post_message(self.FilterWanted())

    def action_clear(self) -> None:
        self.file_tree.selection.clear()
        self.rebuild()
        self._selected()

    def on_cursor_view_clicked(self, event: CursorView.Clicked) -> None:
        event.stop()
        self.action_enter()

    def draw(self, line: int, width: int) -> Strip:
        full_path = bool(self.file_tree.filter)
        row = self._rows[line]
        strip = draw_row(self.palette, row, self._tokens, width, full_path=full_path)
        if line != self.cursor:
            return strip
        return under_cursor(self, strip, width)


class FilesPane(Vertical):
    """The tree, with a filter above it while it is in use, and below it what a task would read."""

    DEFAULT_CSS = """
    FilesPane #filter { height: 1; border: none; padding: 0 1; display: none; }
    FilesPane.-filtering #filter { display: block; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.list = FileList(id="files")
        self.reading = Reading(id="reading")
        self._filter = Input(placeholder="filter by name", id="filter", compact=True)

    def compose(self) -> ComposeResult:
        yield self._filter
        yield self.list
        yield self.reading

    def on_file_list_filter_wanted(self, event: FileList.FilterWanted) -> None:
        event.stop()
        self.add_class("-filtering")
        self._filter.focus()

    @on(Input.Changed)
    def _filter_changed(self, event: Input.Changed) -> None:
        event.stop()
        self.list.filter(event.value)

    @on(Input.Submitted)
    def _filter_done(self, event: Input.Submitted) -> None:
        event.stop()
        self.set_class(bool(event.value), "-filtering")
        self.list.focus()

    def close_filter(self) -> bool:
        """Closes the filter. Returns False if it was not open."""
        if not self.has_class("-filtering"):
            return False
        self._filter.value = ""
        self.remove_class("-filtering")
        self.list.focus()
        return True
