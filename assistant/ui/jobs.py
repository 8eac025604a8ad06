"""Owns the running of one task in a thread: its events become messages, every end becomes one.

Touches no widget. The thread keeps going after the UI let go of a task; its events are then not
heard any more.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from textual.message import Message

from assistant.engine.base import Cancel
from assistant.errors import AssistantError, EngineError
from assistant.tasks.events import Event, Step
from assistant.ui.messages import TaskEnded, TaskEvent

TaskKind: TypeAlias = Literal["plan", "edit", "fix", "ask"]


@dataclass(slots=True)
class Job:
    """A task under way."""

    id: int
    kind: TaskKind
    title: str
    step: Step | None = None
    """The step of the plan that it carries out."""
    cancel: Cancel = field(default_factory=Cancel)


def run_job(
    job: Job, events: Callable[[Cancel], Iterator[Event]], post: Callable[[Message], object]
) -> None:
    """Iterates the events to their end; blocks. Never raises."""
    try:
        for event in events(job.cancel):
            post(TaskEvent(job.id, event))
    except AssistantError as error:
        post(TaskEnded(job.id, error))
    except Exception as error:  # noqa: BLE001 - the turn's boundary: the app must live on
        post(TaskEnded(job.id, internal_error(error)))
    else:
        post(TaskEnded(job.id))


def internal_error(error: Exception) -> AssistantError:
    """What the user is told about a defect of this program."""
    return EngineError(
        f"Something broke inside the program: {type(error).__name__}: {error}",
        hint="Nothing was written. Try again; if it comes back, report it with this line.",
    )
