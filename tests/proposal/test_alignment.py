"""Removed and added lines side by side."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.proposal.alignment import aligned, is_positional

_LINE = st.sampled_from([b"total = 0\n", b"total = 1\n", b"return total\n", b"\n", b"x"])
_LINES = st.lists(_LINE, max_size=34)


@pytest.mark.parametrize(
    ("old", "new", "pairs"),
    [
        ([], [], []),
        ([b"a\n"], [], [(0, None)]),
        ([], [b"a\n", b"b\n"], [(None, 0), (None, 1)]),
        ([b"a\n"], [b"b\n"], [(0, 0)]),
        ([b"a\n"], [b"b\n", b"c\n"], [(0, 0), (None, 1)]),
        ([b"return a + b\n"], [b"# sum\n", b"return a + c\n"], [(None, 0), (0, 1)]),
        ([b"x = f(1)\n", b"y\n"], [b"z\n", b"x = f(2)\n"], [(None, 0), (0, 1), (1, None)]),
        ([b"a\n"] * 40, [b"b\n"] * 41, [*((n, n) for n in range(40)), (None, 40)]),
    ],
)
def test_lines_stand_next_to_their_counterparts(old, new, pairs) -> None:
    assert list(aligned(old, new)) == pairs


@given(_LINES, _LINES)
def test_every_line_is_there_once_and_in_order(old: list[bytes], new: list[bytes]) -> None:
    pairs = aligned(old, new)
    assert [i for i, _ in pairs if i is not None] == list(range(len(old)))
    assert [j for _, j in pairs if j is not None] == list(range(len(new)))
    assert (None, None) not in pairs
    if is_positional(len(old), len(new)):
        assert len(pairs) == max(len(old), len(new))
