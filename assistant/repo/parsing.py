"""Splits a file into units with the parser for its type, and caches the result.

Never fails: a file without a parser is split into paragraphs.
"""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Sequence

from assistant.repo.files import TextFile
from assistant.repo.grammars import LANGUAGES
from assistant.repo.python_units import python_pieces
from assistant.repo.spans import Piece, lines_of, units
from assistant.repo.text_units import text_pieces
from assistant.repo.tree_units import tree_pieces
from assistant.repo.units import Unit

_CACHED_FILES = 20_000


class _Cache:
    """An LRU cache of units by path and content. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._units: OrderedDict[tuple[str, bytes], tuple[Unit, ...]] = OrderedDict()

    def units(self, file: TextFile) -> tuple[Unit, ...]:
        key = (file.path, hashlib.sha256(file.data).digest())
        with self._lock:
            found = self._units.get(key)
            if found is not None:
                self._units.move_to_end(key)
                return found
        found = _parse(file)
        with self._lock:
            self._units[key] = found
            while len(self._units) > _CACHED_FILES:
                self._units.popitem(last=False)
        return found


_cache = _Cache()


def units_of(file: TextFile) -> tuple[Unit, ...]:
    """The units of a file, in file order, a class before its members.

    Two units are either disjoint or nested. Every non-blank line belongs to a unit, and names are
    unique within the file. An empty file has no units.
    """
    return _cache.units(file)


def _parse(file: TextFile) -> tuple[Unit, ...]:
    lines = lines_of(file)
    return units(file, lines, _pieces(file.path, lines))


def _pieces(path: str, lines: Sequence[str]) -> tuple[Piece, ...]:
    name = path.rpartition("/")[2]
    suffix = name.rpartition(".")[2].lower()
    if suffix in ("py", "pyi"):
        return python_pieces(lines)
    if suffix in LANGUAGES:
        return tree_pieces(LANGUAGES[suffix], lines)
    return text_pieces(suffix, lines)
