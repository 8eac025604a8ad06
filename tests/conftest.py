"""Fixtures that several parts share."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

from assistant.engine.base import Cancel
from assistant.errors import ModelError
from assistant.models.store import ModelStore
from assistant.settings import Settings
from tests.tiny_model import write_tiny_model

# A busy machine must not fail a property, and a run must be the same everywhere.
settings.register_profile("steady", deadline=None, derandomize=True)
settings.load_profile("steady")

WEIGHTS = "qwen2.5-coder-0.5b"


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A converted folder with a tiny random model; read only, shared by all tests."""
    return write_tiny_model(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture(scope="session")
def weights_dir() -> Path:
    """A converted folder with the real 0.5B, for tests marked `weights`.

    ASSISTANT_TEST_WEIGHTS names one that is there already; else the user's model store is asked,
    which pulls the weights when they are absent.
    """
    given = os.environ.get("ASSISTANT_TEST_WEIGHTS")
    if given:
        return Path(given)
    store = ModelStore(Settings().cache_dir)
    try:
        return store.resolve(WEIGHTS)
    except ModelError:
        return store.pull(WEIGHTS, lambda progress: None, Cancel())
