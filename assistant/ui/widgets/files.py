"""Owns the files pane: the tree with git marks and token costs, its filter, and the selection.

Reads no file: units and exact token counts are asked of the screen and handed in.
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
from assistant.repo.files import FileState, Snapshot
from assistant.repo.units import Unit
from assistant.ui.amounts import tokens
from assistant.ui.filetree import FileRow, FileTree, FolderRow, Row, UnitRow, approximate_tokens
from assistant.ui.rows import Part, spread
from assistant.ui.widgets.lines import CursorView

_GIT = {
    FileState.TRACKED: (" ", "faint"),
    FileState.CHANGED: ("M", "git-changed"),
    FileState.STAGED: ("S", "git-staged"),
    FileState.UNTRACKED: ("U", "git-untracked"),
    FileState.IGNORED: ("I", "faint"),
    FileState.DELETED: ("D", "git-conflict"),
    FileState.UNMERGED: ("!", "git-conflict"),
}


class FileList(CursorView):
    """The rows of the tree."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "select_item", "select", id="files.select", tooltip="Put in context"),
        Binding("enter", "enter", "open", show=False, id="files.enter"),
        Binding("right,l", "open", "units", id="files.open", key_display="→", tooltip="Show units"),
        Binding("left,h", "close", "Close", show=False, id="files.close"),
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

    @dataclass
    class TooMany(Message):
        folder: str

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.file_tree = FileTree()
        self._rows: list[Row] = []
        self._tokens: Mapping[Selected, int] = {}

    @property
    def line_count(self) -> int:
        return len(self._rows)

    def load(self, snapshot: Snapshot) -> None:
        before = tuple(self.file_tree.selection)
        self.file_tree.load(snapshot.files)
        self.rebuild()
        if tuple(self.file_tree.selection) != before:
            self._selected()

    def set_units(self, path: str, units: tuple[Unit, ...]) -> None:
        self.file_tree.units[path] = units
        self.rebuild()

    def set_tokens(self, counts: Mapping[Selected, int]) -> None:
        """Exact counts of what is selected."""
        self._tokens = counts
        self.refresh()

    def select(self, items: tuple[Selected, ...]) -> None:
        """Adds to the selection what was named in a task."""
        for item in items:
            if item not in self.file_tree.selection:
                self.file_tree.toggle(item)
        self.rebuild()
        self._selected()

    def filter(self, words: str) -> None:
        self.file_tree.filter = words
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
                if not self.file_tree.toggle_folder(path):
                    self.post_message(self.TooMany(path))
                    return
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
                self._to_parent(row)
        self.rebuild()

    def _to_parent(self, row: Row) -> None:
        for at in range(self.cursor - 1, -1, -1):
            if self._rows[at].depth < row.depth:
                self.cursor = at
                return

    def action_filter(self) -> None:
        self.post_message(self.FilterWanted())

    def action_clear(self) -> None:
        self.file_tree.selection.clear()
        self.rebuild()
        self._selected()

    def on_cursor_view_clicked(self, event: CursorView.Clicked) -> None:
        event.stop()
        self.action_enter()

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    def draw(self, line: int, width: int) -> Strip:
        row = self._rows[line]
        match row:
            case FolderRow():
                strip = self._folder(row, width)
            case FileRow():
                strip = self._file(row, width)
            case UnitRow():
                strip = self._unit(row, width)
        if line != self.cursor:
            return strip
        ground = "cursor" if self.has_focus else "cursor-blurred"
        return strip.apply_style(self.palette("", ground))

    def _folder(self, row: FolderRow, width: int) -> Strip:
        style = self.palette
        name = row.path.rpartition("/")[2] + "/"
        left: list[Part] = [
            (" " + "  " * row.depth, style()),
            ("▾ " if row.open else "▸ ", style("faint")),
            (name, style("git-changed" if row.changed else "secondary")),
        ]
        right = [(f"{row.selected} ● ", style("primary"))] if row.selected and not row.open else []
        return spread(left, right, width)

    def _file(self, row: FileRow, width: int) -> Strip:
        style = self.palette
        path = row.entry.path
        mark = "●" if row.selected else ("◐" if row.units else "·")
        chosen = row.selected or bool(row.units)
        name = path if self.file_tree.filter else path.rpartition("/")[2]
        git, colour = _GIT[row.entry.state]
        left: list[Part] = [
            (" " + "  " * row.depth, style()),
            (f"{mark} ", style("primary" if chosen else "faint")),
            (
                name,
                style(
                    "foreground" if row.entry.state is FileState.TRACKED else colour,
                    "",
                    "bold" if chosen else "",
                ),
            ),
        ]
        exact = self._tokens.get(Selected(path)) if row.selected else None
        cost = tokens(exact) if exact is not None else "~" + tokens(approximate_tokens(row.entry))
        right = [
            (f"{cost} ", style("foreground" if row.selected else "faint")),
            (f"{git} ", style(colour, "", "bold")),
        ]
        return spread(left, right, width)

    def _unit(self, row: UnitRow, width: int) -> Strip:
        style = self.palette
        left: list[Part] = [
            (" " + "  " * row.depth, style()),
            ("● " if row.selected else "· ", style("primary" if row.selected else "faint")),
            (
                row.unit.name.rpartition(".")[2],
                style("syntax-function" if row.selected else "muted"),
            ),
        ]
        exact = self._tokens.get(Selected(row.unit.path, row.unit.name)) if row.selected else None
        cost = tokens(exact) if exact is not None else f"{row.unit.start}–{row.unit.end}"
        return spread(left, [(f"{cost}   ", style("foreground" if exact else "faint"))], width)


class FilesPane(Vertical):
    """The tree, with a filter above it while one is typed or set."""

    DEFAULT_CSS = """
    FilesPane #filter { height: 1; border: none; padding: 0 1; display: none; }
    FilesPane.-filtering #filter { display: block; }
    """

    def compose(self) -> ComposeResult:
        yield Input(placeholder="filter by name", id="filter", compact=True)
        yield FileList(id="files")

    @property
    def list(self) -> FileList:
        return self.query_one(FileList)

    def on_file_list_filter_wanted(self, event: FileList.FilterWanted) -> None:
        event.stop()
        self.add_class("-filtering")
        self.query_one(Input).focus()

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
        """Ends filtering; False when there was none."""
        if not self.has_class("-filtering"):
            return False
        self.query_one(Input).value = ""
        self.remove_class("-filtering")
        self.list.focus()
        return True
