"""Splits a change into hunks, applies hunks, and prints a change as a git-style diff.

Works on raw bytes: what no hunk touches stays as it is, including line endings and invalid text.
Rows for display are in `rows`.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

from assistant.errors import ApplyError
from assistant.proposal.changes import Change, ChangeKind, Hunk
from assistant.proposal.lines import line_end, usual_end
from assistant.proposal.matching import Region, changed_regions
from assistant.proposal.rows import rows_of, word_changes
from assistant.repo.files import decode_text, split_lines

__all__ = ["apply_hunks", "hunks_of", "rows_of", "unified", "word_changes"]

_CONTEXT = 3


def hunks_of(change: Change, uncertain: Sequence[tuple[str, int, float]] = ()) -> tuple[Hunk, ...]:
    """The hunks of a change, in order; a create, delete or rename is one hunk.

    `uncertain` has line confidences as in `Candidate.uncertain`. A change without an effect has no
    hunks.
    """
    old, new = _sides(change)
    if change.kind is not ChangeKind.MODIFY:
        regions: tuple[Region, ...] = (Region(0, len(old), 0, len(new)),)
    else:
        regions = changed_regions(old, new)
    known = {line: probability for path, line, probability in uncertain if path == change.path}
    return tuple(
        Hunk(
            id=f"{change.path}#{number}",
            path=change.path,
            start=region.old_start,
            old=tuple(old[region.old_start : region.old_end]),
            new=tuple(new[region.new_start : region.new_end]),
            confidence=_confidence(known, region),
        )
        for number, region in enumerate(regions, start=1)
    )


def apply_hunks(change: Change, accepted: Sequence[Hunk]) -> Change | None:
    """The change with only these hunks, or None when they leave the file unchanged.

    A hunk's new lines may differ from the candidate's where the user edited them. All hunks,
    unedited, give exactly the candidate's bytes. Raises ApplyError when hunks overlap or do not
    belong to the change.
    """
    if not accepted:
        return None
    old, _ = _sides(change)
    ordered = sorted(accepted, key=lambda hunk: (hunk.start, hunk.start + len(hunk.old)))
    result: list[bytes] = []
    done = 0
    for before, hunk in zip([None, *ordered], ordered, strict=False):
        _require_target(change, hunk, old)
        if before and (hunk.start < done or hunk.start == before.start):
            raise ApplyError(
                f"Two accepted hunks of {change.path!r} overlap.",
                hint="Accept only one of them.",
            )
        result.extend(old[done : hunk.start])
        result.extend(hunk.new)
        done = hunk.start + len(hunk.old)
    result.extend(old[done:])
    data = b"".join(_ended(result, usual_end(old or result)))
    if change.kind is ChangeKind.DELETE:
        return replace(change, new=data) if data else change
    changed = replace(change, new=data)
    return None if change.kind is ChangeKind.MODIFY and data == change.old else changed


def unified(change: Change) -> str:
    """The change as `git diff` would print it (surrogate-escaped); `git apply` accepts it."""
    old, new = _unix_lines(change.old), _unix_lines(change.new)
    before, after = change.renamed_from or change.path, change.path
    head = [f"diff --git {_quoted('a/' + before)} {_quoted('b/' + after)}"]
    match change.kind:
        case ChangeKind.CREATE:
            head.append("new file mode 100644")
        case ChangeKind.DELETE:
            head.append("deleted file mode 100644")
        case ChangeKind.RENAME:
            head += [f"rename from {_quoted(before)}", f"rename to {_quoted(after)}"]
        case ChangeKind.MODIFY:
            pass
    body = [
        text for group in _groups(changed_regions(old, new)) for text in _block(group, old, new)
    ]
    if body:
        head.append("--- " + ("/dev/null" if change.old is None else _named("a/" + before)))
        head.append("+++ " + ("/dev/null" if change.new is None else _named("b/" + after)))
    return "\n".join([*head, *body]) + "\n"


def _sides(change: Change) -> tuple[list[bytes], list[bytes]]:
    return split_lines(change.old or b""), split_lines(change.new or b"")


def _confidence(known: dict[int, float], region: Region) -> float | None:
    """Geometric mean over the region's new lines that have a probability; None without any."""
    logs = [
        math.log(max(known[line], 1e-9))
        for line in range(region.new_start, region.new_end)
        if line in known
    ]
    return math.exp(sum(logs) / len(logs)) if logs else None


def _require_target(change: Change, hunk: Hunk, old: list[bytes]) -> None:
    end = hunk.start + len(hunk.old)
    here = hunk.path == change.path and tuple(old[hunk.start : end]) == hunk.old
    if not here or not 0 <= hunk.start <= len(old):
        raise ApplyError(
            f"The hunk {hunk.id!r} does not belong to this version of {change.path!r}.",
            hint="Ask for the change again: the file or the proposal has changed since.",
        )


def _ended(lines: list[bytes], end: bytes) -> Iterator[bytes]:
    """Adds missing line endings, except to the last line: an edited hunk may have lost its own."""
    for index, line in enumerate(lines):
        yield line if line_end(line) or index == len(lines) - 1 else line + end


def _unix_lines(data: bytes | None) -> list[bytes]:
    """Lines as git counts them: a lone carriage return does not end one."""
    lines = [line + b"\n" for line in (data or b"").split(b"\n")]
    last = lines.pop().removesuffix(b"\n")
    return [*lines, last] if last else lines


def _groups(regions: Sequence[Region]) -> Iterator[list[Region]]:
    """Groups regions whose context lines would touch."""
    group: list[Region] = []
    for region in regions:
        if group and region.old_start - group[-1].old_end > 2 * _CONTEXT:
            yield group
            group = []
        group.append(region)
    if group:
        yield group


def _block(group: list[Region], old: list[bytes], new: list[bytes]) -> Iterator[str]:
    first, last = group[0], group[-1]
    lead = min(_CONTEXT, first.old_start)
    tail = min(_CONTEXT, len(old) - last.old_end)
    yield (
        f"@@ -{_span(first.old_start - lead, last.old_end + tail)}"
        f" +{_span(first.new_start - lead, last.new_end + tail)} @@"
    )
    at = first.old_start - lead
    for region in group:
        yield from _marked(" ", old[at : region.old_start])
        yield from _marked("-", old[region.old_start : region.old_end])
        yield from _marked("+", new[region.new_start : region.new_end])
        at = region.old_end
    yield from _marked(" ", old[at : at + tail])


def _marked(mark: str, lines: Sequence[bytes]) -> Iterator[str]:
    for line in lines:
        yield mark + decode_text(line.removesuffix(b"\n"))
        if not line.endswith(b"\n"):
            yield "\\ No newline at end of file"


def _span(start: int, end: int) -> str:
    """A line range as in a hunk header: 1-based; an empty one names the line before it."""
    size = end - start
    return f"{start + 1 if size else start},{size}"


_ESCAPES = {7: "a", 8: "b", 9: "t", 10: "n", 11: "v", 12: "f", 13: "r", 34: '"', 92: "\\"}


def _quoted(name: str) -> str:
    """A name as git quotes it: in C style unless it is printable ASCII."""
    data = name.encode("utf-8", "surrogateescape")
    if all(32 <= byte < 127 and byte not in _ESCAPES for byte in data):
        return name
    escaped = (
        "\\" + _ESCAPES[byte]
        if byte in _ESCAPES
        else chr(byte)
        if 32 <= byte < 127
        else f"\\{byte:03o}"
        for byte in data
    )
    return '"' + "".join(escaped) + '"'


def _named(name: str) -> str:
    """A name in a `---` or `+++` line. Like git, ends a name with a space with a tab."""
    quoted = _quoted(name)
    return quoted + "\t" if " " in quoted and not quoted.startswith('"') else quoted
