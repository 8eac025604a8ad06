"""Only undefined names that a change introduces count."""

import pytest

from assistant.checks.names import check_names
from assistant.checks.results import Status


def test_an_undefined_name_fails_with_its_location() -> None:
    check = check_names("a.py", b"import os\n\n\ndef f():\n    return sys.argv\n", b"import os\n")
    assert check.status is Status.FAILED
    assert check.detail == "a.py:5: undefined name 'sys'"


def test_a_previously_undefined_name_does_not_count() -> None:
    old = b"print(magic)\n"
    assert check_names("a.py", b"# moved\nprint(magic)\n", old).status is Status.PASSED


def test_another_use_of_an_undefined_name_counts() -> None:
    check = check_names("a.py", b"print(magic)\nprint(magic)\n", b"print(magic)\n")
    assert check.status is Status.FAILED
    assert check.output == "a.py:2: undefined name 'magic'"


def test_every_undefined_name_in_a_new_file_counts() -> None:
    assert check_names("a.py", b"print(magic)\n", None).status is Status.FAILED
    assert check_names("a.py", b"print(1)\n", None).status is Status.PASSED


def test_an_old_file_that_does_not_parse_hides_nothing() -> None:
    assert check_names("a.py", b"print(magic)\n", b"def (:\n").status is Status.FAILED


@pytest.mark.parametrize(
    ("new", "modules", "status"),
    [
        (b'__all__ = ["gone"]\n', (), Status.FAILED),
        (b'__all__ = ["gone"]\n', ("gone",), Status.PASSED),
        (b'__all__ = ["gone"]\n', None, Status.PASSED),
        (b'from b import gone\n__all__ = ["gone"]\n', (), Status.PASSED),
        (b'def __getattr__(name): ...\n__all__ = ["gone"]\n', (), Status.PASSED),
        (b"def __getattr__(name): ...\nprint(gone)\n", (), Status.FAILED),
    ],
)
def test_a_package_exports_what_it_has(new: bytes, modules: object, status: Status) -> None:
    assert check_names("pkg/__init__.py", new, b"", modules).status is status


@pytest.mark.parametrize(
    ("path", "data"), [("a.js", b"print(magic)\n"), ("a.py", b"def (:\n"), ("a.py", b"\0")]
)
def test_what_cannot_be_judged_is_skipped(path: str, data: bytes) -> None:
    assert check_names(path, data, b"").status is Status.SKIPPED
