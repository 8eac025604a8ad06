"""Builds workspaces over a real git repository and a scripted engine, for tests."""

import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from assistant.checks.runner import CheckRunner
from assistant.engine.scripted import Scores, Script, ScriptedEngine
from assistant.repo.git import Repository
from assistant.settings import Settings
from assistant.solving.request import Workspace

CALC = '''"""Sums."""


def add(a, b):
    """The sum."""
    return a - b


def mean(values):
    return sum(values) / len(values)
'''

# The expected value is not a literal, so no mutant is known to satisfy the test.
TEST_CALC = """import unittest

from calc import add


class AddTest(unittest.TestCase):
    def test_add(self):
        self.assertEqual(add(2, 3), sum((2, 3)))


if __name__ == "__main__":
    unittest.main()
"""


class WordCounter:
    """Counts words: enough where the exact number of tokens does not matter."""

    def count(self, text: str) -> int:
        return len(text.split())


@dataclass(frozen=True, slots=True)
class World:
    root: Path
    workspace: Workspace
    engine: ScriptedEngine


MakeWorld = Callable[..., World]


@pytest.fixture
def make_world(tmp_path: Path) -> MakeWorld:
    def make(
        script: Script,
        *,
        files: dict[str, str] | None = None,
        scores: Scores | None = None,
        settings: Settings | None = None,
        can_continue: bool = False,
        can_infill: bool = False,
    ) -> World:
        root = tmp_path / "repo"
        for path, text in (files or {"calc.py": CALC, "test_calc.py": TEST_CALC}).items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text)
        run = ["git", "-c", "user.name=t", "-c", "user.email=t@example.org"]
        for arguments in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "start"]):
            subprocess.run([*run, *arguments], cwd=root, check=True)
        engine = ScriptedEngine(
            script, scores=scores, can_continue=can_continue, can_infill=can_infill
        )
        workspace = Workspace(
            Repository.open(root), engine, WordCounter(), CheckRunner(root), settings or Settings()
        )
        return World(root, workspace, engine)

    return make
