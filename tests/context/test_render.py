"""Rendering files for a prompt."""

import pytest

from assistant.context.bundle import ContextFile
from assistant.context.render import fence_for, language_of, render_file


def rendered(path: str, text: str) -> str:
    return render_file(ContextFile(path, text, (), 0))


def test_a_file_is_its_path_and_a_fenced_block() -> None:
    assert rendered("a.py", "x = 1\n") == "a.py\n```python\nx = 1\n```"
    assert rendered("a.py", "x = 1") == "a.py\n```python\nx = 1\n```"
    assert rendered("empty", "") == "empty\n```\n```"


def test_the_fence_is_longer_than_any_fence_in_the_text() -> None:
    text = "```sh\n  ````\ninline `````\n"
    assert fence_for(text) == "`````"
    assert rendered("a.md", text).startswith("a.md\n`````markdown\n")


def test_line_ends_byte_order_marks_and_undecodable_bytes_are_normalized() -> None:
    assert rendered("a", "\ufeffa\r\nb\rc\udce9\r\n") == "a\n```\na\nb\nc\ufffd\n```"


def test_a_file_name_cannot_break_out_of_its_line() -> None:
    assert rendered("a\n```\nb", "").startswith("a\\n```\\nb\n")


@pytest.mark.parametrize(
    ("path", "language"),
    [("a/B.TS", "typescript"), ("Makefile", "makefile"), ("noext", ""), (".gitignore", "")],
)
def test_the_language_follows_from_the_file_name(path: str, language: str) -> None:
    assert language_of(path) == language
