"""Fixtures: a repository for check commands, a runner, and a folder for locating printed paths."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.checks import sandbox
from assistant.checks.runner import CheckRunner

CORE = """\
def div(a, b):
    return a / b


def outer(x):
    return div(x, 0)
"""


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    root = tmp_path / "repo"
    root.mkdir()
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    (root / "value.py").write_text("VALUE = 1\n")
    (root / "data.txt").write_text("one\n")
    (root / ".gitignore").write_text("ignored.txt\n.venv/\n")
    (root / "ignored.txt").write_text("secret\n")
    return root


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder in which printed paths exist."""
    for name in ("core.py", "pkg/mod.py", "src/lib.rs", "src/app.ts", "web/a.test.js", "c.c"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    (tmp_path / "core.py").write_text(CORE)
    return tmp_path


HOWS = ["limits only"]
if sandbox.bubblewrap():
    HOWS.append("bubblewrap")
if sandbox.namespaces():
    HOWS.append("namespaces")


@pytest.fixture(params=HOWS)
def runner(request: pytest.FixtureRequest, repo: Path) -> Iterator[CheckRunner]:
    """In each sandbox that works on this machine."""
    made = CheckRunner(repo, confinement=request.param)
    yield made
    made.close()
