"""Finds units in documents and data files: headings, tables, keys and paragraphs."""

import re
from collections.abc import Callable, Iterator, Sequence

from assistant.repo.spans import Piece, is_blank
from assistant.repo.units import UnitKind

_MAX_PARAGRAPH = 80
"""Lines; a longer paragraph is split, since it is too long to rewrite whole."""
_MAX_NAME = 80
"""Characters of a heading that are used as the name."""

_HEADING = re.compile(r" {0,3}#{1,6}[ \t]+(.*?)[ \t]*#*[ \t]*$")
_UNDERLINE = re.compile(r"(={3,}|-{3,})[ \t]*$")
_FENCE = re.compile(r"[ \t]*(`{3,}|~{3,})")
_TABLE = re.compile(r"[ \t]*\[\[?[ \t]*([^\[\]]+?)[ \t]*\]\]?[ \t]*([#;].*)?$")
_KEY = re.compile(r"""([^\s#\-\[\]{}&*!|>%@`][^#]*?|'[^']*'|"[^"]*")[ \t]*:(?=[ \t]|$)""")
_JSON = re.compile(r'"(?:\\.|[^"\\\n])*"|[{}\[\],:\n]')
_TOML = re.compile(
    r'"""(?:\\.|[^\\])*?"""|"(?:\\.|[^"\\\n])*"'
    r"|'''.*?'''|'[^'\n]*'"
    r"|#[^\n]*|[\[\]{}]|\n",
    re.DOTALL,
)


def text_pieces(suffix: str, lines: Sequence[str]) -> tuple[Piece, ...]:
    """Pieces that cover the lines of a file; `suffix` is its file extension."""
    finders: dict[str, Callable[[Sequence[str]], tuple[Piece, ...]]] = {
        "md": markdown_pieces,
        "markdown": markdown_pieces,
        "toml": table_pieces,
        "ini": table_pieces,
        "cfg": table_pieces,
        "yaml": key_pieces,
        "yml": key_pieces,
        "json": json_pieces,
    }
    return finders.get(suffix, paragraph_pieces)(lines)


def markdown_pieces(lines: Sequence[str]) -> tuple[Piece, ...]:
    """One section per heading of any level, up to the next heading."""
    return _sections(lines, list(_headings(lines)), above="")


def _headings(lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    fence = ""
    for row, line in enumerate(lines):
        mark = _FENCE.match(line)
        if fence:
            closes = mark and mark[1].startswith(fence) and is_blank(line[mark.end() :])
            fence = "" if closes else fence
        elif mark:
            fence = mark[1]
        elif heading := _HEADING.match(line.rstrip("\r\n")):
            yield row, heading[1]
        elif (
            row > 0
            and _UNDERLINE.match(line.rstrip("\r\n"))
            and not is_blank(lines[row - 1])
            and not lines[row - 1].lstrip().startswith(("#", "-", "|", ">", "`", "~"))
            and (row == 1 or is_blank(lines[row - 2]))
        ):
            yield row - 1, lines[row - 1].strip()


def table_pieces(lines: Sequence[str]) -> tuple[Piece, ...]:
    """One section per table of a TOML or INI file, with the comments directly above it."""
    outside = _outermost_rows(lines)
    starts = [
        (row, match[1])
        for row, line in enumerate(lines)
        if row in outside and (match := _TABLE.match(line.rstrip("\r\n")))
    ]
    return _sections(lines, starts, above="#;")


def _outermost_rows(lines: Sequence[str]) -> set[int]:
    """Rows that start outside multi-line arrays and strings."""
    rows, depth, row = {0}, 0, 0
    for match in _TOML.finditer("".join(line.rstrip("\r\n") + "\n" for line in lines)):
        piece = match[0]
        row += piece.count("\n")
        if piece in ("[", "{"):
            depth += 1
        elif piece in ("]", "}"):
            depth = max(depth - 1, 0)
        elif piece == "\n" and depth == 0:
            rows.add(row)
    return rows


def key_pieces(lines: Sequence[str]) -> tuple[Piece, ...]:
    """One section per top-level key of a YAML file, with the comments directly above it."""
    starts = [
        (row, match[1].strip("'\""))
        for row, line in enumerate(lines)
        if (match := _KEY.match(line.rstrip("\r\n")))
    ]
    return _sections(lines, starts, above="#")


def json_pieces(lines: Sequence[str]) -> tuple[Piece, ...]:
    """The whole file, with one nested section per top-level key if each key has its own line."""
    if not any(not is_blank(line) for line in lines):
        return ()
    first = next(row for row, line in enumerate(lines) if not is_blank(line))
    last = max(row for row, line in enumerate(lines) if not is_blank(line))
    keys = list(_json_keys(lines))
    rows = [row for row, _ in keys]
    apart = bool(rows) and rows[0] > first and rows[-1] < last and len(set(rows)) == len(rows)
    inner = tuple(
        Piece(row, stop, UnitKind.SECTION, _section_name(name))
        for (row, name), stop in zip(keys, [*rows, last][1:], strict=True)
    )
    whole = Piece(first, last + 1, UnitKind.FILE, "file")
    return (Piece(first, last + 1, UnitKind.FILE, "file", children=inner) if apart else whole,)


def _json_keys(lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    depth = row = 0
    pending: tuple[int, str] | None = None
    for match in _JSON.finditer("".join(line.rstrip("\r\n") + "\n" for line in lines)):
        piece = match[0]
        if piece == "\n":
            row += 1
        elif piece in "{[":
            depth += 1 if piece == "{" or depth else 2  # a top-level list has no keys
        elif piece in "}]":
            depth -= 1
        elif piece == ":" and pending and depth == 1:
            yield pending
            pending = None
        elif piece.startswith('"') and depth == 1:
            pending = (row, piece[1:-1])
        elif piece == ",":
            pending = None


def paragraph_pieces(lines: Sequence[str]) -> tuple[Piece, ...]:
    """Runs of non-blank lines, with long runs split."""
    return tuple(_paragraphs(lines, 0, len(lines)))


def _paragraphs(lines: Sequence[str], start: int, stop: int) -> Iterator[Piece]:
    first = -1
    for row in range(start, stop):
        blank = is_blank(lines[row])
        if first >= 0 and (blank or row - first >= _MAX_PARAGRAPH):
            yield Piece(first, row, UnitKind.BLOCK)
            first = -1
        if first < 0 and not blank:
            first = row
    if first >= 0:
        yield Piece(first, stop, UnitKind.BLOCK)


def _sections(
    lines: Sequence[str], starts: Sequence[tuple[int, str]], *, above: str
) -> tuple[Piece, ...]:
    """Sections from each start to the next; `above` has the comment marks of leading comments."""
    firsts = []
    for row, _ in starts:
        first = row
        while first > 0 and above and lines[first - 1].lstrip()[:1] in tuple(above):
            first -= 1
        firsts.append(first)
    before = _paragraphs(lines, 0, firsts[0] if firsts else len(lines))
    sections = (
        Piece(first, stop, UnitKind.SECTION, _section_name(name), first=row)
        for (row, name), first, stop in zip(starts, firsts, [*firsts, len(lines)][1:], strict=True)
    )
    return (*before, *sections)


def _section_name(text: str) -> str:
    return " ".join(text.split())[:_MAX_NAME] or "section"
