"""A file as text to read and to edit, and back to bytes that keep what was not edited."""

from collections.abc import Sequence
from dataclasses import dataclass

from assistant.errors import UsageError
from assistant.proposal.lines import line_end, usual_end
from assistant.proposal.matching import changed_regions
from assistant.repo.files import decode_text, encode_text, split_lines
from assistant.repo.paths import is_secret_path
from assistant.repo.reading import TEXT_LIMIT, is_binary
from assistant.sanitize import sanitize_line

MOST_BYTES = 100_000_000
"""Of a larger file, only the beginning is shown."""
_MOST_LINES = 20_000
"""Lines up to which a file can be edited without a wait after each key."""
_LONGEST_LINE = 5_000
"""Characters of the longest line of a file that can be edited."""
_BOM = b"\xef\xbb\xbf"
ADDED, CHANGED, REMOVED = "added", "changed", "removed"


@dataclass(frozen=True, slots=True)
class OpenedFile:
    """A text file as it was read."""

    path: str
    data: bytes
    """The bytes on disk; of a very large file, its beginning."""
    text: str
    """The lines joined with "\\n", without a byte order mark; empty for one that is only read."""
    reason: str = ""
    """Why the file can only be read; empty for one that can be edited."""

    @property
    def editable(self) -> bool:
        return not self.reason

    def lines(self) -> list[bytes]:
        """The lines without their ends; the last is empty where the file ends with a line end."""
        lines = split_lines(self.data.removeprefix(_BOM))
        ended = not lines or bool(line_end(lines[-1]))
        return [line.rstrip(b"\r\n") for line in lines] + [b""] * ended


def opened(path: str, data: bytes) -> OpenedFile:
    """The file of a path and its bytes, of which there may be one more than MOST_BYTES.

    Raises UsageError for a file that is no text.
    """
    if is_binary(data):
        raise UsageError(
            f"{sanitize_line(path)} is binary.", hint="Only text files can be shown here."
        )
    cut = data[:MOST_BYTES]
    reason = _reason(path, data)
    if reason:
        return OpenedFile(path, cut, "", reason)
    text = "\n".join(data.decode("utf-8").removeprefix("\ufeff").splitlines())
    ended = data.endswith((b"\n", b"\r"))
    return OpenedFile(path, data, f"{text}\n" if ended else text)


def _reason(path: str, data: bytes) -> str:
    """Why a file can only be read; empty where it can be edited."""
    if len(data) > MOST_BYTES:
        return f"only the first {MOST_BYTES // 1_000_000} MB are shown"
    if is_secret_path(path):
        return "it may hold secrets, of which undo would keep copies"
    if len(data) > TEXT_LIMIT:
        return f"larger than {TEXT_LIMIT // 1_000_000} MB"
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return "not valid UTF-8"
    lines = text.splitlines()
    if len(lines) != len(split_lines(data)):
        return "form feeds or other unusual line ends"
    if len(lines) > _MOST_LINES:
        return f"more than {_MOST_LINES:,} lines"
    if max(map(len, lines), default=0) > _LONGEST_LINE:
        return f"lines of more than {_LONGEST_LINE:,} characters"
    return ""


def edited(file: OpenedFile, text: str) -> bytes:
    """The bytes of the file after its text was edited.

    A line that is not edited keeps its bytes and its end, another one gets the end of the line in
    its place, and what is added gets the usual end of the file.
    """
    lines = split_lines(file.data.removeprefix(_BOM))
    usual = usual_end(lines)
    ends = [line_end(line) for line in lines]
    if not lines or ends[-1]:
        ends.append(b"")
    old, new = file.lines(), [encode_text(line) for line in text.split("\n")]
    kept: list[bytes] = []
    at = 0
    for region in changed_regions(old, new):
        kept += ends[at : region.old_start]
        replaced = ends[region.old_start : region.old_end]
        added = region.new_end - region.new_start
        kept += [*replaced, *[usual] * added][:added]
        at = region.old_end
    kept += ends[at:]
    for index in range(len(new) - 1):
        kept[index] = kept[index] or usual
    kept[len(new) - 1 :] = [b""]
    for index in range(len(new) - 1):
        if kept[index] == b"\r" and not new[index + 1] and kept[index + 1] == b"\n":
            kept[index] = b"\n"  # together they would be one line end
    bom = _BOM if file.data.startswith(_BOM) else b""
    return bom + b"".join(line + end for line, end in zip(new, kept, strict=True))


def marks(head: bytes | None, lines: Sequence[bytes]) -> dict[int, str]:
    """What differs from HEAD, by 0-based line: ADDED, CHANGED, or REMOVED before that line.

    `head` is None for a file that HEAD does not have: then nothing is marked.
    """
    if head is None:
        return {}
    old = OpenedFile("", head, "").lines()
    found: dict[int, str] = {}
    for region in changed_regions(old, list(lines)):
        kind = CHANGED if region.old_end > region.old_start else ADDED
        if region.new_start == region.new_end:
            found.setdefault(min(region.new_start, len(lines) - 1), REMOVED)
        found |= dict.fromkeys(range(region.new_start, region.new_end), kind)
    return found


def line_texts(file: OpenedFile) -> list[str]:
    """The lines as text; bytes that are not UTF-8 become surrogate escapes."""
    return file.text.split("\n") if file.editable else list(map(decode_text, file.lines()))
