"""The calls of a function are observed while tests of any style run."""

import subprocess

import pytest

from assistant.checks.commands import parse_command
from assistant.checks.runner import CheckRunner
from assistant.engine.base import Cancel
from assistant.probe.observed import MOST_CALLS, observed_arguments

CODE = """\
def price(count, unit="each", *, currency="EUR"):
    if count < 0:
        raise ValueError(count)
    return None if unit == "none" else count * 2


def total(counts):
    return sum(price(each) for each in counts)


class Shop:
    def price(self, count):
        return count
"""
PYTEST = """\
import pytest

import shop


@pytest.fixture
def count():
    return 4


@pytest.mark.parametrize(("count_", "value"), [(1, 2), (2, 5)])
def test_parametrized(count_, value):
    assert shop.price(count_) == value


def test_fixture(count):
    assert shop.price(count, "box") == 8


def test_indirect():
    assert shop.total([10, 20]) == 60


def test_errors():
    with pytest.raises(ValueError):
        shop.price(-1)


def test_others():
    shop.price(5, unit="none")
    shop.price(6, currency="USD")
    shop.price(type("Count", (int,), {"__repr__": lambda self: "<count>"})(7))
    shop.Shop().price(99)
"""
UNITTEST = """\
import unittest

import shop


class PriceTest(unittest.TestCase):
    def test_price(self):
        self.assertEqual(shop.price(3), 7)
"""


@pytest.fixture
def observe(tmp_path):
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    (tmp_path / "shop.py").write_text(CODE)

    def observe(test: str, command: str, timeout: float = 60):
        (tmp_path / "test_shop.py").write_text(test)
        runner = CheckRunner(tmp_path)
        try:
            calls = observed_arguments(
                runner, parse_command(command), "shop.py", "price", Cancel(), timeout=timeout
            )
        finally:
            runner.close()
        return list(calls)

    return observe


def test_calls_of_failing_and_passing_tests_are_observed(observe) -> None:
    """By value: keyword arguments get their position, and what cannot be repeated is left out."""
    assert observe(PYTEST, "python -m pytest -q test_shop.py") == [
        (1,), (2,), (4, "box"), (10,), (20,), (-1,), (5, "none"),
    ]  # fmt: skip


def test_unittest_is_observed(observe) -> None:
    assert observe(UNITTEST, "python -m unittest test_shop.py") == [(3,)]


def test_the_number_of_calls_is_bounded(observe) -> None:
    test = "import shop\n\n\ndef test_many():\n    shop.total(range(1000))\n"
    assert len(observe(test, "python -m pytest -q test_shop.py")) == MOST_CALLS


@pytest.mark.parametrize("command", ["make test", "tox -e pytest"])
def test_other_commands_are_not_run(observe, command) -> None:
    assert observe(UNITTEST, command) == []


def test_tests_that_do_not_end_tell_nothing(observe) -> None:
    test = "def test_long():\n    while True:\n        pass\n"
    assert observe(test, "python -m pytest -q test_shop.py", timeout=3) == []
