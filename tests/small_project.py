"""A small repository with a bug and a test that finds it, for tests on real weights."""

from pathlib import Path

from assistant.headless.scratch import make_repository

PARITY = '''def is_even(number):
    """Whether the number is even."""
    return number % 2 == 1


def double(number):
    """Twice the number."""
    return number * 2
'''
GREETING = """def greet(name):
    return "Hello, " + name


def leave(name):
    return "Goodbye, " + name
"""
TEST = """import unittest

from parity import is_even


class ParityTest(unittest.TestCase):
    def test_even(self):
        self.assertEqual(is_even(4), bool(1))
"""


def make_small_project(root: Path) -> Path:
    """Writes the files, which are committed, and returns the folder."""
    root.mkdir()
    (root / "parity.py").write_text(PARITY)
    (root / "greeting.py").write_text(GREETING)
    (root / "test_parity.py").write_text(TEST)
    make_repository(root)
    return root
