"""Fixtures: a small repository and a token counter that counts words."""

import subprocess
from pathlib import Path

import pytest

from assistant.repo.git import Repository


class WordCounter:
    """Counts words separated by white space."""

    def count(self, text: str) -> int:
        return len(text.split())


@pytest.fixture
def counter() -> WordCounter:
    return WordCounter()


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """Three Python files, a test and a README, untracked."""
    root = tmp_path / "repo"
    (root / "pkg").mkdir(parents=True)
    (root / "tests").mkdir()
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    (root / "pkg" / "__init__.py").write_text("")
    (root / "pkg" / "prices.py").write_text(
        "import math\n\nfrom pkg.stock import available\n\n\n"
        "class Basket:\n    def __init__(self):\n        self.items = []\n\n"
        "    def total_price(self):\n        return math.fsum(self.items)\n\n"
        "    def discount(self, rate):\n        return self.total_price() * rate\n\n\n"
        "def unrelated():\n    return 0\n"
    )
    (root / "pkg" / "stock.py").write_text("def available(item):\n    return item in ()\n")
    (root / "pkg" / "colours.py").write_text("def mix(red, blue):\n    return red + blue\n")
    (root / "tests" / "test_prices.py").write_text(
        "from pkg.prices import Basket\n\n\n"
        "def test_total():\n    assert Basket().total_price() == 0\n"
    )
    (root / "README.md").write_text("# Shop\n\nPrices.\n")
    return Repository.open(root)
