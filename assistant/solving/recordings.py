"""Reads from a recording of coverage.py which test files ran some lines.

Only recordings with contexts tell, such as those of `pytest --cov --cov-context=test`. They may be
older than the code, so they add to other evidence and replace none.
"""

import contextlib
import sqlite3
from collections import Counter
from pathlib import Path

_NAME = ".coverage"
_LARGEST = 100 << 20
_QUERY = """\
SELECT context.context, line_bits.numbits FROM line_bits
JOIN file ON file.id = line_bits.file_id JOIN context ON context.id = line_bits.context_id
WHERE file.path IN (?, ?) AND context.context LIKE '%::%'
"""
_QUERY_ARCS = """\
SELECT context.context, arc.tono FROM arc
JOIN file ON file.id = arc.file_id JOIN context ON context.id = arc.context_id
WHERE file.path IN (?, ?) AND context.context LIKE '%::%'
"""


def recorded_tests(root: Path, path: str, lines: range) -> Counter[str]:
    """The test files that ran some of these lines, with the number of their tests that did.

    `lines` are 1-based. Empty where there is no recording with contexts, or it cannot be read.
    """
    recording = root / _NAME
    tests: set[str] = set()
    try:
        if not recording.is_file() or recording.stat().st_size > _LARGEST:
            return Counter()
        opened = sqlite3.connect(f"{recording.as_uri()}?mode=ro&immutable=1", uri=True)
        with contextlib.closing(opened) as database:
            names = (str(root / path), path)
            for context, bits in database.execute(_QUERY, names):
                if any(_has(bits, line) for line in lines):
                    tests.add(context.partition("|")[0])
            for context, line in database.execute(_QUERY_ARCS, names):
                if line in lines:
                    tests.add(context.partition("|")[0])
    except (OSError, sqlite3.Error, TypeError, AttributeError):
        return Counter()
    return Counter(test.partition("::")[0] for test in tests)


def _has(bits: bytes, line: int) -> bool:
    """Whether a line is in a set of numbers, stored with one bit each."""
    byte, bit = divmod(line, 8)
    return byte < len(bits) and bool(bits[byte] & (1 << bit))
