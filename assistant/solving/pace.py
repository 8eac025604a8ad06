"""Follows how far the reading of a prompt, or the writing of a candidate, has come.

Says nothing that is not known: no share without an expected size, and no time left without a
measured speed. What was reached never goes back, and the share never exceeds 1.
"""

from collections.abc import Callable
from dataclasses import dataclass

from assistant.solving.events import (
    CandidateDiscarded,
    CandidateReady,
    CandidateStarted,
    Event,
    GenerationFinished,
    PhaseStarted,
    PromptProgress,
    TextStreamed,
)

_LEAST_SECONDS = 0.5
"""Of a measurement: the speed of less is chance."""


@dataclass(frozen=True, slots=True)
class Reached:
    """Where something that takes time stands."""

    done: int
    """Tokens read or written."""
    total: int
    """Tokens to read, or expected to be written; 0 when that is not known, or was exceeded."""
    reading: bool
    left: float | None = None
    """Seconds, at the speed so far; None when that is not known."""

    @property
    def share(self) -> float | None:
        """From 0 to 1; None when it is not known."""
        return self.done / self.total if self.total else None


@dataclass(slots=True)
class _Run:
    """One prompt that is read, or one candidate that is written."""

    total: int
    candidate: int = -1
    """-1 for a prompt."""
    done: int = 0
    first: int = 0
    """What was done when the clock was started: cached tokens cost no time."""
    began: float | None = None
    """Clock reading at the first progress."""
    last: float = 0.0
    """Clock reading at the last one."""

    def advance(self, done: int, now: float) -> None:
        """Notes progress; less than before counts as none."""
        if self.began is None:
            self.began, self.first = now, done
        self.done, self.last = max(done, self.done), now

    @property
    def speed(self) -> float:
        """Tokens per second; 0 when it cannot be told yet."""
        took = self.last - self.began if self.began is not None else 0.0
        return (self.done - self.first) / took if took >= _LEAST_SECONDS else 0.0


class Pace:
    """Is shown the events of one task, and tells what was reached now."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._reading: _Run | None = None
        self._writing: _Run | None = None
        self._usual = 0.0
        """Tokens per second of the candidate before this one."""

    def show(self, event: Event) -> None:
        """Takes one event into account."""
        match event:
            case PhaseStarted():
                self._end_writing()
                self._reading = None
            case PromptProgress(done, total, _):
                self._read(done, total)
            case CandidateStarted(candidate, expected):
                self._begin(candidate, expected)
            case TextStreamed(candidate, _, _, tokens):
                self._write(candidate, tokens)
            case GenerationFinished() | CandidateReady() | CandidateDiscarded():
                self._end_writing()

    @property
    def reached(self) -> Reached | None:
        """None when nothing is read or written."""
        if self._reading is not None:
            return self._standing(self._reading, self._reading.speed, reading=True)
        if self._writing is not None:
            speed = self._writing.speed or self._usual
            return self._standing(self._writing, speed, reading=False)
        return None

    @property
    def rate(self) -> float:
        """Tokens per second of the text that is written; 0 when it cannot be told yet."""
        return self._writing.speed if self._writing is not None else 0.0

    def _standing(self, run: _Run, speed: float, *, reading: bool) -> Reached:
        total = run.total if run.done <= run.total else 0
        left = None
        if speed > 0 and total and run.began is not None:
            left = max(0.0, (total - run.done) / speed - (self._clock() - run.last))
        return Reached(run.done, total, reading, left)

    def _read(self, done: int, total: int) -> None:
        run = self._reading
        if run is None or run.total != total:
            run = _Run(total)
        run.advance(done, self._clock())
        self._reading = run if run.done < total else None

    def _begin(self, candidate: int, expected: int) -> None:
        """A candidate that goes on after an interruption keeps what it has; with an expectation, it
        begins after a thought."""
        self._reading = None
        if self._writing is None or self._writing.candidate != candidate or expected:
            self._end_writing()
            self._writing = _Run(expected, candidate)

    def _write(self, candidate: int, tokens: int) -> None:
        self._reading = None
        if self._writing is None or self._writing.candidate != candidate:
            self._begin(candidate, 0)
        if self._writing is not None:
            self._writing.advance(self._writing.done + tokens, self._clock())

    def _end_writing(self) -> None:
        if self._writing is not None:
            self._usual = self._writing.speed or self._usual
        self._writing = None
