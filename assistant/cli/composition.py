"""The composition root: the only module that builds the real engine and its services.

Heavy imports happen inside the functions that need them, so importing this module is cheap.
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
    from collections.abc import Callable, Mapping

    from rich.console import Console

    from assistant.apply.writer import Writer
    from assistant.context.bundle import TokenCounter
    from assistant.engine.base import Engine
    from assistant.engine.client import WorkerEngine
    from assistant.headless.outcome import Kind
    from assistant.headless.services import Services, Task
    from assistant.models.store import ModelStore
    from assistant.repo.git import Repository
    from assistant.solving.request import Workspace

STRATEGIES = ("default", "baseline", "plan")
"""Strategies that an evaluation can run; the first is what users get."""


def load_settings(**overrides: Any) -> Settings:
    """Loads the settings of this run. Overrides that are None are ignored."""
    return settings_module.load(overrides)


def terminal() -> bool:
    """Whether the user can be prompted: stdin and stdout are both terminals."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def console(*, stderr: bool = False) -> "Console":
    """A console that prints text verbatim: no markup, no emoji codes, no highlighting."""
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
    """The tasks that a strategy, one of STRATEGIES, runs."""
    if strategy != "baseline":
        return all_tasks()
    from assistant.evaluation.baseline import answer_whole_file
    from assistant.headless.outcome import Kind

    return {Kind.EDIT: answer_whole_file, Kind.FIX: answer_whole_file}


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """An engine and tokenizer for one folder of converted weights."""

    settings: Settings
    """With `model` and `context_tokens` filled in."""
    engine: "Engine"
    counter: "TokenCounter"


def load_model(settings: Settings, name: str = "") -> LoadedModel:
    """Resolves a model and prepares its engine; the worker starts on the first request.

    Without `name` it takes the model of the settings, or the one recommended for this machine.
    Raises ModelError.
    """
    from assistant.context.tokens import Tokenizer

    settings = with_model(replace(settings, model=name) if name else settings)
    folder = model_store(settings).resolve(settings.model)
    settings = with_window(settings, folder)
    return LoadedModel(settings, worker(folder, settings), Tokenizer.load(folder))


def model_for(
    settings: Settings, root: Path, ask: "Callable[[str], str] | None" = None
) -> LoadedModel:
    """The model of the settings for the repository at `root`: on a server, on another machine, or
    here.

    `ask` is as in `headless_services`. Raises ModelError, EngineError, UsageError for a bad
    address, and CheckError without consent to send code there.
    """
    if not settings.elsewhere:
        return load_model(settings)
    from assistant.cli.serving import load_host, load_server, require_consent

    require_consent(settings, root, ask)
    return load_server(settings, root) if settings.engine else load_host(settings, root)


def worker(folder: Path, settings: Settings) -> "WorkerEngine":
    """The engine for a folder of converted weights; its process starts on the first request."""
    from assistant.engine.client import WorkerEngine

    return WorkerEngine(folder, settings)


def with_model(settings: Settings) -> Settings:
    """The settings with `model` filled in from the hardware, unless it is chosen elsewhere."""
    if settings.model or settings.elsewhere:
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


def with_window(settings: Settings, folder: Path) -> Settings:
    """The settings with the number of tokens that the weights in `folder` can take here."""
    from assistant.models.hardware import detect
    from assistant.models.memory.window import local_window

    window = local_window(folder, settings, lambda: detect(settings.cache_dir))
    return replace(settings, context_tokens=window)


def model_store(settings: Settings) -> "ModelStore":
    """The store of weights in the number format that suits the device."""
    from assistant.models.hardware import detect, weights_for
    from assistant.models.store import ModelStore

    weights = weights_for(settings.device, detect(settings.cache_dir))
    return ModelStore(settings.cache_dir, weights=weights)


@contextmanager
def headless_services(
    settings: Settings,
    *,
    record: Path | None = None,
    ask: "Callable[[str], str] | None" = None,
) -> "Iterator[Services]":
    """The services of a headless run; closes the engine on exit.

    `ask` asks whether code may be sent to an address that is not on this machine, and returns
    "always", "once" or "no"; pass None if the user cannot be prompted.

    With `record`, generations found in that file are replayed and all others are added to it.

    Opening a workspace raises RepositoryError before it looks for the model.
    """
    from assistant.engine.recorded import RecordedEngine
    from assistant.headless.services import Services
    from assistant.repo.git import Repository

    loaded: list[LoadedModel] = []
    recorded: list[RecordedEngine] = []

    def open_at(folder: Path) -> "Workspace":
        repository = Repository.open(folder)
        if not loaded:
            model = model_for(settings, repository.root, ask)
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
    """The services of one session. What leaves the machine leaves it without secrets."""
    from assistant.checks.runner import CheckRunner
    from assistant.cli.serving import leaves_machine
    from assistant.repo.indexing.lookup import SearchIndex
    from assistant.solving.request import Workspace

    engine = model.engine
    if leaves_machine(model.settings):
        from assistant.context.confidential import SecretValues
        from assistant.credentials.redacting import Placeholders
        from assistant.engine.redacting import RedactingEngine

        engine = RedactingEngine(engine, Placeholders(SecretValues(repository)))
    repository.index = SearchIndex(repository.git, repository.git_dir, model.settings.state_dir)
    runner = CheckRunner(repository.root)
    return Workspace(repository, engine, model.counter, runner, model.settings)


def writer_of(workspace: "Workspace") -> "Writer":
    return open_writer(workspace.repository.root, workspace.settings)


def open_writer(root: Path, settings: Settings) -> "Writer":
    """The writer of a working tree, with the user's limit of its history."""
    from assistant.apply.writer import Writer

    return Writer(root, settings.state_dir, limit=settings.undo_megabytes * 10**6)


def recovered(writer: "Writer") -> "Writer":
    """The writer, after recovery from an interrupted write, which is reported on stderr."""
    recovery = writer.recover()
    if recovery is not None:
        print(sanitize_line(recovery.text), file=sys.stderr)
    return writer
