"""Draws the rows of the file tree: folders, files and units."""

from collections.abc import Mapping

from textual.strip import Strip

from assistant.context.bundle import Selected
from assistant.repo.files import FileState
from assistant.ui.amounts import tokens
from assistant.ui.filetree import FileRow, FolderRow, Row, UnitRow, approximate_tokens
from assistant.ui.rows import Part, spread
from assistant.ui.themes import Palette

_GIT = {
    FileState.TRACKED: (" ", "faint"),
    FileState.CHANGED: ("M", "git-changed"),
    FileState.STAGED: ("S", "git-staged"),
    FileState.UNTRACKED: ("U", "git-untracked"),
    FileState.IGNORED: ("I", "faint"),
    FileState.DELETED: ("D", "git-conflict"),
    FileState.UNMERGED: ("!", "git-conflict"),
}


def draw_row(
    style: Palette, row: Row, counts: Mapping[Selected, int], width: int, *, full_path: bool
) -> Strip:
    """Draws any row. `counts` has the tokens of what is selected, where they were counted."""
    match row:
        case FolderRow():
            return draw_folder(style, row, width)
        case FileRow():
            count = counts.get(Selected(row.entry.path))
            return draw_file(style, row, count, width, full_path=full_path)
        case UnitRow():
            count = counts.get(Selected(row.unit.path, row.unit.name))
            return draw_unit(style, row, count, width)


def draw_folder(style: Palette, row: FolderRow, width: int) -> Strip:
    """Draws a folder. A closed one shows how many files below it are selected."""
    name = row.path.rpartition("/")[2] + "/"
    left: list[Part] = [
        (" " + "  " * row.depth, style()),
        ("▾ " if row.open else "▸ ", style("faint")),
        (name, style("git-changed" if row.changed else "secondary")),
    ]
    right = [(f"{row.selected} ● ", style("primary"))] if row.selected and not row.open else []
    return spread(left, right, width)


def draw_file(
    style: Palette, row: FileRow, count: int | None, width: int, *, full_path: bool
) -> Strip:
    """Draws a file with its token count and git state. `count` is None while not counted."""
    path = row.entry.path
    mark = "●" if row.selected else ("◐" if row.units else "·")
    chosen = row.selected or bool(row.units)
    git, colour = _GIT[row.entry.state]
    name_colour = "foreground" if row.entry.state is FileState.TRACKED else colour
    left: list[Part] = [
        (" " + "  " * row.depth, style()),
        (f"{mark} ", style("primary" if chosen else "faint")),
        (
            path if full_path else path.rpartition("/")[2],
            style(name_colour, "", "bold" if chosen else ""),
        ),
    ]
    exact = count if row.selected else None
    cost = tokens(exact) if exact is not None else "~" + tokens(approximate_tokens(row.entry))
    right = [
        (f"{cost} ", style("foreground" if row.selected else "faint")),
        (f"{git} ", style(colour, "", "bold")),
    ]
    return spread(left, right, width)


def draw_unit(style: Palette, row: UnitRow, count: int | None, width: int) -> Strip:
    """Draws a unit with its token count, or with its lines if it was not counted."""
    left: list[Part] = [
        (" " + "  " * row.depth, style()),
        ("● " if row.selected else "· ", style("primary" if row.selected else "faint")),
        (row.unit.name.rpartition(".")[2], style("syntax-function" if row.selected else "muted")),
    ]
    exact = count if row.selected else None
    cost = tokens(exact) if exact is not None else f"{row.unit.start}–{row.unit.end}"
    return spread(left, [(f"{cost}   ", style("foreground" if exact else "faint"))], width)
