"""Measures what the time of a task went into, from its events."""

import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median

from assistant.checks.results import Status
from assistant.evaluation.results import Row
from assistant.solving.events import (
    CandidateReady,
    CandidateStarted,
    CheckFinished,
    Event,
    PromptProgress,
    TextStreamed,
    ThoughtStreamed,
)

READING, WRITING, CHECKING, OTHER = "reading", "writing", "checking", "other"
FIRST = "first checked"
"""Seconds until the first candidate was there that no check speaks against."""
_SHARES = (READING, WRITING, CHECKING)
READ = "tokens read"
"""Prompt tokens that no cache had."""


@dataclass(slots=True)
class Timer:
    """Adds the time before each event to what the event reports."""

    clock: Callable[[], float] = time.perf_counter
    times: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    """Seconds by what they went into; FIRST and READ too, as far as there are any."""
    _start: float = 0.0
    _last: float = 0.0
    _ready: int = 0
    """The candidate that is being judged; 0 without one."""
    _failed: bool = False

    def start(self) -> None:
        self._start = self._last = self.clock()

    def observe(self, event: Event) -> None:
        """Takes the time since the event before."""
        match event:
            case PromptProgress(done=done, total=total, cached=cached):
                what = READING
                self.times[READ] += total - cached if done == total else 0
            case CandidateStarted() | TextStreamed() | ThoughtStreamed():
                what = WRITING
            case CheckFinished():
                what = CHECKING
            case _:
                what = OTHER
        judging = isinstance(event, CheckFinished) and event.candidate == self._ready
        if not judging:
            self._judged()
        elif isinstance(event, CheckFinished):
            self._failed = self._failed or event.check.status is Status.FAILED
        if isinstance(event, CandidateReady):
            self._ready, self._failed = event.candidate.id, False
        now = self.clock()
        self.times[what] += now - self._last
        self._last = now

    @property
    def rounded(self) -> dict[str, float]:
        return {what: round(seconds, 2) for what, seconds in self.times.items()}

    def _judged(self) -> None:
        """Notes when the candidate before turned out to stand."""
        if self._ready and not self._failed and FIRST not in self.times:
            self.times[FIRST] = self._last - self._start
        self._ready = 0


def time_figures(rows: Sequence[Row]) -> list[tuple[str, str]]:
    """What the time of rows went into, as names and values; without rows that tell, dashes."""
    known = [row.times for row in rows if row.times]
    spent = sum(row.seconds for row in rows if row.times) or 1.0
    shares = (sum(times.get(each, 0.0) for times in known) / spent for each in _SHARES)
    firsts = [times[FIRST] for times in known if FIRST in times]
    read = sum(times.get(READ, 0.0) for times in known)
    return [
        (
            "seconds to the first checked",
            f"{median(firsts):.1f} (n={len(firsts)})" if firsts else "-",
        ),
        (", ".join(_SHARES), ", ".join(f"{each:.0%}" for each in shares) if known else "-"),
        ("tokens read per task", f"{read / len(known):,.0f}" if known else "-"),
    ]
