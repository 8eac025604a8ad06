"""A repository to stand in, scripted tasks, and the program run in this process."""

import os

import pytest

from assistant.cli import composition, main
from assistant.cli.composition import LoadedModel
from assistant.engine.scripted import ScriptedEngine
from assistant.headless.outcome import Kind
from assistant.headless.scratch import make_repository
from assistant.models.machine import Gpu, Hardware
from tests.headless.fakes import (
    OLD,
)
from tests.models.found_kit import places_in


class WordCounter:
    def count(self, text: str) -> int:
        return len(text.split())


@pytest.fixture
def repo(tmp_path, monkeypatch):
    """A repository to stand in, a state and a cache of its own, and no settings of the user."""
    repo = tmp_path / "repo"
    repo.mkdir()
    (repo / "numbers.py").write_bytes(OLD)
    make_repository(repo)
    for name in [name for name in os.environ if name.startswith("ASSISTANT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("ASSISTANT_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("ASSISTANT_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("ASSISTANT_MODEL", "scripted")
    places = places_in(tmp_path)
    monkeypatch.setattr("assistant.models.store.usual_places", lambda: places)
    monkeypatch.chdir(repo)
    return repo


@pytest.fixture
def tasks(monkeypatch):
    """Tasks that yield what a test puts here, by kind; the requests they got."""
    scripted, requests = {}, []

    def task_of(kind):
        def task(workspace, request, cancel):
            requests.append(request)
            events = scripted[kind]
            yield from events(request) if callable(events) else events

        return task

    monkeypatch.setattr(composition, "all_tasks", lambda: {kind: task_of(kind) for kind in Kind})
    monkeypatch.setattr(
        composition,
        "load_model",
        lambda settings, name="": LoadedModel(settings, ScriptedEngine(), WordCounter()),
    )
    scripted["requests"] = requests
    return scripted


@pytest.fixture
def run(capsys):
    """Runs the program in this process: exit code, stdout, stderr."""

    def run(*arguments):
        with pytest.raises(SystemExit) as end:
            main(list(arguments))
        captured = capsys.readouterr()
        return end.value.code, captured.out, captured.err

    return run


@pytest.fixture
def machine(monkeypatch):
    """A function that replaces the machine: free memory, and that of a GPU, in GiB."""

    def be(memory, gpu=0):
        gpus = (Gpu(0, "A", gpu * 2**30, gpu * 2**30),) if gpu else ()
        found = Hardware("P", 4, 8, 4, 64 * 2**30, memory * 2**30, (), gpus, "2.13.0", 2**30)
        for module in ("assistant.models.hardware", "assistant.cli.setup"):
            monkeypatch.setattr(f"{module}.detect", lambda folder: found)

    return be
