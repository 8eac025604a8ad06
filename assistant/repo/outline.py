"""The outline: paths and signatures without bodies, best units first, within a token budget."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from assistant.repo.units import DEFINITIONS, Unit
from assistant.sanitize import sanitize_line

_SPACES = re.compile(r"\s+")
_WIDTH = 110


def outline(
    files: Mapping[str, Sequence[Unit]],
    order: Iterable[Unit],
    count: Callable[[str], int],
    budget: int,
) -> str:
    """Signatures of as many units as fit in `budget` tokens, by file, in the order of `files`.

    `order` lists the units that may appear, best first. A file without functions or classes is
    listed by its path alone. Empty if nothing fits.
    """
    wanted = [unit for unit in order if unit.kind in DEFINITIONS]
    low, high = 0, len(wanted)
    bare = [path for path, units in files.items() if not any(u.kind in DEFINITIONS for u in units)]
    while low < high:  # the longest prefix of the order that fits
        middle = (low + high + 1) // 2
        if count(_render(files, wanted[:middle], ())) <= budget:
            low = middle
        else:
            high = middle - 1
    taken = wanted[:low]
    if low == len(wanted):
        full = _render(files, taken, bare)
        if count(full) <= budget:
            return full
    return _render(files, taken, ())


def _render(files: Mapping[str, Sequence[Unit]], taken: Sequence[Unit], bare: Iterable[str]) -> str:
    labels = {unit.label for unit in taken}
    alone = set(bare)
    parts = []
    for path, units in files.items():
        lines = [
            "  " * (1 + unit.name.count(".")) + signature_line(unit)
            for unit in units
            if unit.label in labels
        ]
        if lines or path in alone:
            parts.append("\n".join([sanitize_line(path), *lines]))
    return "\n".join(parts)


def signature_line(unit: Unit) -> str:
    """The signature on one line, without the comments and decorators above it."""
    lines = [line.strip() for line in unit.signature.splitlines()]
    while len(lines) > 1 and lines[0].startswith(("#", "//", "/*", "*", "@", "--")):
        del lines[0]
    joined = _SPACES.sub(" ", " ".join(lines)).rstrip(" :{")
    joined = joined.replace("( ", "(").replace(", )", ")").replace(" )", ")")
    return sanitize_line(joined if len(joined) <= _WIDTH else joined[: _WIDTH - 1] + "…")
