"""Only undefined names that a change brought in count."""

import pytest

from assistant.checks.names import check_names
from assistant.checks.results import Status


def test_a_name_that_nothing_defines_fails_with_its_place() -> None:
    check = check_names("a.py", b"import os\n\n\ndef f():\n    return sys.argv\n", b"import os\n")
    assert check.status is Status.FAILED
    assert check.detail == "a.py:5: undefined name 'sys'"


def test_a_name_that_was_undefined_before_does_not_count() -> None:
    old = b"print(magic)\n"
    assert check_names("a.py", b"# moved\nprint(magic)\n", old).status is Status.PASSED


def test_another_use_of_it_does() -> None:
    check = check_names("a.py", b"print(magic)\nprint(magic)\n", b"print(magic)\n")
    assert check.status is Status.FAILED
    assert check.output == "a.py:2: undefined name 'magic'"


def test_a_new_file_has_no_past() -> None:
    assert check_names("a.py", b"print(magic)\n", None).status is Status.FAILED
    assert check_names("a.py", b"print(1)\n", None).status is Status.PASSED


def test_an_old_file_that_does_not_parse_excuses_nothing() -> None:
    assert check_names("a.py", b"print(magic)\n", b"def (:\n").status is Status.FAILED


@pytest.mark.parametrize(
    ("path", "data"), [("a.js", b"print(magic)\n"), ("a.py", b"def (:\n"), ("a.py", b"\0")]
)
def test_what_cannot_be_judged_is_skipped(path: str, data: bytes) -> None:
    assert check_names(path, data, b"").status is Status.SKIPPED
