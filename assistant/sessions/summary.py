"""A session in one line, read without its proposals."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

from assistant.sanitize import sanitize_line
from assistant.sessions.codec import Damaged, decoded
from assistant.sessions.file import APPLIED, FORMAT, lines_of, parsed
from assistant.sessions.records import Planned, TaskBegan
from assistant.solving.events import StepState

Value = TypeVar("Value")
_UNTITLED = "no task"


@dataclass(frozen=True, slots=True)
class Summary:
    id: str
    title: str
    """The first line of the first task."""
    began: float
    """When the first task began, in seconds since the epoch."""
    last: float
    """When the session was last written to, in seconds since the epoch."""
    tasks: int
    state: str
    """What was left open, in a few words; empty if nothing was."""
    size: int
    """Bytes."""

    def matches(self, words: str) -> bool:
        """Whether every one of the words is in the title, the state or the id."""
        text = f"{self.title} {self.state} {self.id}".casefold()
        return all(word in text for word in words.casefold().split())


def summary_of(session: str, data: bytes, last: float) -> Summary:
    """Reads what a list shows of a session's file."""
    tasks: list[tuple[float, TaskBegan]] = []
    plan: Planned | None = None
    running = open_review = later = False
    for kind, line in lines_of(data):
        match kind:
            case "session":
                later = parsed(line).get("format", FORMAT) != FORMAT
            case "task":
                tasks += _read(TaskBegan, line)
                running = True
            case "ended":
                running = False
            case "plan":
                plan = next((found for _, found in _read(Planned, line)), plan)
            case "proposal":
                open_review = True
            case "closed":
                open_review = False
            case "write" if APPLIED in line:
                open_review = False
    title = _title(tasks[0][1]) if tasks else _UNTITLED
    states = ["of a later version"] if later else [*_states(plan, open_review, running)]
    return Summary(
        session,
        sanitize_line(title),
        tasks[0][0] if tasks else last,
        last,
        len(tasks),
        ", ".join(states),
        len(data),
    )


def _title(first: TaskBegan) -> str:
    lines = (line.strip() for line in first.task.splitlines())
    return next((line for line in lines if line), f"/{first.kind}")


def _states(plan: Planned | None, open_review: bool, running: bool) -> Iterator[str]:
    if running:
        yield "interrupted"
    if open_review:
        yield "proposal open"
    steps = [step for step in (plan.steps if plan else ()) if step.state is not StepState.REJECTED]
    done = sum(step.state is StepState.DONE for step in steps)
    if steps and done < len(steps):
        yield f"{done} of {len(steps)} steps done"


def _read(kind: type[Value], line: bytes) -> list[tuple[float, Value]]:
    """Time and value of a line; nothing if it is damaged."""
    row = parsed(line)
    try:
        return [(float(row.get("time", 0)), decoded(kind, row.get("record"), _nothing))]
    except (Damaged, TypeError, ValueError):
        return []


def _nothing(name: str) -> bytes:
    raise Damaged(f"no content {name}")
