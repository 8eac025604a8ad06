"""Owns the composition root: the only place that builds the real engine, and what goes with it.

Refuses to be imported for free: every heavy part is imported inside the function that builds it.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant import settings as settings_module
from assistant.sanitize import sanitize_line
from assistant.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.console import Console

    from assistant.apply.writer import Writer
    from assistant.context.tokens import Tokenizer
    from assistant.engine.base import Engine
    from assistant.engine.client import WorkerEngine
    from assistant.headless.outcome import Kind
    from assistant.headless.services import Services, Task
    from assistant.models.store import ModelStore
    from assistant.repo.git import Repository
    from assistant.solving.request import Workspace

STRATEGIES = ("default", "baseline", "plan")
"""Ways in which an evaluation can have answers found; the first is what users get."""


def load_settings(**overrides: Any) -> Settings:
    """The settings of this run; an override that is None counts as not given."""
    return settings_module.load(overrides)


def terminal() -> bool:
    """True when a person can be asked: stdin and stdout are a terminal."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def console(*, stderr: bool = False) -> "Console":
    """A console that shows text as it is: no markup, no emoji codes, no highlighting."""
    from rich.console import Console

    return Console(stderr=stderr, markup=False, emoji=False, highlight=False)


def all_tasks() -> "Mapping[Kind, Task]":
    from assistant.headless.outcome import Kind
    from assistant.tasks.ask import ask
    from assistant.tasks.edit import edit
    from assistant.tasks.fix import fix
    from assistant.tasks.plan import plan

    return {Kind.PLAN: plan, Kind.EDIT: edit, Kind.FIX: fix, Kind.ASK: ask}


def tasks_of(strategy: str) -> "Mapping[Kind, Task]":
    """The tasks that one of STRATEGIES means."""
    if strategy != "baseline":
        return all_tasks()
    from assistant.evaluation.baseline import answer_whole_file
    from assistant.headless.outcome import Kind

    return {Kind.EDIT: answer_whole_file, Kind.FIX: answer_whole_file}


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """What belongs to one folder of converted weights."""

    settings: Settings
    """With the model's name filled in."""
    engine: "Engine"
    counter: "Tokenizer"


def load_model(settings: Settings, name: str = "") -> LoadedModel:
    """Resolves a model, by default that of the settings or of this machine, for an engine.

    The worker starts with the first request. Raises ModelError.
    """
    from assistant.context.tokens import Tokenizer

    settings = with_model(replace(settings, model=name) if name else settings)
    folder = model_store(settings).resolve(settings.model)
    return LoadedModel(settings, worker(folder, settings), Tokenizer.load(folder))


def worker(folder: Path, settings: Settings) -> "WorkerEngine":
    """The engine of a converted folder; its process starts with the first request."""
    from assistant.engine.client import WorkerEngine

    return WorkerEngine(folder, settings)


def with_model(settings: Settings) -> Settings:
    """The settings with a model: the one they name, or the one that suits the hardware."""
    if settings.model:
        return settings
    from assistant.models.hardware import choose, detect

    store = model_store(settings)
    usable = [m for m in store.installed() if m.weights == store.weights and not m.problem]
    choice = choose(
        detect(settings.cache_dir),
        device=settings.device,
        installed=tuple(model.name for model in usable),
    )
    return replace(settings, model=choice.model)


def model_store(settings: Settings) -> "ModelStore":
    """The store for the number format of the device in use."""
    from assistant.models.hardware import detect, weights_for
    from assistant.models.store import ModelStore

    weights = weights_for(settings.device, detect(settings.cache_dir))
    return ModelStore(settings.cache_dir, weights=weights)


@contextmanager
def headless_services(settings: Settings, *, record: Path | None = None) -> "Iterator[Services]":
    """The services of a headless run; its engine ends with it.

    With `record`, text that the file holds is taken from there, and other text is added to it.

    Opening a workspace raises RepositoryError before the model is looked for.
    """
    from assistant.engine.recorded import RecordedEngine
    from assistant.headless.services import Services
    from assistant.repo.git import Repository

    loaded: list[LoadedModel] = []
    recorded: list[RecordedEngine] = []

    def open_at(folder: Path) -> "Workspace":
        repository = Repository.open(folder)
        if not loaded:
            model = load_model(settings)
            if record is not None:
                recorded.append(RecordedEngine(model.engine, record))
                model = replace(model, engine=recorded[0])
            loaded.append(model)
        return workspace_of(repository, loaded[0])

    def replayed() -> float:
        return sum(engine.saved_seconds for engine in recorded)

    try:
        yield Services(
            all_tasks(), open_at, lambda workspace: recovered(writer_of(workspace)), replayed
        )
    finally:
        for model in loaded:
            model.engine.close()


def workspace_of(repository: "Repository", model: LoadedModel) -> "Workspace":
    from assistant.checks.runner import CheckRunner
    from assistant.solving.request import Workspace

    runner = CheckRunner(repository.root)
    return Workspace(repository, model.engine, model.counter, runner, model.settings)


def writer_of(workspace: "Workspace") -> "Writer":
    from assistant.apply.writer import Writer

    return Writer(workspace.repository.root, workspace.settings.state_dir)


def recovered(writer: "Writer") -> "Writer":
    """The writer, after it put right what an interrupted run left; says so on stderr."""
    recovery = writer.recover()
    if recovery is not None:
        text = f"An interrupted write was {recovery.outcome.value}: {recovery.title}"
        if recovery.conflicts:
            text += f"; left as they are: {', '.join(recovery.conflicts)}"
        print(sanitize_line(text), file=sys.stderr)
    return writer
