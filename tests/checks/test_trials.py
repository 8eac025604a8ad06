"""Assertions that the model wrote: what holds in the sandbox, and what calls give."""

import subprocess

import pytest

from assistant.checks.runner import CheckRunner
from assistant.checks.trials import try_assertions, values_of
from assistant.engine.base import Cancel

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
    assert gave == ("=2.0", "!TypeError", "late", "='a'")
