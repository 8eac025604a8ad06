"""Fixtures of the command line's and the interface's tests, and a scripted model."""

from collections.abc import Callable
from pathlib import Path

import pytest

from assistant.checks.runner import CheckRunner
from assistant.cli import composition
from assistant.cli.composition import LoadedModel
from assistant.engine.scripted import Script, ScriptedEngine
from assistant.repo.git import Repository
from assistant.settings import Settings
from assistant.solving.request import Workspace
from tests.cli.conftest import WordCounter, repo, run
from tests.hostile.kit import Model
from tests.ui.conftest import settled, shop, state, until

__all__ = ["repo", "run", "settled", "shop", "state", "until"]


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> Model:
    """Puts a script in the place of the model; the tasks are the real ones."""

    def answers(script: Script) -> None:
        engine = ScriptedEngine(script)
        monkeypatch.setattr(
            composition,
            "load_model",
            lambda settings, name="": LoadedModel(settings, engine, WordCounter()),
        )

    return answers


@pytest.fixture
def make_workspace(tmp_path: Path) -> Callable[..., Workspace]:
    """A workspace over a repository and a script."""

    def make(root: Path, script: Script = ()) -> Workspace:
        settings = Settings(state_dir=tmp_path / "state", cache_dir=tmp_path / "cache")
        engine, repository = ScriptedEngine(script), Repository.open(root)
        return Workspace(repository, engine, WordCounter(), CheckRunner(root), settings)

    return make
