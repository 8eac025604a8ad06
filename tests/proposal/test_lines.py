"""Lines and line endings."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.proposal.lines import line_end, usual_end
from assistant.repo.files import split_lines


@given(st.lists(st.sampled_from([b"a", b"\n", b"\r", b"\x0b", b"\xff"])).map(b"".join))
def test_joined_lines_are_the_original_data(data: bytes) -> None:
    assert b"".join(split_lines(data)) == data
    assert all(line_end(line) for line in split_lines(data)[:-1])


@pytest.mark.parametrize(
    ("data", "lines", "end"),
    [
        (b"", [], b"\n"),
        (b"a\r\nb\r\nc\n", [b"a\r\n", b"b\r\n", b"c\n"], b"\r\n"),
        (b"a\rb\n", [b"a\r", b"b\n"], b"\n"),
        (b"a\rb\r", [b"a\r", b"b\r"], b"\r"),
        (b"a\x0cb\x0bc", [b"a\x0cb\x0bc"], b"\n"),
    ],
)
def test_lines_and_their_endings(data: bytes, lines: list[bytes], end: bytes) -> None:
    assert split_lines(data) == lines
    assert usual_end(lines) == end
