"""Tries assertions and calls in the sandbox."""

import subprocess

import pytest

from assistant.checks.runner import CheckRunner
from assistant.engine.base import Cancel
from assistant.probe.trials import try_assertions

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
