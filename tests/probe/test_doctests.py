"""Runs the examples of docstrings in the sandbox."""

import subprocess

import pytest

from assistant.checks.runner import CheckRunner
from assistant.engine.base import Cancel
from assistant.probe import doctests
from assistant.probe.doctests import Example, run_doctests

CODE = """
def half(n):
    '''Half.

    >>> half(2)
    1.0
    >>> half(3)
    7
    '''
    return n / 2


def endless(n):
    '''Never ends, after the first.

    >>> half(n=4)
    2.0
    >>> endless(1)
    1
    >>> half(6)
    3.0
    '''
    while True:
        pass
"""


@pytest.fixture
def runner(tmp_path):
    (tmp_path / "calc.py").write_text(CODE)
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    runner = CheckRunner(tmp_path)
    yield runner
    runner.close()


def test_examples_are_known_by_source_and_output_and_none_runs_after_an_endless_one(
    runner, monkeypatch
) -> None:
    monkeypatch.setattr(doctests, "_SECONDS", 0.5)
    found = run_doctests(runner, "calc.py", ("half", "endless", "gone"), {}, Cancel())
    assert found == (
        Example("half(2)", "1.0\n", True),
        Example("half(3)", "7\n", False),
        Example("half(n=4)", "2.0\n", True),
        Example("endless(1)", "1\n", False),
    )
