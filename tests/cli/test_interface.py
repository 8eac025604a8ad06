"""What the TUI is given."""

from contextlib import ExitStack
from pathlib import Path

import pytest

from assistant.cli import composition
from assistant.cli.composition import LoadedModel
from assistant.cli.interface import open_tour, services
from assistant.cli.setup import ModelSetup
from assistant.engine.base import Cancel
from assistant.engine.scripted import ScriptedEngine
from assistant.errors import Cancelled, ModelError, RepositoryError, UsageError
from assistant.headless.scratch import make_repository
from assistant.models.found.places import Places
from assistant.preferences import Preferences
from assistant.settings import Settings
from assistant.solving.request import TaskRequest


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(cache_dir=tmp_path / "cache", state_dir=tmp_path / "state")


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    repo = tmp_path / "repo"
    repo.mkdir()
    (repo / "a.py").write_text("x = 1\n")
    make_repository(repo)
    return repo


def test_a_workspace_is_opened_for_a_model_and_its_engine_ends_with_the_program(
    repo, settings, monkeypatch
):
    engine = ScriptedEngine()
    names = []

    def load(settings, name=""):
        names.append(name)
        return LoadedModel(settings, engine, None)

    monkeypatch.setattr(composition, "load_model", load)
    with ExitStack() as at_exit:
        given = services(repo, settings, at_exit)
        workspace = given.open_workspace("tiny")
        assert workspace.repository.root == repo
        assert given.open_writer(workspace).entries() == ()
        assert not engine.closed
    assert names == ["tiny"]
    assert engine.closed


def test_outside_of_a_repository_no_model_is_loaded(tmp_path, settings, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    monkeypatch.setattr(composition, "load_model", pytest.fail)
    with ExitStack() as at_exit, pytest.raises(RepositoryError):
        services(tmp_path, settings, at_exit).open_workspace("tiny")


def test_the_tasks_are_the_real_ones(repo, settings, monkeypatch):
    monkeypatch.setattr(
        composition,
        "load_model",
        lambda settings, name: LoadedModel(settings, ScriptedEngine(), None),
    )
    with ExitStack() as at_exit:
        given = services(repo, settings, at_exit)
        workspace = given.open_workspace("tiny")
        with pytest.raises(UsageError, match="something that fails"):
            next(given.tasks.fix(workspace, TaskRequest(""), Cancel()))


def test_a_machine_without_weights_is_not_ready_and_offers_what_fits(settings, monkeypatch):
    monkeypatch.setattr("assistant.models.store.usual_places", Places)
    setup = ModelSetup(settings)
    assert not setup.ready()
    survey = setup.survey()
    assert survey.choices[0].recommended
    assert [choice.recommended for choice in survey.choices].count(True) == 1
    assert all(choice.size > 0 for choice in survey.choices)
    assert {"memory", "disk"} <= {name for name, _ in survey.facts}


def test_a_pull_passes_errors_and_cancel_on(settings):
    setup = ModelSetup(settings)
    with pytest.raises(ModelError, match="Unknown model"):
        setup.pull("nonsense", lambda progress: None, Cancel())
    cancel = Cancel()
    cancel.set()
    with pytest.raises(Cancelled):
        setup.pull("qwen2.5-coder-0.5b", lambda progress: None, cancel)


def test_the_tour_runs_on_a_copy_that_is_deleted_afterwards(tmp_path, monkeypatch):
    seen = []

    def run(given, *, reopen, tour):
        seen.append((given.folder, given.settings.state_dir, tour))
        assert (given.folder / "tests" / "test_catalog.py").is_file()
        assert (given.folder / ".git").is_dir()
        return 7

    monkeypatch.setattr("assistant.ui.launch.run", run)
    assert open_tour(Preferences({}, {}, tmp_path / "config.toml")) == 7
    ((folder, state, tour),) = seen
    assert tour
    assert state.parent == folder.parent
    assert not folder.exists()


def test_the_interface_can_tell_its_settings_and_its_diagnosis(repo, tmp_path, monkeypatch):
    from assistant.cli import doctor
    from assistant.cli.doctor import Diagnosis
    from assistant.models.doctor import Row

    rows = (Row("computer", "processor", "P"),)
    monkeypatch.setattr(doctor, "examine", lambda settings: Diagnosis(rows, True, "m", ""))
    preferences = Preferences({"seed": 3}, {}, tmp_path / "config.toml")
    with ExitStack() as at_exit:
        given = services(repo, preferences.settings(), at_exit, preferences)
    assert given.settings.seed == 3
    assert given.installation.preferences is preferences
    assert given.installation.diagnose() == rows


def test_the_options_reach_the_interface(run, repo, monkeypatch):
    seen = []
    monkeypatch.chdir(repo)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(repo.parent / "config"))
    monkeypatch.setattr(composition, "terminal", lambda: True)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    monkeypatch.setattr(
        "assistant.cli.interface.open_interface",
        lambda folder, preferences, reopen: seen.append((folder, preferences.settings().theme)),
    )
    monkeypatch.setattr(
        "assistant.cli.interface.open_tour",
        lambda preferences: seen.append(("tour", preferences.settings().seed)),
    )
    assert run("--theme", "assistant-moss")[0] == 0
    assert run("--tour")[0] == 0
    assert seen == [(repo, "assistant-moss"), ("tour", 0)]
