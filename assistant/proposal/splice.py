"""Replaces, inserts or deletes one unit of a file, as raw bytes.

Lines outside the target stay byte-identical. The file keeps its line endings, its byte order mark
and a missing final newline.
"""

import hashlib
from collections.abc import Sequence

from assistant.errors import ProposalError
from assistant.proposal.imports import add_imports
from assistant.proposal.lines import line_end, usual_end
from assistant.proposal.matching import changed_regions
from assistant.proposal.moving import leading, string_rows
from assistant.proposal.omissions import refuse_placeholders
from assistant.proposal.pieces import indent_of, moved
from assistant.repo.files import TextFile, decode_text, encode_text, split_lines
from assistant.repo.units import Unit

__all__ = ["add_imports", "delete_unit", "insert_after", "replace_all", "replace_unit"]

_BOM = b"\xef\xbb\xbf"
_PYTHON = (".py", ".pyi")
_CLOSING = ("}", ")", "]", "end", "</", "fi", "done", "esac")


def replace_unit(file: TextFile, unit: Unit, text: str) -> bytes:
    """Returns the file with the unit's lines replaced by the text.

    Lines that the text repeats keep their bytes. Text with another indentation is moved to the
    unit's, in Python without the lines inside strings. Raises ProposalError for text that is empty
    or contains a placeholder, and for a unit from another version of the file.
    """
    lines = _lines(file)
    old = _unit_lines(file, lines, unit)
    new = _text_lines(text, unit.label)
    refuse_placeholders(decode_text(b"".join(old)), "\n".join(new), unit.label)
    if file.path.endswith(_PYTHON):
        new = moved("\n".join(new), indent_of(decode_text(b"".join(old)))).split("\n")
    else:
        new = _moved(file.path, new, to=leading(decode_text(old[0])))
    fresh = _fresh(old, new, usual_end(old if any(map(line_end, old)) else lines))
    return _joined(file, [*lines[: unit.start - 1], *fresh, *lines[unit.end :]])


def replace_all(file: TextFile, text: str, *, keeps_ends: bool = True) -> bytes:
    """Returns the file with all its lines replaced by the text; blank ones at both ends stay if
    `keeps_ends`.

    Lines that the text repeats keep their bytes. Raises ProposalError for text that is empty or
    contains a placeholder.
    """
    lines = _lines(file)
    new = _text_lines(text, file.path)
    refuse_placeholders(file.text, "\n".join(new), file.path)
    start, stop = _trailing_blanks(lines[::-1]), len(lines) - _trailing_blanks(lines)
    if start >= stop:
        return _joined(file, [encode_text(line) + usual_end(lines) for line in new])
    fresh = _fresh(lines[start:stop], new, usual_end(lines))
    before, after = (lines[:start], lines[stop:]) if keeps_ends else ([], [])
    return _joined(file, [*before, *fresh, *after])


def _fresh(old: Sequence[bytes], new: Sequence[str], end: bytes) -> list[bytes]:
    """The new lines in place of the old ones, whose last line ending stays."""
    fresh = _keeping(old, [encode_text(line) + end for line in new])
    fresh[-1] = fresh[-1].removesuffix(line_end(fresh[-1])) + line_end(old[-1])
    return fresh


def insert_after(file: TextFile, line: int, text: str) -> bytes:
    """Returns the file with the text after a line (1-based; 0 for the top), with the usual spacing.

    Existing blank lines count. Raises ProposalError for text that is empty or contains a
    placeholder, and for a line that the file does not have.
    """
    lines = _lines(file)
    if not 0 <= line <= len(lines):
        raise ProposalError(
            f"{file.path} has {len(lines)} lines; nothing can be inserted after line {line}.",
            hint="Read the file again.",
        )
    new = _text_lines(text, file.path)
    refuse_placeholders("", "\n".join(new), file.path)
    end = usual_end(lines)
    before, after = lines[:line], lines[line:]
    unended = not line_end(lines[-1]) if lines else False
    if before and not line_end(before[-1]):
        before[-1] += end
    python = file.path.endswith(_PYTHON)
    lead = max(0, _blanks_before(before, new, python) - _trailing_blanks(before))
    tail = max(0, _blanks_after(after, new, python) - _trailing_blanks(after[::-1]))
    if _trailing_blanks(before) == len(before):
        lead = 0
    if _trailing_blanks(after) == len(after):
        tail = 0
    fresh = [end] * lead + [encode_text(row) + end for row in new] + [end] * tail
    if unended and not after:
        fresh[-1] = fresh[-1].removesuffix(end)
    return _joined(file, [*before, *fresh, *after])


def delete_unit(file: TextFile, unit: Unit) -> bytes:
    """Returns the file without the unit and the blank lines that only it needed.

    A Python block that becomes empty gets a `pass`. Raises ProposalError for a unit from another
    version of the file.
    """
    lines = _lines(file)
    old = _unit_lines(file, lines, unit)
    before, after = lines[: unit.start - 1], lines[unit.end :]
    above, below = _trailing_blanks(before), _trailing_blanks(after[::-1])
    spaces = [before[len(before) - above :], after[:below]]
    before, after = before[: len(before) - above], after[below:]
    opener = before[-1] if before and _depth(before[-1]) < _depth(old[0]) else b""
    if opener and file.path.endswith(_PYTHON) and _block_is_empty(opener, after):
        indent = old[0][: _depth(old[0])]
        kept = [*before, indent + b"pass" + usual_end(lines), *spaces[1], *after]
    elif opener or not before or not after:
        kept = [*before, *after]
    else:
        kept = [*before, *max(spaces, key=len), *after]
    if kept and not line_end(lines[-1]):
        kept[-1] = kept[-1].removesuffix(line_end(kept[-1]))
    return _joined(file, kept)


def _lines(file: TextFile) -> list[bytes]:
    lines = split_lines(file.data.removeprefix(_BOM))
    return lines or [b""] * bool(file.data)  # a byte order mark alone is a line too


def _joined(file: TextFile, lines: Sequence[bytes]) -> bytes:
    mark = _BOM if file.data.startswith(_BOM) else b""
    return mark + b"".join(lines)


def _unit_lines(file: TextFile, lines: Sequence[bytes], unit: Unit) -> list[bytes]:
    old = list(lines[unit.start - 1 : unit.end])
    mark = _BOM if unit.start == 1 and file.data.startswith(_BOM) else b""
    same = hashlib.sha256(mark + b"".join(old)).hexdigest() == unit.digest
    if not 1 <= unit.start <= unit.end <= len(lines) or not same:
        raise ProposalError(
            f"{unit.label} is not at lines {unit.start} to {unit.end} of {file.path} as expected.",
            hint="The file changed since it was read; try again.",
        )
    return old


def _text_lines(text: str, where: str) -> list[str]:
    """The lines without line endings, byte order mark and surrounding blank lines."""
    unix = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    lines = unix.split("\n")
    while lines and not lines[0].strip():
        del lines[0]
    while lines and not lines[-1].strip():
        del lines[-1]
    if not lines:
        raise ProposalError(f"The candidate for {where} is empty.", hint="Try again.")
    return lines


def _moved(path: str, lines: list[str], *, to: str) -> list[str]:
    """Changes the first line's indentation to `to` on all lines outside strings, if all have it."""
    indent = leading(lines[0])
    if indent == to:
        return lines
    inside = string_rows(path, "\n".join(lines))
    code = {row for row, line in enumerate(lines) if line.strip()} - inside
    if not all(lines[row].startswith(indent) for row in code):
        return lines
    return [to + line[len(indent) :] if row in code else line for row, line in enumerate(lines)]


def _keeping(old: Sequence[bytes], new: list[bytes]) -> list[bytes]:
    """The new lines; those that repeat an old line get that line's bytes.

    A model does not see bytes that are not UTF-8 and may mix up line endings; both are kept.
    """
    known, written = [_seen(line) for line in old], [_seen(line) for line in new]
    kept = list(new)
    i = j = 0
    for region in [*changed_regions(known, written), None]:
        stop = region.old_start if region else len(old)
        for line in old[i:stop]:
            kept[j] = line if line_end(line) else line + line_end(new[j])
            j += 1
        if region:
            i, j = region.old_end, region.new_end
    return kept


def _seen(line: bytes) -> bytes:
    return line.removesuffix(line_end(line)).decode("utf-8", "replace").encode()


def _depth(line: bytes) -> int:
    return len(line) - len(line.lstrip(b" \t"))


def _trailing_blanks(lines: Sequence[bytes]) -> int:
    count = 0
    while count < len(lines) and not lines[-1 - count].strip():
        count += 1
    return count


def _is_definition(line: str) -> bool:
    return line.lstrip().startswith(("def ", "class ", "async def ", "@"))


def _blanks_before(before: Sequence[bytes], new: Sequence[str], python: bool) -> int:
    """Blank lines needed between the text and what precedes it."""
    above = next((decode_text(line) for line in reversed(before) if line.strip()), "")
    depth = len(leading(new[0]))
    if len(leading(above)) < depth or above.rstrip().endswith(("{", "(", "[")):
        return 0
    if not python:
        return 1 if len(new) > 1 else 0
    if depth:
        return 1 if _is_definition(new[0]) else 0
    return 2 if _is_definition(new[0]) or leading(above) else 0


def _blanks_after(after: Sequence[bytes], new: Sequence[str], python: bool) -> int:
    """Blank lines needed between the text and what follows it."""
    below = next((decode_text(line) for line in after if line.strip()), "")
    depth = len(leading(below))
    if below.lstrip().startswith(_CLOSING) and depth < len(leading(new[-1])) + 1:
        return 0 if not python else 1
    if not python:
        return 1 if len(new) > 1 else 0
    if _is_definition(below) or _is_definition(new[0]):
        return 1 if depth else 2
    return 0


def _block_is_empty(opener: bytes, after: Sequence[bytes]) -> bool:
    """Whether what follows is outside the block that the opener begins."""
    below = after[0] if after else b""
    return opener.rstrip().endswith(b":") and _depth(below) <= _depth(opener)
