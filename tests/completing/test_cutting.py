"""Where a completion ends, and what of it is kept."""

import pytest

from assistant.completing.cutting import MOST_LINES, Cut, Place, cut

BODY = "def f(a):\n    |\n\nprint(f(1))\n"
"""`|` is the cursor."""


def place(marked: str) -> Place:
    return Place.of(marked.replace("|", ""), marked.index("|"))


def kept(raw: str, marked: str, *, ended: bool = True) -> Cut:
    """What is kept of a text that the model wrote after the white space before the cursor."""
    return cut(place(marked).gap + raw, place(marked), ended=ended)


def test_the_lines_around_a_cursor() -> None:
    assert place("a\n  b|c\n\n  d \ne") == Place("  b", "c", "d")
    assert place("|") == Place("", "", "")
    assert place("a|\n\n") == Place("a", "", "")


@pytest.mark.parametrize(
    ("marked", "raw", "text"),
    [
        ("x = max(|)", "a, b", "a, b"),
        ("x = max(|)", "a, b)\nprint(x)", "a, b"),
        ("x = max(|)", "min(a, b)", "min(a, b)"),
        ("x = max(|)", "min(a, b))", "min(a, b)"),
        ('print("|")', 'hello")', "hello"),
        ('print("|")', "hello", "hello"),
        ("return [|] + rest", "first] + rest", "first"),
        ("return | + rest", "first + rest", "first"),
        ("def f(|):\n    pass", "a):\n    return a", "a"),
        ("x = |b", "ab", "ab"),
    ],
)
def test_inside_a_line_it_is_one_line_without_what_follows(marked, raw, text) -> None:
    assert kept(raw, marked).text == text


def test_inside_a_line_it_ends_with_the_line() -> None:
    assert kept("a", "f(|)", ended=False) == Cut("a", done=False)
    assert kept("a\n", "f(|)", ended=False) == Cut("a", done=True)


@pytest.mark.parametrize(
    ("marked", "raw", "text"),
    [
        (BODY, "b = a\n    return b", "b = a\n    return b"),
        (BODY, "return a\n\n\ndef g():", "return a"),
        (BODY, "return a\ndef g():\n", "return a"),
        (BODY, "if a:\n        return 1\n    return 2\n", "if a:\n        return 1\n    return 2"),
        (
            "def f(a):\n|\n",
            "    if a:\n        b()\n    c()\nd()",
            "    if a:\n        b()\n    c()",
        ),
        ("def f(a):\n\t|\n", "\tif a:\n\t\t\tb()\n\tc()", "\tif a:\n\t\t\tb()"),
        ("if a:|", "\n    b()", ""),
        ("\n|\n", "\n\nimport os", ""),
        (BODY, "return a   \n\n", "return a"),
        (BODY, "return a\nprint(f(1))", "return a"),
        ("    a()\n    |\n    b()\n", "c()\n    b()\n", "c()"),
        ("    a()\n    |\n    b()\n", "b()", ""),
        ("    a()\n    b|\n    b()\n", "()", ""),
        ("    a()\n    |\n    b()\n", "c(b)\n    b(", "c(b)\n    b("),
    ],
)
def test_at_the_end_of_a_line_it_is_a_few_lines(marked, raw, text) -> None:
    assert kept(raw, marked).text == text


def test_it_has_few_lines() -> None:
    found = kept("a\n    " * 20, BODY, ended=False)
    assert found == Cut("\n    ".join("a" * MOST_LINES), done=True)


@pytest.mark.parametrize(
    ("raw", "text", "done"),
    [
        ("", "", False),
        ("c", "c", False),
        ("c()\n  ", "c()", False),
        ("c()\n    b", "c()", False),
        ("c()\n    b()", "c()", False),
        ("c()\n    b()\n", "c()", True),
        ("c()\n    b(x", "c()\n    b(x", False),
    ],
)
def test_a_line_that_may_be_there_already_is_not_shown_before_it_differs(raw, text, done) -> None:
    assert kept(raw, "    a()\n    |\n    b()\n", ended=False) == Cut(text, done)


@pytest.mark.parametrize("control", ["\x1b[31m", "\x00", "\u202e", "\r\n", "\u200b"])
def test_it_ends_before_a_control_character(control) -> None:
    assert kept(f"re{control}d", BODY) == Cut("re", done=True)
    assert kept(f"re{control}d", "f(|)") == Cut("re", done=True)


def test_a_text_that_grows_shows_a_text_that_grows() -> None:
    raw, shown = "if a:\n        b(1)\n    return a\n", ""
    for end in range(len(raw) + 1):
        text = kept(raw[:end], BODY, ended=False).text
        assert text.startswith(shown)
        shown = text
    assert shown == raw.rstrip()


@pytest.mark.parametrize(
    ("marked", "raw", "text", "done"),
    [
        ("def f():\n    |\n", "", "", False),
        ("def f():\n    |\n", "  ", "", False),
        ("def f():\n    |\n", "    a()", "a()", False),
        ("def f():\n    |\n", "        a()", "    a()", False),
        ("def f():\n    |\n", "a()", "", True),
        ("def f():\n    |\n", "\ta()", "", True),
        ("def f():\n    |\n", "\n", "", True),
        ("def f():\n|\n", "    a()", "    a()", False),
        ("x = |\n", " 1", "1", False),
        ("x = |\n", "1", "1", False),
        ("x = |\n", "  1", " 1", False),
    ],
)
def test_the_white_space_before_the_cursor_is_not_repeated(marked, raw, text, done) -> None:
    assert cut(raw, place(marked)) == Cut(text, done)
