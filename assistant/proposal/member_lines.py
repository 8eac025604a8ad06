"""Places the lines of members into the body of a type, laid out like those that are there."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from assistant.proposal.lines import line_end, usual_end
from assistant.proposal.moving import moved_code
from assistant.repo.bodies import Body, Member, Role
from assistant.repo.files import encode_text
from assistant.repo.units import Unit

RUBY = (".rb", ".rake")
_ONE_LINE = re.compile(
    rb"(?P<head>.*?)\s*;\s*(?P<inside>.*?)\s*;?\s*(?P<close>\bend\b[^;]*)", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Fresh:
    """A member to insert."""

    role: Role
    name: str
    code: str
    """Whole lines, indented as they were written, with the comments above."""
    text: str
    """The member alone."""


def opened(path: str, lines: list[bytes], home: Unit, body: Body) -> list[bytes]:
    """The lines, with the end of the body on a line of its own, and what is on one line with both
    ends of it too."""
    if path.endswith(RUBY):
        return _opened_ruby(path, lines, home)
    start, stop = body.columns
    first, last = lines[body.opening - 1], lines[body.closing - 1]
    if not last[:stop].strip():
        return lines
    end, own = usual_end(lines), encode_text(_leading(first))
    above = lines[: body.closing - 1]
    inside = last[:stop].rstrip() + end
    if body.opening == body.closing:
        above.append(first[:start] + end)
        text = first[start:stop].strip()
        inside = own + _step(path, lines) + text + end if text else b""
    return [*above, *[inside] * bool(inside), own + last[stop:], *lines[body.closing :]]


def _opened_ruby(path: str, lines: list[bytes], home: Unit) -> list[bytes]:
    row = home.end - 1
    match = (
        _ONE_LINE.fullmatch(lines[row])
        if home.signature.count("\n") == row + 1 - home.start
        else None
    )
    if match is None:
        return lines
    end, own = usual_end(lines), encode_text(_leading(lines[row]))
    inside = [own + _step(path, lines) + match["inside"] + end] if match["inside"] else []
    return [*lines[:row], match["head"] + end, *inside, own + match["close"], *lines[row + 1 :]]


def spaced(
    path: str, lines: list[bytes], body: Body, anchor: Member | None, fresh: Sequence[Fresh]
) -> list[bytes]:
    """The lines with the members after the anchor, with the blank lines of their like."""
    end = usual_end(lines)
    at = anchor.end if anchor else body.opening
    gap = _gap(body, fresh[0].role, lines)
    indent = _indent(path, lines, body)
    block: list[bytes] = []
    for each in fresh:
        block += [end] * (gap if block else 0)
        rows = moved_code(path, each.code, indent).split("\n")
        block += [encode_text(row) + end for row in rows]
    lead = 0
    if anchor is not None:
        lead = gap if anchor.role is fresh[0].role else 1
    below = lines[at] if at < len(lines) else b""
    closes = at + 1 >= body.closing
    tail = 0 if closes or not below.strip() else max(gap, int(anchor is None))
    return [*lines[:at], *[end] * lead, *block, *[end] * tail, *lines[at:]]


def _gap(body: Body, role: Role, lines: Sequence[bytes]) -> int:
    """Blank lines between members of the role: as between the first two, else the usual."""
    same = body.named(role)
    for one, two in pairwise(same):
        between = lines[one.end : two.start - 1]
        if all(not line.strip() for line in between):
            return len(between)
    return 1 if role is Role.METHOD else 0


def listed(
    path: str, lines: list[bytes], body: Body, same: Sequence[Member], fresh: Sequence[Fresh]
) -> list[bytes]:
    """The lines with members after the last one of a list with commas."""
    end, indent = usual_end(lines), _indent(path, lines, body)
    texts = [moved_code(path, each.code, indent).rstrip().rstrip(",;") for each in fresh]
    if not same:
        added = [encode_text(text.replace("\n", end.decode()) + ",") + end for text in texts]
        return [*lines[: body.opening], *added, *lines[body.opening :]]
    last = same[-1]
    row = lines[last.end - 1]
    head, rest = row[: last.column], row[last.column :].removesuffix(line_end(row))
    if last.end == body.closing:
        inline = b"".join(b", " + encode_text(each.text) for each in fresh)
        return [*lines[: last.end - 1], head + inline + rest + line_end(row), *lines[last.end :]]
    added = [encode_text(text.replace("\n", end.decode())) for text in texts]
    if rest.lstrip().startswith(b","):
        block = [each + b"," + end for each in added]
        return [*lines[: last.end], *block, *lines[last.end :]]
    before, closing, comment = rest.partition(b";")
    if b"//" in before:
        before, closing, comment = rest, b"", b""
    elif closing:
        before = before.rstrip()
    row = head + b"," + before + comment + end
    block = [each + b"," + end for each in added[:-1]] + [added[-1] + closing + end]
    return [*lines[: last.end - 1], row, *block, *lines[last.end :]]


def closed_list(lines: list[bytes], body: Body) -> list[bytes]:
    """The lines, with the semicolon after the constants of a Java enum that other members need."""
    variants = body.named(Role.VARIANT)
    if not variants:
        return lines
    last = variants[-1]
    row = last.end - 1
    below = min(
        (each.start for each in body.members if each.start > last.end), default=body.closing
    )
    rest = lines[row][last.column :]
    between = re.sub(rb"//[^\r\n]*|/\*.*?\*/", b"", b"".join([rest, *lines[last.end : below - 1]]))
    if b";" in between:
        return lines
    closed = lines[row][: last.column] + b";" + rest.removeprefix(b",")
    return [*lines[:row], closed, *lines[row + 1 :]]


def _indent(path: str, lines: Sequence[bytes], body: Body) -> str:
    """The indentation of a member."""
    rows = [lines[each.start - 1] for each in body.members if each.start > body.opening]
    if rows and rows[0].strip():
        return _leading(rows[0])
    return _leading(lines[body.closing - 1]) + _step(path, lines).decode()


def _step(path: str, lines: Sequence[bytes]) -> bytes:
    """One level of indentation."""
    if path.endswith(".go") or any(line.startswith(b"\t") for line in lines):
        return b"\t"
    narrow = path.endswith(RUBY) or any(re.match(rb"  \S", line) for line in lines)
    return b"  " if narrow else b"    "


def _leading(line: bytes) -> str:
    return line[: len(line) - len(line.lstrip(b" \t"))].decode()
