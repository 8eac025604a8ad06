"""Owns the messages by which workers tell the screen what happened: values, no behaviour."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

from assistant.context.bundle import Selected
from assistant.engine.base import EngineInfo, Prefill
from assistant.errors import AssistantError
from assistant.models.progress import PullProgress
from assistant.repo.files import Snapshot
from assistant.repo.units import Unit
from assistant.ui.services import Survey

if TYPE_CHECKING:
    from assistant.apply.writer import Writer
    from assistant.solving.request import Workspace


@dataclass
class TaskProgressed(Message):
    """A running task has yielded events; they wait in its inbox."""

    job: int


@dataclass
class TaskEnded(Message):
    """A task's generator ended, with an error or without one."""

    job: int
    error: AssistantError | None = None


@dataclass
class WorkspaceOpened(Message):
    workspace: "Workspace"
    writer: "Writer"
    snapshot: Snapshot
    notice: str = ""
    """What recovery of an interrupted write did, if anything."""


@dataclass
class SnapshotTaken(Message):
    snapshot: Snapshot


@dataclass
class UnitsRead(Message):
    path: str
    units: tuple[Unit, ...]


@dataclass
class SelectionCounted(Message):
    counts: dict[Selected, int]


@dataclass
class Committed(Message):
    line: str
    """What was done."""


@dataclass
class EngineLoaded(Message):
    info: EngineInfo


@dataclass
class ActionFailed(Message):
    """Something outside a task failed: opening, writing, undo."""

    error: AssistantError


@dataclass
class Written(Message):
    """The writer changed the working tree."""

    verb: str
    """applied, undone, redone."""
    title: str
    paths: tuple[str, ...]


@dataclass
class WarmProgress(Message):
    progress: Prefill


@dataclass
class Surveyed(Message):
    survey: Survey


@dataclass
class PullProgressed(Message):
    report: PullProgress


@dataclass
class PullEnded(Message):
    name: str
    error: AssistantError | None = None
