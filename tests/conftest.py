"""Fixtures shared across the test suite."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

if not Path("/dev/nvidiactl").exists():
    # Read when triton is imported, which other libraries do: its kernels run interpreted here.
    os.environ.setdefault("TRITON_INTERPRET", "1")

from assistant.engine.base import Cancel
from assistant.errors import ModelError
from assistant.models.store import ModelStore
from assistant.settings import Settings
from tests.llama_server import LlamaServer, gguf
from tests.ssh_box import Box
from tests.tiny_model import write_tiny_model

# No deadline, so a busy machine does not fail a test; derandomized, so every run is the same.
settings.register_profile("steady", deadline=None, derandomize=True)
settings.load_profile("steady")

WEIGHTS = "qwen2.5-coder-0.5b"


@pytest.fixture(scope="session", autouse=True)
def no_plugins_in_children() -> None:
    """Plugins of this environment take two seconds to load in every pytest that a test starts.

    A fixture, because the processes that run the tests need the plugins themselves.
    """
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A converted folder with a tiny random model, shared by all tests; treat it as read-only."""
    return write_tiny_model(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture(scope="session")
def weights_dir() -> Path:
    """A converted folder with the real 0.5B model, for tests marked `weights`.

    ASSISTANT_TEST_WEIGHTS can point to an existing folder. Otherwise the weights come from the
    user's model store, which pulls them if they are missing.
    """
    given = os.environ.get("ASSISTANT_TEST_WEIGHTS")
    if given:
        return Path(given)
    store = ModelStore(Settings().cache_dir)
    try:
        return store.resolve(WEIGHTS)
    except ModelError:
        return store.pull(WEIGHTS, lambda progress: None, Cancel())


@pytest.fixture(scope="session")
def llama_server() -> Iterator[LlamaServer]:
    """llama.cpp's server with the real 0.5B, for tests marked `weights`.

    Skips where the package `xllamacpp` is not installed: it has no wheels for some platforms.
    """
    pytest.importorskip("xllamacpp")
    server = LlamaServer(gguf())
    yield server
    server.close()


@pytest.fixture
def box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Box]:
    """A machine named `box`, which ssh reaches. Skips where sshd is missing."""
    box = Box(tmp_path / "box")
    monkeypatch.setenv("PATH", str(box.here), prepend=os.pathsep)
    yield box
    box.stop()
