"""Changes that nobody can see: white space at the ends of lines of Python."""

import pytest

from assistant.proposal.blanks import only_blanks, speaks_of_blanks


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
    ],
)
def test_what_nobody_can_see(old, new, expected) -> None:
    assert only_blanks(old, new) is expected


@pytest.mark.parametrize(
    ("task", "expected"),
    [
        ("Remove trailing whitespace", True),
        ("make ruff happy", True),
        ("Fix the indentation", True),
        ("Return the sum", False),
        ("Add an informative name", False),
    ],
)
def test_tasks_that_are_about_it(task, expected) -> None:
    assert speaks_of_blanks(task) is expected
