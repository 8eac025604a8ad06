"""Fixtures that several parts share."""

from pathlib import Path

import pytest

from tests.tiny_model import write_tiny_model


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A converted folder with a tiny random model; read only, shared by all tests."""
    return write_tiny_model(tmp_path_factory.mktemp("models") / "tiny")
