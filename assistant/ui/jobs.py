"""Runs one task in a thread. Its events go to an inbox, and the end of the task is a message.

Touches no widget. If the UI has stopped waiting for a task, the thread may still be running; its
events are ignored from then on.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import TYPE_CHECKING, Literal, TypeAlias

from textual.message import Message

from assistant.engine.base import Cancel
from assistant.engine.reconnecting import Notice
from assistant.errors import AssistantError
from assistant.solving.events import Event, Step, TextStreamed, ThoughtStreamed
from assistant.solving.values import Proposal
from assistant.ui.preparing import Prepared
from assistant.ui.workers import internal_error

if TYPE_CHECKING:
    from assistant.solving.request import TaskRequest

TaskKind: TypeAlias = Literal["plan", "edit", "fix", "ask"]
JobKind: TypeAlias = TaskKind | Literal["redraw", "recheck"]
"""Also what is done about a proposal under review: a hunk is redrawn, a part is checked."""
TaskEvent: TypeAlias = Event | Prepared | Notice
"""What the thread of a task passes to the UI."""


@dataclass
class TaskProgressed(Message):
    """A running task yielded events; they are waiting in its inbox."""

    job: int


@dataclass
class TaskEnded(Message):
    """The generator of a task ended, with or without an error."""

    job: int
    error: AssistantError | None = None


class Inbox:
    """Queues events from the thread of a task for the UI, in order.

    Consecutive text of the same candidate is merged, and so is reasoning: the work of the UI does
    not grow with the speed of the model.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._events: list[TaskEvent] = []

    def put(self, event: TaskEvent) -> bool:
        """Adds an event. Returns True to notify the UI, False if it can wait for the next tick."""
        with self._lock:
            if not isinstance(event, TextStreamed | ThoughtStreamed):
                self._events.append(event)
                return True
            merged = _merged(self._events[-1], event) if self._events else None
            if merged is not None:
                self._events[-1] = merged
            else:
                self._events.append(event)
            return False

    def take(self) -> list[TaskEvent]:
        """Removes and returns all waiting events."""
        with self._lock:
            events, self._events = self._events, []
            return events


def _merged(last: TaskEvent, event: TaskEvent) -> TaskEvent | None:
    """Two pieces of text that follow each other as one; None where they are not of a kind."""
    match last, event:
        case ThoughtStreamed(), ThoughtStreamed():
            return ThoughtStreamed(last.text + event.text, last.tokens + event.tokens)
        case TextStreamed(), TextStreamed() if last.candidate == event.candidate:
            known = last.logprob is not None and event.logprob is not None
            total = (last.logprob or 0.0) + (event.logprob or 0.0) if known else None
            text, tokens = last.text + event.text, last.tokens + event.tokens
            return replace(last, text=text, logprob=total, tokens=tokens)
    return None


@dataclass(slots=True)
class Job:
    """A running task."""

    id: int
    kind: JobKind
    title: str
    step: Step | None = None
    """The plan step that this task carries out."""
    request: "TaskRequest | None" = None
    found: Callable[[Proposal], None] | None = None
    """Shows the proposal that a job about a review ends with."""
    cancel: Cancel = field(default_factory=Cancel)
    inbox: Inbox = field(default_factory=Inbox)


def run_job(
    job: Job, events: Callable[[Cancel], Iterator[TaskEvent]], post: Callable[[Message], object]
) -> None:
    """Consumes all events of a task. Blocks, and never raises."""
    try:
        for event in events(job.cancel):
            if job.inbox.put(event):
                post(TaskProgressed(job.id))
    except AssistantError as error:
        post(TaskEnded(job.id, error))
    except Exception as error:  # noqa: BLE001 - boundary of a task: the app must survive
        post(TaskEnded(job.id, internal_error(error)))
    else:
        post(TaskEnded(job.id))
