"""Paths are validated before writing."""

import pytest

from assistant.apply.paths import parts_of
from assistant.errors import ApplyError


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/etc/passwd",
        "../x",
        "a/../b",
        "a//b",
        "./a",
        "a/",
        "a\0b",
        ".git/config",
        ".GIT/config",
        "a/.Git/hooks/x",
        "git~1/config",
        "GIT~1/config",
        ".git./x",
        ".git /x",
        ".git::$INDEX_ALLOCATION/x",
        ".g\u200cit/x",
        "\uff0egit/..",
    ],
)
def test_unsafe_paths_are_refused(path: str) -> None:
    with pytest.raises(ApplyError) as caught:
        parts_of(path)
    assert caught.value.hint


@pytest.mark.parametrize(
    "path", ["con", "src/AUX.c", "nul.txt", "COM1", "lpt9.log", "a ", "a.", "a:b", "a?b", "a\nb"]
)
def test_reserved_names_are_refused_for_new_files(path: str) -> None:
    parts_of(path)
    with pytest.raises(ApplyError) as caught:
        parts_of(path, new=True)
    assert caught.value.hint


@pytest.mark.parametrize(
    "path", ["a", "a/b.py", ".gitignore", ".github/x", "git", "console.py", "-x", "[b", "é\udcff"]
)
def test_ordinary_paths_are_split(path: str) -> None:
    assert parts_of(path, new=True) == tuple(path.split("/"))
