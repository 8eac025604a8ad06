"""The services that the command line passes to the headless front end."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from assistant.engine.base import Cancel
from assistant.headless.outcome import Kind
from assistant.solving.events import Event

if TYPE_CHECKING:  # only for annotations; slow to import
    from assistant.apply.writer import Writer
    from assistant.solving.request import TaskRequest, Workspace

Task: TypeAlias = "Callable[[Workspace, TaskRequest, Cancel], Iterator[Event]]"
"""A blocking generator that ends as described in `solving.events`."""


@dataclass(frozen=True, slots=True)
class Services:
    tasks: Mapping[Kind, Task]
    open_workspace: "Callable[[Path], Workspace]"
    """Opens the repository that contains a folder. All workspaces share one engine.

    Raises RepositoryError and ModelError.
    """
    open_writer: "Callable[[Workspace], Writer]"
    replayed_seconds: Callable[[], float] = float
    """Total time that the replayed generations took when they were recorded."""
