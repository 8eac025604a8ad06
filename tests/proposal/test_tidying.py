"""Changes of Python files in blank lines, white space and line breaks."""

import pytest

from assistant.proposal.tidying import without_layout

OLD = b'def f(n):\n    """Says."""\n\n    m = n\n    k = m  \n    return k\n\n\n\nX = 1\n'


@pytest.mark.parametrize(
    ("new", "kept"),
    [
        pytest.param(
            b'def f(n):\n    """Says."""\n    m = n\n    k = m\n    return k + 1\n\n\n\nX = 1\n',
            OLD.replace(b"return k", b"return k + 1").replace(b"m  ", b"m"),
            id="blank lines removed around a changed line",
        ),
        pytest.param(
            OLD.replace(b"X = 1", b"X = 2").replace(b"    k", b"\n    k"),
            OLD.replace(b"X = 1", b"X = 2"),
            id="a blank line added",
        ),
        pytest.param(
            OLD.replace(b"(n):", b"( n ):").replace(b"X = 1", b"X = 2"),
            OLD.replace(b"X = 1", b"X = 2"),
            id="spaces between tokens",
        ),
        pytest.param(OLD.replace(b"\n\n\n", b"\n\n"), None, id="nothing else changes"),
        pytest.param(OLD.replace(b"X = 1", b"X = 2"), None, id="no blank line changes"),
        pytest.param(OLD.replace(b"X = 1", b"X = ("), None, id="it does not parse"),
        pytest.param(
            OLD.replace(b"X = 1", b"\nY = 2\n\nX = 1"), None, id="blank lines around added code"
        ),
    ],
)
def test_hunks_of_blank_lines_are_dropped(new, kept) -> None:
    assert without_layout("a.py", OLD, new) == (kept or new)


def test_blank_lines_inside_a_string_are_code() -> None:
    old = b'X = """a\n\nb\n"""\n\nY = 1\n'
    new = b'X = """a\nb\n"""\n\nY = 2\n'
    assert without_layout("a.py", old, new) == new
