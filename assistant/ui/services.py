"""Owns what the UI is given: the services behind it, as one frozen value built by the command line.

The UI builds nothing of this itself and has no fallback for any of it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeAlias

from assistant.engine.base import Cancel, Prefill
from assistant.models.progress import PullProgress
from assistant.settings import Settings
from assistant.solving.events import Event

if TYPE_CHECKING:  # imported late, so that the first frame waits for none of them
    from assistant.apply.writer import Writer
    from assistant.checks.consent import Consents
    from assistant.context.bundle import Selected
    from assistant.solving.request import TaskRequest, Workspace

Task: TypeAlias = "Callable[[Workspace, TaskRequest, Cancel], Iterator[Event]]"
"""A blocking generator that ends as `tasks.events` says; always run in a thread."""


@dataclass(frozen=True, slots=True)
class Tasks:
    plan: Task
    edit: Task
    fix: Task
    ask: Task


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """A model that can be used here."""

    name: str
    """What `open_workspace` and `pull` understand."""
    title: str
    size: int
    """Bytes to download; 0 when nothing is left to download."""
    licence: str
    note: str = ""
    """What to expect of it on this machine, in a few words."""
    recommended: bool = False
    installed: bool = False
    memory: int = 0
    """Bytes of memory it needs when it runs; 0 when not known."""


@dataclass(frozen=True, slots=True)
class Survey:
    """What a first launch needs to know."""

    facts: tuple[tuple[str, str], ...]
    """What was detected, as pairs of name and value: device, memory, cores, free disk."""
    choices: tuple[ModelChoice, ...]
    """The recommended one first."""


class Setup(Protocol):
    """Finds and fetches weights. Every method may raise ModelError."""

    def ready(self) -> bool:
        """True when the model of the settings can be loaded without a download. Fast."""
        ...

    def survey(self) -> Survey:
        """Looks at the machine and the catalog; may take a second."""
        ...

    def pull(self, name: str, report: Callable[[PullProgress], None], cancel: Cancel) -> None:
        """Downloads, verifies and converts; raises Cancelled when stopped, and resumes later."""
        ...


@dataclass(frozen=True, slots=True)
class Services:
    folder: Path
    """Where the user stands; shown until the repository is open."""
    settings: Settings
    tasks: Tasks
    setup: Setup
    open_workspace: "Callable[[str], Workspace]"
    """Opens repository, tokenizer and engine for a model name; an empty name means the settings'.

    Runs in a thread after the first frame; may raise AssistantError.
    """
    open_writer: "Callable[[Workspace], Writer]"
    consents: "Callable[[], Consents]"
    """Built on first use."""
    warm: "Callable[[Workspace, tuple[Selected, ...], Cancel], Iterator[Prefill]] | None" = None
    """Reads the selection into the prefix cache while the user types; optional."""
