"""What the activity view shows of a running task."""

from dataclasses import dataclass

from assistant.solving.events import Phase


@dataclass(frozen=True, slots=True)
class ActivityRow:
    """A phase of the running task, or a note."""

    phase: Phase | None
    text: str
    detail: str = ""
    started: float = 0.0
    ended: float | None = None
    reached: str = ""
    """How far the model has come in this phase."""


@dataclass(frozen=True, slots=True)
class ActivityLine:
    """The content of one line. Equal lines look the same."""

    row: ActivityRow | None = None
    mark: str = ""
    took: str = ""
    """Time that the phase has taken."""
    text: str = ""
    """Streamed text, or the title in the first line."""
    fold: bool = False
    """The line that stands for the reasoning; `text` is its length, `took` what of it is shown."""
