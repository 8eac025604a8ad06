"""Changes of Python files in blank lines, white space and line breaks."""

import pytest

from assistant.proposal.blanks import only_layout, without_layout


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("x = 1\n    \n", "x = 1\n", True),
        ("x = 1  \ny = 2\n", "x = 1\ny = 2", True),
        ("x = 1\r\n", "x = 1\n", True),
        ("\ufeffx = 1 \n", "\ufeffx = 1\n", True),
        ("x = 1\n", "x = 2\n", False),
        ("if x:\n    y()\nz()\n", "if x:\n    y()\n    z()\n", False),
        ('x = """a  \nb"""\n', 'x = """a\nb"""\n', False),
        ("x = 1\n", "x = 1\n\n# why\n", False),
        ("x = (\n", "x = ( \n", False),
        ("f(a,\n  b)\n", "f(a, b)\n", True),
        ("f(a,\n  b)\n", "f(\n    a,\n    b,\n)\n", False),
        ("x=1\n", "x = 1\n", True),
        ("x = 'a b'\n", "x = 'ab'\n", False),
    ],
)
def test_changes_of_white_space_only_are_recognised(old, new, expected) -> None:
    assert only_layout(old, new) is expected


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
