"""The output of check commands is parsed into failures with locations in the repository."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from assistant.checks.failures import parse_failures
from assistant.checks.results import Failure, Frame
from tests.checks.running import places

TESTS = """\
import pytest
from core import div, outer


class TestA:
    def test_value(self):
        assert div(4, 2) == 3, "should be three"

    @pytest.mark.parametrize("x", [1])
    def test_param(self, x):
        outer(x)


@pytest.fixture
def broken():
    raise RuntimeError("no fixture")


def test_setup(broken):
    pass
"""


def run_python(root: Path, *arguments: str) -> str:
    environ = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    environ.pop("PYTEST_ADDOPTS", None)  # as in the sandbox
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=root,
        env={**environ, "PYTHONPATH": str(root)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    return done.stdout.decode()


def run_pytest(root: Path, *arguments: str) -> str:
    return run_python(root, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments)


@pytest.mark.parametrize("style", ["long", "short", "native", "auto"])
def test_pytest_traceback_styles(root: Path, style: str) -> None:
    (root / "test_core.py").write_text(TESTS)
    setup, value, param = parse_failures(run_pytest(root, f"--tb={style}"), root)
    assert value.name == "test_core.py::TestA::test_value"
    assert value.message.startswith("AssertionError: should be three\nassert 2.0 == 3")
    assert places(value) == [("test_core.py", 7, "test_value")]
    assert param.name == "test_core.py::TestA::test_param[1]"
    assert param.message == "ZeroDivisionError: division by zero"
    assert places(param) == [
        ("test_core.py", 11, "test_param"),
        ("core.py", 6, "outer"),
        ("core.py", 2, "div"),
    ]
    assert setup.name == "test_core.py::test_setup"
    assert places(setup) == [("test_core.py", 16, "broken")]


def test_pytest_with_line_tracebacks(root: Path) -> None:
    (root / "test_core.py").write_text(TESTS)
    found = {f.name: f for f in parse_failures(run_pytest(root, "--tb=line"), root)}
    assert Frame("core.py", 2) in found["test_core.py::TestA::test_param[1]"].frames
    assert found["test_core.py::TestA::test_value"].frames == (Frame("test_core.py", 7),)


def test_pytest_without_tracebacks(root: Path) -> None:
    (root / "test_core.py").write_text(TESTS)
    found = {f.name: f for f in parse_failures(run_pytest(root, "--tb=no"), root)}
    value = found["test_core.py::TestA::test_value"]
    assert value.message.startswith("AssertionError")
    assert places(value) == [("test_core.py", 1, "test_value")]


def test_pytest_collection_errors(root: Path) -> None:
    (root / "test_import.py").write_text("from core import nothing\n")
    (root / "test_syntax.py").write_text("x = 1\ndef (:\n")
    imports, syntax = parse_failures(run_pytest(root), root)
    assert imports.name == "test_import.py"
    assert imports.message.startswith("ImportError: cannot import name 'nothing'")
    assert places(imports) == [("test_import.py", 1, "<module>")]
    assert syntax.name == "test_syntax.py"
    assert syntax.message.endswith("SyntaxError: invalid syntax")
    assert places(syntax) == [("test_syntax.py", 2, "")]


def test_pytest_with_a_doctest(root: Path) -> None:
    (root / "core.py").write_text('def f():\n    """\n    >>> f()\n    3\n    """\n    return 2\n')
    (failure,) = parse_failures(run_pytest(root, "--doctest-modules"), root)
    assert failure.name == "core.py::core.f"
    assert "Expected:\n    3\nGot:\n    2" in failure.message
    assert places(failure) == [("core.py", 3, "")]


def test_ansi_colours_are_ignored(root: Path) -> None:
    (root / "test_core.py").write_text(TESTS)
    output = run_pytest(root, "--color=yes")
    assert "\x1b[" in output
    assert len(parse_failures(output, root)) == 3


def test_a_passing_run_has_no_failures(root: Path) -> None:
    (root / "test_core.py").write_text("def test(): pass\n")
    assert parse_failures(run_pytest(root), root) == ()


def test_a_pasted_pytest_excerpt(root: Path) -> None:
    text = """\
    def test_value():
>       assert div(4, 2) == 3
E       assert 2.0 == 3
E        +  where 2.0 = div(4, 2)

core.py:2: AssertionError
"""
    (failure,) = parse_failures(text, root)
    assert failure.message == "assert 2.0 == 3\n +  where 2.0 = div(4, 2)"
    assert places(failure) == [("core.py", 2, "test_value")]


def test_unittest(root: Path) -> None:
    (root / "test_core.py").write_text(
        """\
import unittest
from core import outer


class A(unittest.TestCase):
    def test_x(self):
        "A docstring."
        self.assertEqual([1, 2], [1, 3])

    def test_y(self):
        try:
            outer(1)
        except ZeroDivisionError as error:
            raise ValueError("wrapped") from error
"""
    )
    x, y = sorted(parse_failures(run_python(root, "-m", "unittest"), root), key=lambda f: f.name)
    assert x.name.startswith("test_x (test_core.A")
    assert x.message.startswith("AssertionError: Lists differ: [1, 2] != [1, 3]")
    assert "First differing element 1" in x.message
    assert places(x) == [("test_core.py", 8, "test_x")]
    assert y.message == "ValueError: wrapped\n(after ZeroDivisionError: division by zero)"
    assert ("core.py", 2, "div") in places(y)


def test_a_unittest_summary_is_not_a_pytest_test_id(root: Path) -> None:
    (root / "test_core.py").write_text(
        "import unittest\n\n\nclass A(unittest.TestCase):\n    def test(self): self.fail('x')\n"
    )
    (failure,) = parse_failures(run_python(root, "-m", "unittest"), root)
    assert failure.message == "AssertionError: x"


def test_doctest(root: Path) -> None:
    (root / "core.py").write_text('def f():\n    """\n    >>> f()\n    3\n    """\n    return 2\n')
    (failure,) = parse_failures(run_python(root, "-m", "doctest", "core.py"), root)
    assert failure.name == "core.f"
    assert failure.message == "Failed example:\n    f()\nExpected:\n    3\nGot:\n    2"
    assert places(failure) == [("core.py", 3, "f")]


def test_a_plain_traceback(root: Path) -> None:
    output = run_python(root, "-c", "import core; core.outer(1)")
    (failure,) = parse_failures(output, root)
    assert failure.name == "ZeroDivisionError"
    assert failure.message == "ZeroDivisionError: division by zero"
    assert places(failure) == [("core.py", 6, "outer"), ("core.py", 2, "div")]


def test_an_exception_group(root: Path) -> None:
    (root / "group.py").write_text(
        """\
from core import outer

errors = []
for call in (lambda: outer(1), lambda: int("x")):
    try:
        call()
    except Exception as error:
        errors.append(error)
raise ExceptionGroup("two", errors)
"""
    )
    group, division, other = parse_failures(run_python(root, "group.py"), root)
    assert group.message == "ExceptionGroup: two (2 sub-exceptions)"
    assert division.message == "ZeroDivisionError: division by zero"
    assert places(division)[-1] == ("core.py", 2, "div")
    assert other.message == "ValueError: invalid literal for int() with base 10: 'x'"


def test_a_syntax_error_without_a_header(root: Path) -> None:
    (root / "core.py").write_text("x = (\n")
    (failure,) = parse_failures(run_python(root, "core.py"), root)
    assert failure.name == "SyntaxError"
    assert places(failure) == [("core.py", 1, "")]


def test_a_traceback_from_another_machine_is_matched_by_path_suffix(root: Path) -> None:
    text = """\
2024-01-01 ERROR something
Traceback (most recent call last):
  File "/usr/lib/python3.12/runpy.py", line 198, in _run_module_as_main
    return _run_code(code, main_globals, None,
  File "/home/other/project/pkg/mod.py", line 12, in handle
    run()
    ~~~^^
  File "/home/other/.venv/lib/python3.12/site-packages/pkg/mod.py", line 7, in run
    raise Broken("no")
pkg.errors.Broken: no
and more

Unrelated: text
"""
    (failure,) = parse_failures(text, root)
    assert failure.name == "pkg.errors.Broken"
    assert places(failure) == [("pkg/mod.py", 12, "handle")]


@pytest.mark.parametrize(
    "line",
    [
        "c.c:1:5: warning: unused variable",
        "c.c:1:5: note: declared here",
        "/usr/include/stdio.h:1:5: error: not ours",
        "absent.c:1:5: error: no such file here",
        "core.py:7: in something",
        "12:30:45: error: that is a time",
        "../core.py:1:1: error: outside",
    ],
)
def test_lines_that_are_not_failures(root: Path, line: str) -> None:
    assert parse_failures(line + "\n", root) == ()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\0\0\0",
        "Traceback (most recent call last):",
        'File "\0", line 1, in x\nE: x',
        "E   ",
        "= FAILURES =",
        "____ x ____\nE   ",
        "x" * 1_000_000,
        "a:" * 100_000 + "1:",
        "at " + "(" * 5_000,
        'File "' + "x/" * 3000 + '", line 1, in f\nError: long name',
    ],
)
def test_arbitrary_text_does_not_raise(root: Path, text: str) -> None:
    assert all(isinstance(failure, Failure) for failure in parse_failures(text, root))


def test_failures_are_deduplicated_and_limited(root: Path) -> None:
    once = "c.c:1:1: error: bad\n"
    assert len(parse_failures(once * 10, root)) == 1
    many = "".join(f"c.c:{line}:1: error: bad\n" for line in range(1, 1000))
    assert len(parse_failures(many, root)) == 50
