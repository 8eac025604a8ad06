"""Shows the progress of a headless task: a live line on a terminal, plain lines elsewhere.

The console is stderr by convention, so that stdout contains only results.
"""

import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.live import Live
from rich.text import Text

from assistant.checks.results import Evidence
from assistant.context.describing import amounts
from assistant.engine.reconnecting import Notice, Reconnected, Reconnecting
from assistant.sanitize import sanitize, sanitize_line
from assistant.solving.events import (
    CandidateDiscarded,
    CandidateReady,
    CandidateStarted,
    CheckFinished,
    ContextRead,
    Event,
    FailuresFound,
    NamesMissing,
    Phase,
    PhaseStarted,
    PromptProgress,
    StepProposed,
    TextStreamed,
    ThoughtStreamed,
    UnitsChosen,
)
from assistant.solving.pace import Pace

_REFRESH_PER_SECOND = 8


class Progress:
    """Shows events. The live line exists between entering and exiting the context manager."""

    def __init__(
        self,
        console: Console,
        *,
        answers: Console | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`answers` is the console to stream an answer to; None leaves it to the report."""
        self._console = console
        self._answers = answers
        self._clock = clock
        self._started = clock()
        self._phase = ""
        self._detail = ""
        self._prompt = ""
        self._candidate = -1
        """The one that is written; it may go on after an interruption."""
        self._tokens = 0
        self._pace = Pace(clock)
        self._answering = False
        self._thoughts = 0
        self._away = ""
        self._on_terminal = False
        self._live: Live | None = None

    def __enter__(self) -> Self:
        self._started = self._clock()
        console = self._console
        shows = console.file.isatty() and console.is_terminal
        self._on_terminal = shows and not console.is_dumb_terminal
        if self._on_terminal:
            self._live = Live(
                get_renderable=self.status,
                console=self._console,
                transient=True,
                refresh_per_second=_REFRESH_PER_SECOND,
                redirect_stdout=False,
                redirect_stderr=False,
            )
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stop_live()
        if self._answering and self._answers is not None:
            self._answers.print()

    def show(self, event: Event | Notice) -> None:
        match event:
            case Reconnecting() | Reconnected():
                self._show_notice(event)
            case ThoughtStreamed():
                self._thoughts += event.tokens
            case _:
                self._end_thoughts()
                self._pace.show(event)
                self._show_event(event)

    def _show_event(self, event: Event) -> None:
        match event:
            case PhaseStarted():
                self._start_phase(event)
            case PromptProgress():
                cached = f", {event.cached:,} from the cache" if event.cached else ""
                self._prompt = f"{event.done:,} of {event.total:,} tokens read{cached}"
            case TextStreamed():
                self._stream(event)
            case CandidateStarted():
                begins = event.expected or event.candidate != self._candidate
                if begins and self._phase != Phase.TESTING.value:
                    self._begin(f"candidate {event.candidate}", event.candidate)
            case StepProposed():
                self._detail = f"step {event.step.id}: {event.step.verb.value} {event.step.target}"
            case _:
                for line in lines_of(event):
                    self._line(line)

    def status(self) -> Text:
        """The current text of the live line."""
        parts = [self._phase, self._away or self._detail]
        parts.append(self._prompt if not self._tokens and not self._thoughts else "")
        reached = self._pace.reached
        if self._thoughts:
            parts.append(_thoughts_line(self._thoughts))
        elif self._tokens:
            expected = f" of about {reached.total:,}" if reached and reached.total else ""
            rate = f", {self._pace.rate:.1f}/s" if self._pace.rate else ""
            parts.append(f"{self._tokens:,}{expected} tokens{rate}")
        parts.append(f"{self._clock() - self._started:.0f} s")
        if reached is not None and reached.left is not None:
            parts.append(f"about {reached.left:.0f} s left")
        text = " · ".join(sanitize_line(part) for part in parts if part)
        return Text(text, style="dim", no_wrap=True, overflow="ellipsis")

    def _start_phase(self, event: PhaseStarted) -> None:
        self._phase = event.phase.value
        self._begin(event.detail)
        self._prompt = ""
        if self._live is None:
            self._line(f"{self._phase}: {event.detail}" if event.detail else self._phase)

    def _begin(self, detail: str, candidate: int = -1) -> None:
        self._detail, self._candidate = detail, candidate
        self._tokens = 0

    def _stream(self, event: TextStreamed) -> None:
        self._tokens += event.tokens
        answering = self._phase == Phase.ANSWERING.value and event.candidate == 1
        if answering and self._answers is not None:
            self._stop_live()
            self._answering = True
            self._answers.print(Text(sanitize(event.text)), end="", soft_wrap=True)

    def _end_thoughts(self) -> None:
        """Leaves a line with the length of the reasoning before this, on a terminal."""
        if self._thoughts and self._on_terminal:
            self._line(_thoughts_line(self._thoughts))
        self._thoughts = 0

    def _show_notice(self, notice: Notice) -> None:
        """The line is printed once, for any number of attempts."""
        if isinstance(notice, Reconnected):
            self._away = ""
            return
        if not self._away:
            self._line(f"the line to {notice.name} dropped: reconnecting")
        self._away = f"reconnecting to {notice.name}, attempt {notice.attempt}"

    def _line(self, text: str) -> None:
        self._console.print(Text(sanitize_line(text), style="dim"), soft_wrap=True)

    def _stop_live(self) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None


def _thoughts_line(count: int) -> str:
    return f"reasoning: {count:,} token" + ("" if count == 1 else "s")


def lines_of(event: Event) -> list[str]:
    """Permanent lines to print for an event."""
    match event:
        case ContextRead():
            return amounts(event.context)
        case NamesMissing():
            return [event.line]
        case UnitsChosen():
            pairs = zip(event.labels, event.reasons, strict=False)
            return [f"chosen: {label} ({reason})" for label, reason in pairs]
        case FailuresFound():
            return [f"failing: {failure.name}" for failure in event.failures]
        case CandidateReady() if not event.candidate.by_model:
            return ["a mutant of the code satisfies the tests"]
        case CandidateReady():
            return [f"candidate {event.candidate.id} is complete"]
        case CandidateDiscarded():
            return [f"candidate {event.candidate} discarded: {event.reason}"]
        case CheckFinished():
            before = event.candidate < 0
            who = "before" if before else f"candidate {event.candidate}"
            return [f"{who}: {_check_line(event.check)}"]
        case _:
            return []


def _check_line(check: Evidence) -> str:
    return f"{check.judge} {check.status.value}" + (f", {check.detail}" if check.detail else "")
