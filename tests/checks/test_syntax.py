"""The syntax check reports where a file does not parse."""

import warnings

import pytest

from assistant.checks.results import Status
from assistant.checks.syntax import check_syntax


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("a.py", b"x = 1\n"),
        ("a.py", b""),
        ("a.py", "# -*- coding: latin-1 -*-\nx = 'ä'\n".encode("latin-1")),
        ("a.py", b"\xef\xbb\xbfx = 1\r\n"),
        ("a.py", b"return_ = 'yield'\nasync def f(): await g()\n"),
        ("a.pyi", b"def f() -> int: ...\n"),
        ("a.json", b'\xef\xbb\xbf{"a": [1, 2]}'),
        ("A.JSON", b"null"),
        ("a.toml", b"[a]\r\nb = 1\r\n"),
    ],
)
def test_valid_files_pass(path: str, data: bytes) -> None:
    check = check_syntax(path, data)
    assert check.status is Status.PASSED
    assert not check.proves


@pytest.mark.parametrize(
    ("path", "data", "place"),
    [
        ("a.py", b"x = 1\ndef (:\n", "a.py:2:"),
        ("a.py", b"x = 1\n  y = 2\n", "a.py:2:"),
        ("a.py", b"return 1\n", "a.py:1:"),
        ("a.py", b"x = 1\nx = '\xff'\n", "a.py:"),
        ("a.py", b"x\0y", "a.py:1:"),
        ("a.py", b"(" * 10_000, "a.py:1:"),
        ("a.py", b"-" * 100_000 + b"1", "a.py:1:"),
        ("a.json", b'{\n"a": ]', "a.json:2:"),
        ("a.json", b"\xff", "a.json:1:"),
        ("a.json", b"[" * 100_000, "a.json:1:"),
        ("a.toml", b"a = 1\nb = \n", "a.toml:2:"),
        ("a.toml", b"\xff", "a.toml:1:"),
    ],
)
def test_invalid_files_fail_with_their_location(path: str, data: bytes, place: str) -> None:
    check = check_syntax(path, data)
    assert check.status is Status.FAILED
    assert check.detail.startswith(place)
    assert "\n" not in check.detail


def test_an_unknown_file_type_is_skipped() -> None:
    assert check_syntax("a.xyz", b"((((").status is Status.SKIPPED


def test_compiler_warnings_are_suppressed() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert check_syntax("a.py", b"x = '\\d'\n1 is 1\n").status is Status.PASSED


@pytest.mark.parametrize(
    ("path", "good", "bad"),
    [
        ("a.js", b"function f() { return 1; }\n", b"let x = 1;\nfunction f( { return 1; }\n"),
        ("a.ts", b"const x: number = 1;\n", b"const x: = 1;\n"),
        (
            "a.go",
            b"package a\nfunc f() int { return 1 }\n",
            b"package a\nfunc f() int { return 1\n",
        ),
        ("a.rs", b"fn f() -> i32 { 1 }\n", b"fn f() -> { 1 \n"),
        ("A.java", b"class A { int f() { return 1; } }\n", b"class A { int f() { return 1; }\n"),
        ("a.rb", b"def f\n  1\nend\n", b"def f\n  1\n"),
    ],
)
def test_other_languages_are_parsed_with_their_grammars(path: str, good: bytes, bad: bytes) -> None:
    assert check_syntax(path, good, None).status is Status.PASSED
    assert check_syntax(path, bad, None).status is Status.FAILED
    failed = check_syntax(path, bad, good)
    assert failed.status is Status.FAILED
    assert failed.detail.startswith(f"{path}:")


def test_existing_errors_do_not_count() -> None:
    old = b"let x = ;\nlet y = 1;\n"
    assert check_syntax("a.js", b"let x = ;\nlet y = 2;\n", old).status is Status.PASSED
    assert check_syntax("a.js", b"let x = ;\nlet y = ;\n", old).status is Status.FAILED


def test_macros_in_a_new_file_are_not_errors() -> None:
    data = b"BEGIN_DECLS(x\nint f(void) { return 1; }\n"
    assert check_syntax("a.c", data, None).status is Status.SKIPPED
    assert check_syntax("a.c", data, b"int f(void) { return 1; }\n").status is Status.FAILED
