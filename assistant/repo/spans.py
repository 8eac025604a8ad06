"""Turns the pieces that a parser found into units: fills gaps, attaches comments, groups, names.

Independent of the language. Rows are 0-based and stops exclusive here; unit lines are 1-based.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from assistant.repo.files import TextFile, decode_text, encode_text, split_lines
from assistant.repo.units import Unit, UnitKind


@dataclass(frozen=True, slots=True)
class Piece:
    """A range of whole lines that becomes a unit."""

    start: int
    stop: int
    kind: UnitKind
    name: str = ""
    """Without the names of enclosing units; if empty, the unit gets a number."""
    signature: tuple[int, int] = (-1, 0)
    """Row and column of the signature's end; row -1 means the end of the first line."""
    references: frozenset[str] = frozenset()
    children: "tuple[Piece, ...]" = ()
    comment: bool = False
    """Contains only comments, which belong to the piece directly below."""
    first: int = -1
    """Row of the first line after attached comments; -1 means `start`."""
    prefix: str = ""
    """Prefix of nested names, if it is not the name."""

    @property
    def plain(self) -> bool:
        """True for statements that may be merged with their neighbours."""
        return self.kind is UnitKind.BLOCK and not self.children


def lines_of(file: TextFile) -> tuple[str, ...]:
    """The lines of the text with their ends, as `split_lines` counts them."""
    return tuple(decode_text(line) for line in split_lines(file.data))


def cover(
    pieces: Iterable[Piece], lines: Sequence[str], start: int, stop: int
) -> tuple[Piece, ...]:
    """Disjoint pieces, in order, that cover every non-blank line of [start, stop)."""
    disjoint = _merge_overlaps(sorted(pieces, key=lambda piece: (piece.start, -piece.stop)))
    filled = list(_fill_gaps(disjoint, lines, start, stop))
    return tuple(_group(_attach_comments(filled)))


def with_head(piece: Piece, inner: tuple[Piece, ...]) -> Piece:
    """A class with the pieces of its body as children; those before the first method are its head.

    If there is no method, or one shares a line with the class statement, there are no children.
    """
    before = 0
    while before < len(inner) and inner[before].plain:
        before += 1
    after = inner[before:]
    row = max(piece.signature[0], piece.start)
    if not after or after[0].start <= row or after[-1].stop > piece.stop:
        return piece
    head = replace(
        piece,
        stop=inner[before - 1].stop if before else row + 1,
        kind=UnitKind.CLASS_HEAD,
        name=f"{piece.name} head",
        references=frozenset().union(*(part.references for part in inner[:before])),
    )
    return replace(piece, children=(head, *after))


def units(file: TextFile, lines: Sequence[str], pieces: Iterable[Piece]) -> tuple[Unit, ...]:
    """Named units in file order, outer units before nested ones."""
    taken: dict[str, int] = {}
    return tuple(
        _unit(file.path, lines, piece, _unique(name, taken))
        for piece, name in _named(pieces, "", [0])
    )


def _merge_overlaps(pieces: Iterable[Piece]) -> list[Piece]:
    """Merge pieces that share a line, since they cannot be rewritten separately."""
    merged: list[Piece] = []
    for piece in pieces:
        if not merged or piece.start >= merged[-1].stop:
            merged.append(piece)
            continue
        last = merged[-1]
        stop = max(last.stop, piece.stop)
        references = last.references | piece.references
        if piece.comment:
            merged[-1] = replace(last, stop=stop)
        elif last.comment:
            merged[-1] = replace(piece, start=last.start, stop=stop)
        elif last.kind is piece.kind is UnitKind.IMPORTS:
            merged[-1] = replace(last, stop=stop, references=references)
        else:
            name = last.name or piece.name
            merged[-1] = Piece(last.start, stop, UnitKind.BLOCK, name, references=references)
    return merged


def _fill_gaps(
    pieces: Iterable[Piece], lines: Sequence[str], start: int, stop: int
) -> Iterator[Piece]:
    at = start
    for piece in pieces:
        yield from _paragraphs(lines, at, piece.start)
        yield piece
        at = max(at, piece.stop)
    yield from _paragraphs(lines, at, stop)


def _paragraphs(lines: Sequence[str], start: int, stop: int) -> Iterator[Piece]:
    at = start
    while at < stop:
        if is_blank(lines[at]):
            at += 1
            continue
        end = at
        while end < stop and not is_blank(lines[end]):
            end += 1
        yield Piece(at, end, UnitKind.BLOCK, comment=True)
        at = end


def is_blank(line: str) -> bool:
    """True for a line of only ASCII white space."""
    return not line.strip(" \t\r\n\f\v")


def _attach_comments(pieces: list[Piece]) -> list[Piece]:
    """Attach comments to the piece directly below; other comments stay separate."""
    attached: list[Piece] = []
    for piece in reversed(pieces):
        below = attached[-1] if attached else None
        if piece.comment and below is not None and piece.stop == below.start:
            first = below.first if below.first >= 0 else below.start
            first = piece.start if below.comment else first
            children = below.children
            if children and children[0].kind is UnitKind.CLASS_HEAD:
                head = replace(children[0], start=piece.start, first=first)
                children = (head, *children[1:])
            attached[-1] = replace(below, start=piece.start, first=first, children=children)
        else:
            attached.append(piece)
    return attached[::-1]


def _group(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """Merge runs of imports, and plain statements without a blank line between them."""
    last: Piece | None = None
    for piece in pieces:
        if last is not None and _mergeable(last, piece):
            last = replace(
                last,
                stop=piece.stop,
                name=last.name or piece.name,
                references=last.references | piece.references,
                comment=last.comment and piece.comment,
            )
            continue
        if last is not None:
            yield last
        last = piece
    if last is not None:
        yield last


def _mergeable(last: Piece, piece: Piece) -> bool:
    if last.kind is piece.kind is UnitKind.IMPORTS:
        return True
    return last.plain and piece.plain and last.stop == piece.start


def _named(pieces: Iterable[Piece], prefix: str, blocks: list[int]) -> Iterator[tuple[Piece, str]]:
    for piece in pieces:
        inner = prefix
        if piece.name:
            name = prefix + piece.name
            inner = f"{prefix}{piece.prefix or piece.name}."
        elif piece.kind is UnitKind.IMPORTS:
            name = f"{prefix}imports"
        else:
            blocks[0] += 1
            name = f"{prefix}block {blocks[0]}"
        yield piece, name
        head = [child for child in piece.children[:1] if child.kind is UnitKind.CLASS_HEAD]
        yield from _named(head, prefix, blocks)
        transparent = piece.kind in (UnitKind.BLOCK, UnitKind.FILE)
        rest = piece.children[len(head) :]
        yield from _named(rest, prefix if transparent else inner, blocks)


def _unique(name: str, taken: dict[str, int]) -> str:
    """The name, numbered if it is already taken; `taken` counts the uses of each name."""
    count = taken.get(name, 0) + 1
    taken[name] = count
    return name if count == 1 else _unique(f"{name}#{count}", taken)


def _unit(path: str, lines: Sequence[str], piece: Piece, name: str) -> Unit:
    stop = piece.stop
    while stop > piece.start + 1 and is_blank(lines[stop - 1]):
        stop -= 1
    row, column = piece.signature
    if row < 0:
        row = piece.first if piece.first >= 0 else piece.start
        column = len(lines[row])
    signature = "".join(lines[piece.start : row]) + lines[row][:column]
    data = encode_text("".join(lines[piece.start : stop]))
    return Unit(
        path=path,
        name=name,
        kind=piece.kind,
        start=piece.start + 1,
        end=stop,
        signature=signature.rstrip(" \t\r\n"),
        digest=hashlib.sha256(data).hexdigest(),
        references=tuple(sorted(piece.references)),
    )
