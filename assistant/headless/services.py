"""Owns what the headless front end is given: the services behind it, built by the command line."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from assistant.engine.base import Cancel
from assistant.headless.outcome import Kind
from assistant.solving.events import Event

if TYPE_CHECKING:  # not needed to describe the services, and slow to import
    from assistant.apply.writer import Writer
    from assistant.solving.request import TaskRequest, Workspace

Task: TypeAlias = "Callable[[Workspace, TaskRequest, Cancel], Iterator[Event]]"
"""A blocking generator that ends as `tasks.events` says."""


@dataclass(frozen=True, slots=True)
class Services:
    tasks: Mapping[Kind, Task]
    open_workspace: "Callable[[Path], Workspace]"
    """The workspace of the repository around a folder. All of them share one engine.

    Raises RepositoryError, ModelError.
    """
    open_writer: "Callable[[Workspace], Writer]"
    replayed_seconds: Callable[[], float] = float
    """What text from a recording took when it was generated, so far."""
