"""Tries assertions and calls in the sandbox."""

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


def test_each_assertion_is_tried_by_itself(runner) -> None:
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


def test_an_assertion_does_not_rebind_names_for_later_ones(runner) -> None:
    assertions = ("assert (half := len)('abc') == 3", "assert half(4) == 2")
    assert try_assertions(runner, "calc.py", assertions, {"calc.py": CODE}, Cancel()) == (
        True,
        True,
    )


@pytest.mark.parametrize(
    "code",
    [b"import no_such_module\n", b"raise SystemExit(0)\n", b"import os\nos._exit(0)\n"],
)
def test_no_assertion_holds_if_the_file_cannot_be_imported(runner, code) -> None:
    held = try_assertions(runner, "calc.py", ("assert half(4) == 2",), {"calc.py": code}, Cancel())
    assert held == (False,)


def test_endless_loops_time_out(runner) -> None:
    """After five timeouts the remaining assertions are not tried."""
    assertions = tuple(f"assert half({n}) == 1" for n in range(101, 141))
    held = try_assertions(runner, "calc.py", assertions, {"calc.py": CODE}, Cancel())
    assert not any(held)


def test_expressions_have_values_errors_or_timeouts(runner) -> None:
    calls = ("half(4)", "half('x')", "half(101)", "Box('a').n")
    outcomes = values_of(runner, "calc.py", calls, {"calc.py": CODE}, Cancel())
    assert outcomes == (
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


def test_only_errors_that_the_file_does_not_raise_explicitly_are_reported(runner) -> None:
    calls = ("steps(9, 3)", "steps(9, 0)", "steps(-1, 0)", "steps(100, 0)", "steps(50, 1)",
             "steps(60, 1)", "steps('a\\nb', 1)", "missing()")  # fmt: skip
    errors = errors_at(runner, "calc.py", calls, {"calc.py": STEPS}, Cancel(), refuses=True)
    *first, text, missing = errors
    assert first == ["", "ValueError: range() arg 3 must not be zero", "", "", "", ""]
    assert text.startswith("TypeError: '<' not supported")
    assert missing == "NameError: name 'missing' is not defined"


def test_a_long_error_is_cut_to_one_line(runner) -> None:
    code = b"def f(n):\n    return int('x\\n' * n)\n"
    (error,) = errors_at(runner, "calc.py", ["f(900)"], {"calc.py": code}, Cancel(), refuses=False)
    assert error.startswith("ValueError: invalid literal")
    assert len(error) <= 200
    assert "\n" not in error


def test_a_file_that_cannot_be_imported_has_no_errors(runner) -> None:
    overlay = {"calc.py": b"import no_such_module\n"}
    calls = ["f(1)", "f(2)"]
    assert errors_at(runner, "calc.py", calls, overlay, Cancel(), refuses=False) == ("", "")
    assert errors_at(runner, "calc.py", [], overlay, Cancel(), refuses=False) == ()


def test_explicit_errors_are_reported_if_no_input_may_be_refused(runner) -> None:
    overlay = {"calc.py": STEPS}
    errors = errors_at(runner, "calc.py", ["steps(-1, 1)"], overlay, Cancel(), refuses=False)
    assert errors == ("ValueError: a limit of -1",)
