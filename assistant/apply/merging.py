"""Line-based three-way merge.

A conflict has no result: both sides changed the same or adjacent lines.
"""

from collections.abc import Sequence

from assistant.proposal.matching import Region, changed_regions
from assistant.repo.files import split_lines


def merged(base: bytes, ours: bytes, theirs: bytes) -> bytes | None:
    """Applies the changes of both sides to the base. Returns None on a conflict.

    A change that both sides made is applied once.
    """
    lines = split_lines(base)
    sides = [split_lines(ours), split_lines(theirs)]
    edits: list[tuple[Region, tuple[bytes, ...]]] = []
    for side in sides:
        for region in changed_regions(lines, side):
            edit = (region, tuple(side[region.new_start : region.new_end]))
            if not any(_same(edit, other) for other in edits):
                edits.append(edit)
    edits.sort(key=lambda edit: (edit[0].old_start, edit[0].old_end))
    result: list[bytes] = []
    at = 0
    for index, (region, fresh) in enumerate(edits):
        if index and region.old_start <= at:
            return None
        result += lines[at : region.old_start]
        result += fresh
        at = region.old_end
    return b"".join([*result, *lines[at:]])


def _same(edit: tuple[Region, Sequence[bytes]], other: tuple[Region, Sequence[bytes]]) -> bool:
    return edit[0][:2] == other[0][:2] and edit[1] == other[1]
