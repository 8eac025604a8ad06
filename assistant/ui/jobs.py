"""Owns the running of one task in a thread: its events go to an inbox, every end is a message.

Touches no widget. The thread keeps going after the UI let go of a task; its events are then not
heard any more.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Literal, TypeAlias

from textual.message import Message

from assistant.engine.base import Cancel
from assistant.errors import AssistantError, EngineError
from assistant.solving.events import Event, Step, TextStreamed
from assistant.ui.messages import TaskEnded, TaskProgressed
from assistant.ui.preparing import Prepared

TaskKind: TypeAlias = Literal["plan", "edit", "fix", "ask"]
Heard: TypeAlias = Event | Prepared
"""What a task's thread may say."""


class Inbox:
    """Events on their way from a task's thread to the screen, in order.

    Text that follows text of the same candidate is joined to it: what a screen has to do for it
    does not grow with the speed of the model.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._events: list[Heard] = []
        self._pieces = 0

    @property
    def pieces(self) -> int:
        """Pieces of text that have come in, taken ones included."""
        return self._pieces

    def put(self, event: Heard) -> bool:
        """Adds an event; True when the screen should be told, False when it may wait for a tick."""
        with self._lock:
            if not isinstance(event, TextStreamed):
                self._events.append(event)
                return True
            self._pieces += 1
            last = self._events[-1] if self._events else None
            if isinstance(last, TextStreamed) and last.candidate == event.candidate:
                self._events[-1] = replace(
                    last, text=last.text + event.text, logprob=last.logprob + event.logprob
                )
            else:
                self._events.append(event)
            return False

    def take(self) -> list[Heard]:
        """Everything that waits; it waits no longer."""
        with self._lock:
            events, self._events = self._events, []
            return events


@dataclass(slots=True)
class Job:
    """A task under way."""

    id: int
    kind: TaskKind
    title: str
    step: Step | None = None
    """The step of the plan that it carries out."""
    cancel: Cancel = field(default_factory=Cancel)
    inbox: Inbox = field(default_factory=Inbox)


def run_job(
    job: Job, events: Callable[[Cancel], Iterator[Heard]], post: Callable[[Message], object]
) -> None:
    """Iterates the events to their end; blocks. Never raises."""
    try:
        for event in events(job.cancel):
            if job.inbox.put(event):
                post(TaskProgressed(job.id))
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
