"""Python modules are named by the paths of their files."""

import pytest

from assistant.repo.modules import module_name


@pytest.mark.parametrize(
    ("path", "files", "expected"),
    [
        ("src/pkg/a.py", {"src/pkg/__init__.py"}, "pkg.a"),
        ("pkg/sub/a.py", {"pkg/__init__.py", "pkg/sub/__init__.py"}, "pkg.sub.a"),
        ("pkg/__init__.py", {"pkg/__init__.py"}, "pkg"),
        ("a.py", set(), "a"),
        ("src/a.py", set(), "a"),
        ("folder/a.py", set(), "folder.a"),
    ],
)
def test_modules_are_named_as_they_are_imported(path, files, expected) -> None:
    assert module_name(path, files) == expected
