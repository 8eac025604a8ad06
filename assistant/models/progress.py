"""Progress reports and cancellation for pulls. Front ends render the reports."""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from assistant.errors import Cancelled

Stage: TypeAlias = Literal["waiting", "looking", "downloading", "verifying", "converting", "done"]


class CancelFlag(Protocol):
    """A cancellation flag, such as `engine.base.Cancel`."""

    @property
    def is_set(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class PullProgress:
    """A progress report of a pull; sent a few times per second."""

    stage: Stage
    done: int = 0
    """Bytes while downloading and verifying; converter steps while converting."""
    total: int = 0
    """Total of the stage, in the unit of `done`; 0 if unknown."""
    rate: float = 0.0
    """Units of `done` per second over the last seconds; 0 until it is known."""
    seconds_left: float | None = None
    """Time left in this stage; None until it is known."""
    detail: str = ""
    """One line: the source being tried, the part being downloaded, or what the pull waits for."""

    @property
    def fraction(self) -> float:
        """Between 0 and 1; 0 if the total is unknown."""
        return min(1.0, self.done / self.total) if self.total else 0.0


Report: TypeAlias = Callable[[PullProgress], None]


def check_cancelled(cancel: CancelFlag) -> None:
    """Raises Cancelled if the flag is set."""
    if cancel.is_set:
        raise Cancelled("The pull was cancelled.", hint="Pull again to resume it.")


class Meter:
    """Turns counts into reports with a rate and time left, at most one per `interval` seconds."""

    WINDOW = 10.0
    """Seconds over which the rate is averaged."""

    def __init__(
        self,
        report: Report,
        stage: Stage,
        total: int,
        *,
        clock: Callable[[], float] = time.monotonic,
        interval: float = 0.2,
    ) -> None:
        self._report = report
        self._stage: Stage = stage
        self._total = total
        self._clock = clock
        self._interval = interval
        self._history: deque[tuple[float, int]] = deque()
        self._last_report = -float("inf")

    def update(self, done: int, detail: str = "") -> None:
        """Report `done` of the total; the first and the last count are always reported."""
        now = self._clock()
        self._history.append((now, done))
        while len(self._history) > 2 and now - self._history[0][0] > self.WINDOW:
            self._history.popleft()
        if now - self._last_report < self._interval and done < self._total:
            return
        self._last_report = now
        rate = self._rate()
        left = (self._total - done) / rate if rate > 0 and self._total else None
        self._report(PullProgress(self._stage, done, self._total, rate, left, detail))

    def _rate(self) -> float:
        (start, before), (end, after) = self._history[0], self._history[-1]
        return max(0.0, (after - before) / (end - start)) if end > start else 0.0
