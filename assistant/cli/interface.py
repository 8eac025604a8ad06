"""Starts the TUI and builds its services."""

import importlib
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.cli import composition
from assistant.preferences import Preferences
from assistant.settings import Settings

if TYPE_CHECKING:
    from assistant.checks.consent import Consents
    from assistant.context.bundle import Selected
    from assistant.engine.base import Cancel, Prefill
    from assistant.models.doctor import Row
    from assistant.solving.events import Event
    from assistant.solving.request import TaskRequest, Workspace
    from assistant.ui.services import Installation, Services, Task


def open_interface(
    folder: Path, preferences: Preferences, *, reopen: str = "", tour: bool = False
) -> int:
    """Runs the TUI until the user quits, and returns the exit code.

    `reopen` names the session to go on with, see `ui.launch.run`.
    """
    from assistant.ui.launch import run

    with ExitStack() as at_exit:
        given = services(folder, preferences.settings(), at_exit, preferences)
        return run(given, reopen=reopen, tour=tour)


def open_tour(preferences: Preferences) -> int:
    """Runs the TUI with the tour on a copy of the sample project, which is deleted at the end."""
    from assistant.headless.demo import copy_sample

    with tempfile.TemporaryDirectory(prefix="assistant-tour-") as name:
        folder = Path(name).resolve()
        there = {**preferences.overrides, "state_dir": str(folder / "state")}
        return open_interface(copy_sample(folder), replace(preferences, overrides=there), tour=True)


def services(
    folder: Path,
    settings: Settings,
    at_exit: ExitStack,
    preferences: Preferences | None = None,
) -> "Services":
    """The services of the UI. `at_exit` closes the engines they open."""
    from assistant.cli.setup import ModelSetup
    from assistant.ui.services import Services, Tasks

    def open_workspace(name: str) -> "Workspace":
        from assistant.repo.git import Repository

        repository, chosen = Repository.open(folder), named(settings, name)
        if chosen.elsewhere:
            model = composition.model_for(chosen, repository.root)
        else:
            model = composition.load_model(chosen, "" if name == "local" else name)
        at_exit.callback(model.engine.close)
        return composition.workspace_of(repository, model)

    return Services(
        folder=folder,
        settings=settings,
        tasks=Tasks(_lazy("plan"), _lazy("edit"), _lazy("fix"), _lazy("ask")),
        setup=ModelSetup(settings),
        open_workspace=open_workspace,
        open_writer=composition.writer_of,
        consents=_consents(settings),
        warm=_read_ahead,
        sending=_Sending(folder, settings),
        installation=_installation(preferences) if preferences is not None else None,
    )


def _installation(preferences: Preferences) -> "Installation":
    from assistant.ui.services import Installation

    def diagnose() -> "tuple[Row, ...]":
        from assistant.cli.doctor import examine

        return examine(preferences.settings()).rows

    return Installation(preferences, diagnose)


def named(settings: Settings, name: str) -> Settings:
    """The settings with what the user named: the address of a server or `ssh://user@box`, with or
    without one of its models after it, `local`, or a model of this machine. Nothing means the
    settings as they are."""
    from assistant.engine.remote.host import SCHEME
    from assistant.engine.server.address import is_address

    if not name:
        return settings
    if is_address(name):
        address, _, model = name.partition(" ")
        here = replace(settings, engine="", host="", model=model.strip())
        if address.startswith(SCHEME):
            return replace(here, host=address)
        return replace(here, engine=address)
    model = "" if name == "local" else settings.model
    return replace(settings, engine="", host="", model=model)


class _Sending:
    """Implements the UI's `Sending`."""

    def __init__(self, folder: Path, settings: Settings) -> None:
        self._folder = folder
        self._settings = settings

    def asks_for(self, name: str) -> str:
        from assistant.cli.serving import asks_for
        from assistant.repo.git import Repository

        chosen = named(self._settings, name)
        return asks_for(chosen, Repository.open(self._folder).root) if chosen.elsewhere else ""

    def allow(self, address: str) -> None:
        from assistant.checks.consent import Consents
        from assistant.repo.git import Repository

        root = Repository.open(self._folder).root
        Consents(self._settings.state_dir).allow_sending(root, address)


def _lazy(name: str) -> "Task":
    """A task that is imported on its first run, so that it does not delay the first frame."""

    def task(workspace: "Workspace", request: "TaskRequest", cancel: "Cancel") -> "Iterator[Event]":
        module = importlib.import_module(f"assistant.tasks.{name}")
        events: Iterator[Event] = getattr(module, name)(workspace, request, cancel)
        return events

    return task


def _read_ahead(
    workspace: "Workspace", selection: "tuple[Selected, ...]", cancel: "Cancel"
) -> "Iterator[Prefill]":
    from assistant.tasks.reading import read_ahead

    return read_ahead(workspace, selection, cancel)


def _consents(settings: Settings) -> "Callable[[], Consents]":
    def consents() -> "Consents":
        from assistant.checks.consent import Consents

        return Consents(settings.state_dir)

    return consents
