"""Shows the progress of a model download: a bar on a terminal, plain lines elsewhere."""

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.filesize import decimal
from rich.live import Live
from rich.text import Text

from assistant.models.progress import PullProgress
from assistant.sanitize import sanitize_line

_BAR_CELLS = 24
_LINE_EVERY = 0.1
"""Fraction of a stage between two plain lines."""


class PullDisplay:
    """A context manager that shows the progress of a pull. `report` is thread-safe."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live: Live | None = None
        self._stage = ""
        self._printed = -1.0

    def __enter__(self) -> Self:
        if self._console.file.isatty() and not self._console.is_dumb_terminal:
            self._live = Live(console=self._console, transient=True, refresh_per_second=8)
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None

    def report(self, progress: PullProgress) -> None:
        """Updates the display."""
        if self._live is not None:
            text = Text(_bar(progress) + describe(progress), no_wrap=True, overflow="ellipsis")
            self._live.update(text)
            return
        advanced = progress.total and progress.fraction >= self._printed + _LINE_EVERY
        if progress.stage != self._stage or advanced:
            self._stage = progress.stage
            self._printed = progress.fraction
            self._console.print(Text(describe(progress)), soft_wrap=True)


def describe(progress: PullProgress) -> str:
    """One line with stage, amount done, rate, time left and detail."""
    parts: list[str] = [progress.stage]
    if progress.total:
        parts.append(f"{progress.fraction:.0%}")
    if progress.total and progress.stage in ("downloading", "verifying"):
        parts.append(f"{decimal(progress.done)} of {decimal(progress.total)}")
        if progress.rate:
            parts.append(f"{decimal(int(progress.rate))}/s")
    if progress.seconds_left is not None:
        parts.append(f"{duration(progress.seconds_left)} left")
    if progress.detail:
        parts.append(sanitize_line(progress.detail))
    return " · ".join(parts)


def duration(seconds: float) -> str:
    """Formats a duration as 12 s, 3 min 05 s or 2 h 10 min."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def _bar(progress: PullProgress) -> str:
    if not progress.total:
        return ""
    full = int(progress.fraction * _BAR_CELLS)
    return "█" * full + "░" * (_BAR_CELLS - full) + " "
