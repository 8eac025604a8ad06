"""The services that the UI needs. The command line builds them; the UI has no fallbacks."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeAlias

from assistant.engine.base import Cancel, Prefill
from assistant.models.progress import PullProgress
from assistant.settings import Settings
from assistant.solving.events import Event

if TYPE_CHECKING:  # not imported at run time, to keep startup fast
    from assistant.apply.writer import Writer
    from assistant.checks.consent import Consents
    from assistant.context.bundle import Selected
    from assistant.models.doctor import Row
    from assistant.preferences import Preferences
    from assistant.solving.request import TaskRequest, Workspace

Task: TypeAlias = "Callable[[Workspace, TaskRequest, Cancel], Iterator[Event]]"
"""A blocking generator, run in a thread. `tasks.events` describes how it ends."""
Warm: TypeAlias = "Callable[[Workspace, tuple[Selected, ...], Cancel], Iterator[Prefill]]"
"""Reads a selection into the prefix cache. Runs in a thread."""


@dataclass(frozen=True, slots=True)
class Tasks:
    plan: Task
    edit: Task
    fix: Task
    ask: Task


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """A model that runs on this machine."""

    name: str
    """The name that `open_workspace` and `pull` take."""
    title: str
    size: int
    """Bytes to download; 0 if its file is on this machine."""
    licence: str
    """Empty if unknown."""
    note: str = ""
    """What to expect of it on this machine, in a few words."""
    recommended: bool = False
    installed: bool = False
    memory: int = 0
    """Bytes of memory it needs when it runs; 0 if unknown."""


@dataclass(frozen=True, slots=True)
class Survey:
    """What the model screen shows."""

    facts: tuple[tuple[str, str], ...]
    """Detected hardware as pairs of name and value: device, memory, cores, free disk."""
    choices: tuple[ModelChoice, ...]
    """The recommended one first."""


class Setup(Protocol):
    """Finds and downloads weights. Every method may raise ModelError."""

    def ready(self) -> bool:
        """Returns True if the configured model can be loaded without a download. Fast."""
        ...

    def survey(self) -> Survey:
        """Inspects the machine and the catalog. May take a second."""
        ...

    def pull(self, name: str, report: Callable[[PullProgress], None], cancel: Cancel) -> None:
        """Downloads, verifies and converts a model. Raises Cancelled if stopped; can be resumed."""
        ...


class Sending(Protocol):
    """Consent to send code to another machine. Both methods may raise AssistantError."""

    def asks_for(self, name: str) -> str:
        """The address that the user has to agree to before `open_workspace(name)`; else empty."""
        ...

    def allow(self, address: str) -> None:
        """Stores the consent for this repository."""
        ...


@dataclass(frozen=True, slots=True)
class Installation:
    """What the program can say about itself."""

    preferences: "Preferences"
    diagnose: "Callable[[], Sequence[Row]]"
    """What `assistant doctor` prints. Takes seconds; may raise AssistantError."""


@dataclass(frozen=True, slots=True)
class Services:
    folder: Path
    """The current directory, shown until the repository is open."""
    settings: Settings
    tasks: Tasks
    setup: Setup
    open_workspace: "Callable[[str], Workspace]"
    """Opens repository, tokenizer and engine for a model, or for the address of a server; an empty
    name means the configured one, and `local` the model of this machine.

    Runs in a thread after the first frame. May raise AssistantError.
    """
    open_writer: "Callable[[Workspace], Writer]"
    consents: "Callable[[], Consents]"
    """Built on first use."""
    warm: "Warm | None" = None
    """Reads the selection ahead while the user types; optional."""
    sending: Sending | None = None
    """None where no server can be used."""
    installation: Installation | None = None
    """None where the program runs on a stage, such as a test."""
