"""Assertions that the model wrote: what holds in the sandbox, and what calls give."""

import subprocess

import pytest

from assistant.checks.runner import CheckRunner
from assistant.engine.base import Cancel
from assistant.probe.outcomes import Ending, Outcome
from assistant.probe.trials import errors_at, try_assertions, values_of

CODE = b"""
import sys

print("noise")


def half(n):
    print("more noise")
    if n > 100:
        while True:
            pass
    return n / 2


class Box:
    def __init__(self, n):
        self.n = n
"""


@pytest.fixture
def runner(tmp_path):
    root = tmp_path / "repo"
    root.mkdir()
    (root / "calc.py").write_text("def half(n):\n    return n\n")
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    runner = CheckRunner(root)
    yield runner
    runner.close()


def test_each_assertion_holds_or_does_not(runner) -> None:
    assertions = (
        "assert half(4) == 2",
        "assert half(4) == 3",
        "assert half('x') == 1",
        "assert half(101) == 1",
        "assert missing(1) == 1",
        "assert Box(3).n == 3",
        "assert sys.exit() is None",
    )
    held = try_assertions(runner, "calc.py", assertions, {"calc.py": CODE}, Cancel())
    assert held == (True, False, False, False, False, True, False)


def test_one_assertion_does_not_change_the_names_of_another(runner) -> None:
    assertions = ("assert (half := len)('abc') == 3", "assert half(4) == 2")
    assert try_assertions(runner, "calc.py", assertions, {"calc.py": CODE}, Cancel()) == (
        True,
        True,
    )


@pytest.mark.parametrize(
    "code",
    [b"import nothing_of_that_name\n", b"raise SystemExit(0)\n", b"import os\nos._exit(0)\n"],
)
def test_a_file_that_cannot_be_imported_passes_nothing(runner, code) -> None:
    held = try_assertions(runner, "calc.py", ("assert half(4) == 2",), {"calc.py": code}, Cancel())
    assert held == (False,)


def test_endless_loops_end(runner) -> None:
    """Also many of them: after five, the rest is not tried."""
    assertions = tuple(f"assert half({n}) == 1" for n in range(101, 141))
    held = try_assertions(runner, "calc.py", assertions, {"calc.py": CODE}, Cancel())
    assert not any(held)


def test_values_are_written_out_and_errors_named(runner) -> None:
    calls = ("half(4)", "half('x')", "half(101)", "Box('a').n")
    gave = values_of(runner, "calc.py", calls, {"calc.py": CODE}, Cancel())
    assert gave == (
        Outcome(Ending.VALUE, "2.0"),
        Outcome(Ending.ERROR, "TypeError"),
        Outcome(Ending.TIMEOUT),
        Outcome(Ending.VALUE, "'a'"),
    )


STEPS = b"""
def steps(limit, step):
    if limit < 0:
        raise ValueError(
            f"a limit of {limit}"
        )
    assert limit < 100
    if limit == 50:
        while True:
            pass
    if limit == 60:
        raise SystemExit
    return list(range(0, limit, step))
"""


def test_errors_that_a_file_does_not_raise_itself_are_told(runner) -> None:
    calls = ("steps(9, 3)", "steps(9, 0)", "steps(-1, 0)", "steps(100, 0)", "steps(50, 1)",
             "steps(60, 1)", "steps('a\\nb', 1)", "missing()")  # fmt: skip
    told = errors_at(runner, "calc.py", calls, {"calc.py": STEPS}, Cancel(), refuses=True)
    *first, text, missing = told
    assert first == ["", "ValueError: range() arg 3 must not be zero", "", "", "", ""]
    assert text.startswith("TypeError: '<' not supported")
    assert missing == "NameError: name 'missing' is not defined"


def test_a_long_error_is_one_short_line(runner) -> None:
    code = b"def f(n):\n    return int('x\\n' * n)\n"
    (told,) = errors_at(runner, "calc.py", ["f(900)"], {"calc.py": code}, Cancel(), refuses=False)
    assert told.startswith("ValueError: invalid literal")
    assert len(told) <= 200
    assert "\n" not in told


def test_nothing_stumbles_in_a_file_that_cannot_be_imported(runner) -> None:
    overlay = {"calc.py": b"import nowhere_to_be_found\n"}
    calls = ["f(1)", "f(2)"]
    assert errors_at(runner, "calc.py", calls, overlay, Cancel(), refuses=False) == ("", "")
    assert errors_at(runner, "calc.py", [], overlay, Cancel(), refuses=False) == ()


def test_where_nothing_is_to_be_refused_raising_is_no_excuse(runner) -> None:
    overlay = {"calc.py": STEPS}
    told = errors_at(runner, "calc.py", ["steps(-1, 1)"], overlay, Cancel(), refuses=False)
    assert told == ("ValueError: a limit of -1",)
