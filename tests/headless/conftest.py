"""Fixtures of the headless tests."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from assistant.engine.scripted import ScriptedEngine
from assistant.settings import Settings
from assistant.solving.request import TaskRequest
from tests.headless.fakes import FakeWriter


@pytest.fixture
def writer() -> FakeWriter:
    return FakeWriter()


@pytest.fixture
def workspace(tmp_path: Path):
    settings = Settings(model="tiny", state_dir=tmp_path / "state", cache_dir=tmp_path / "cache")
    repository = SimpleNamespace(root=tmp_path)
    return SimpleNamespace(repository=repository, settings=settings, engine=ScriptedEngine())


@pytest.fixture
def request_() -> TaskRequest:
    return TaskRequest("Count from one", seed=7)
