"""Owns the view of a running task: its phases as they come, and the code as it is written."""

from collections.abc import Callable
from dataclasses import dataclass

from textual.strip import Strip

from assistant.tasks.events import (
    CandidateDiscarded,
    CandidateReady,
    CandidateStarted,
    CheckFinished,
    Event,
    FailuresFound,
    Phase,
    PhaseStarted,
    PromptProgress,
    ProposalReady,
    TextStreamed,
    UnitsChosen,
)
from assistant.ui.amounts import duration, tokens
from assistant.ui.rows import Part, fit, spread, strip_of
from assistant.ui.widgets.lines import LineView

_SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_KEPT = 400
"""Lines of streamed text that are kept."""


@dataclass(slots=True)
class _Row:
    phase: Phase | None
    text: str
    detail: str = ""
    started: float = 0.0
    ended: float | None = None


class Activity(LineView):
    """Phases as a list, the last one running; below it the end of the streamed text."""

    def __init__(self, clock: Callable[[], float], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._clock = clock
        self._rows: list[_Row] = []
        self._text: list[str] = [""]
        self._title = ""

    def on_mount(self) -> None:
        self.set_interval(0.1, self._tick)

    def _tick(self) -> None:
        if self.is_on_screen and self._rows and self._rows[-1].ended is None:
            self.refresh()

    def start(self, title: str) -> None:
        """Another task begins."""
        self._title = title
        self._rows = []
        self._text = [""]
        self.update_lines()

    def finish(self) -> None:
        self._end_row()
        self.refresh()

    def show(self, event: Event) -> None:
        """Adds what an event says."""
        match event:
            case PhaseStarted(phase, detail):
                self._begin(phase, phase.value, detail)
            case PromptProgress(done, total, cached):
                kept = f", {tokens(cached)} from before" if cached else ""
                self._describe(f"{tokens(done)} of {tokens(total)} tokens{kept}")
            case CandidateStarted(candidate, total):
                self._text = [""]
                self._describe(f"answer {candidate + 1} of {total}")
            case TextStreamed(_, text, _):
                self._stream(text)
            case _:
                self._show_result(event)
        self.update_lines()

    def _show_result(self, event: Event) -> None:
        match event:
            case UnitsChosen(labels, reasons):
                for label, reason in zip(labels, reasons, strict=False):
                    self._note(label, reason)
            case FailuresFound(_, failures):
                for failure in failures[:3]:
                    self._note(failure.name, failure.message.split("\n", 1)[0])
            case CandidateReady(candidate):
                self._note(f"answer {candidate.index + 1}", candidate.verdict.value)
            case CandidateDiscarded(candidate, reason):
                self._note(f"answer {candidate + 1} discarded", reason)
            case CheckFinished(_, check):
                self._note(f"{check.name} {check.status.value}", check.detail)
            case ProposalReady():
                self._end_row()
            case _:
                pass

    def _begin(self, phase: Phase, text: str, detail: str) -> None:
        if self._rows and self._rows[-1].phase is phase and self._rows[-1].ended is None:
            self._rows[-1].detail = detail
            return
        self._end_row()
        self._rows.append(_Row(phase, text, detail, self._clock()))

    def _describe(self, detail: str) -> None:
        row = next((row for row in reversed(self._rows) if row.phase), None)
        if row is not None:
            row.detail = detail

    def _note(self, text: str, detail: str) -> None:
        self._rows.append(_Row(None, text, detail, 0.0, 0.0))

    def _end_row(self) -> None:
        for row in self._rows:
            if row.ended is None:
                row.ended = self._clock()

    def _stream(self, text: str) -> None:
        first, *rest = text.split("\n")
        self._text[-1] += first
        self._text.extend(rest)
        del self._text[:-_KEPT]

    @property
    def line_count(self) -> int:
        return self.scrollable_content_region.height

    def draw(self, line: int, width: int) -> Strip:
        height = self.line_count
        if line == 0:
            return strip_of(
                fit([(f" {self._title}", self.palette("foreground", "", "bold"))], width)
            )
        rows = self._rows[-max(3, height // 2) :]
        if 2 <= line < 2 + len(rows):
            return self._phase(rows[line - 2], width)
        room = height - len(rows) - 4
        text = self._text if any(self._text) else []
        shown = text[-room:] if room > 0 else []
        at = line - len(rows) - 3
        if 0 <= at < len(shown):
            style = self.palette
            return strip_of(
                fit([(" │ ", style("line")), (shown[at].expandtabs(4), style("muted"))], width)
            )
        return strip_of([])

    def _phase(self, row: _Row, width: int) -> Strip:
        style = self.palette
        if row.phase is None:
            parts: list[Part] = [("     ", style()), (row.text, style("secondary"))]
            return spread([*parts, (f"  {row.detail}", style("faint"))], [], width)
        running = row.ended is None
        mark = self.spinner() if running else "✓"
        left = [
            (f" {mark} ", style("primary" if running else "success")),
            (row.text, style("foreground" if running else "muted")),
            (f"  {row.detail}", style("muted" if running else "faint")),
        ]
        took = (row.ended if row.ended is not None else self._clock()) - row.started
        return spread(left, [(f"{duration(took)} ", style("faint"))], width)

    def spinner(self) -> str:
        """A frame of the spinner; always the same one where animations are off."""
        if self.app.animation_level == "none":
            return "●"
        return _SPINNER[int(self._clock() * 10) % len(_SPINNER)]
