"""Shows a running task: its phases, the code as it is written, and reasoning, folded."""

from collections.abc import Callable
from dataclasses import replace
from itertools import zip_longest
from typing import ClassVar, TypeAlias

from textual import events
from textual.binding import Binding, BindingType
from textual.strip import Strip

from assistant.solving.events import (
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
    ThoughtStreamed,
    UnitsChosen,
)
from assistant.ui.activityrows import ActivityLine, ActivityRow
from assistant.ui.amounts import duration, tokens
from assistant.ui.reasoning import Fold, first_shown
from assistant.ui.rows import Part, fit, spinner, spread, strip_of
from assistant.ui.widgets.lines import LineView

_WHEEL = 3
"""Lines that the wheel of a mouse moves."""

_Lines: TypeAlias = tuple[ActivityLine, ...]


class Activity(LineView):
    """A list of phases, and below it the end of the streamed text, or the unfolded reasoning.

    Only changed lines are drawn. When the text fills the pane, its older half is removed at once:
    lines that do not move can be read, and cost nothing to draw.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "fold", "reasoning", id="activity.fold",
                tooltip="Show or hide what the model reasoned"),
        Binding("up,k", "scroll(-1)", "Up", show=False, id="activity.up"),
        Binding("down,j", "scroll(1)", "Down", show=False, id="activity.down"),
        Binding("pageup", "page(-1)", "Page up", show=False, id="activity.page_up"),
        Binding("pagedown", "page(1)", "Page down", show=False, id="activity.page_down"),
        Binding("home,g", "page(-1000)", "First", show=False, id="activity.first"),
        Binding("end,G", "page(1000)", "Last", show=False, id="activity.last"),
    ]  # fmt: skip

    def __init__(self, clock: Callable[[], float], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._clock = clock
        self._rows: list[ActivityRow] = []
        self._text: list[str] = [""]
        self._title = ""
        self._fold = Fold()
        self._shown: _Lines = ()

    def tick(self) -> None:
        """Updates the elapsed time."""
        if self._rows and self._rows[-1].ended is None and self.is_on_screen:
            self._show_changes()

    def _show_changes(self) -> None:
        before, self._shown = self._shown, self._contents()
        for y, (old, new) in enumerate(zip_longest(before, self._shown)):
            if old != new:
                self.refresh_line(y)

    def update_lines(self) -> None:
        self._shown = self._contents()
        super().update_lines()

    def start(self, title: str) -> None:
        """Clears the view for another task."""
        self._title = title
        self._rows = []
        self._text = [""]
        self._fold = Fold()
        self.update_lines()

    def finish(self) -> None:
        self._end_row()
        self._show_changes()

    def reach(self, words: str) -> None:
        """Says beside the running phase how far the model has come."""
        at = next((n for n in reversed(range(len(self._rows))) if self._rows[n].phase), None)
        if at is not None and self._rows[at].reached != words:
            self._rows[at] = replace(self._rows[at], reached=words)
            self._show_changes()

    def show(self, event: Event) -> None:
        """Shows an event."""
        match event:
            case PhaseStarted(phase, detail):
                self._begin(phase, phase.value, detail)
            case PromptProgress(done, total, cached):
                kept = f", {tokens(cached)} cached" if cached else ""
                self._describe(f"{tokens(done)} of {tokens(total)} tokens{kept}")
            case ThoughtStreamed(text, count):
                self._think(text, count)
            case CandidateStarted():
                self._fold.text.pause()
                self._text = [""]
                self._describe(self._begun(event))
            case TextStreamed(_, text, _):
                self._stream(text)
            case _:
                self._show_result(event)
        self._show_changes()

    def _think(self, text: str, count: int) -> None:
        if not self._fold.text.tokens:
            self.refresh_bindings()
        self._fold.text.add(text, count)

    def _show_result(self, event: Event) -> None:
        match event:
            case UnitsChosen(labels, reasons):
                for label, reason in zip(labels, reasons, strict=False):
                    self._note(label, reason)
            case FailuresFound(_, failures):
                for failure in failures[:3]:
                    self._note(failure.name, failure.message.split("\n", 1)[0])
            case CandidateReady(candidate) if not candidate.by_model:
                self._note("mutant", candidate.verdict.value)
            case CandidateReady(candidate):
                self._note(f"candidate {candidate.id}", "complete")
            case CandidateDiscarded(candidate, reason):
                self._note(f"candidate {candidate} discarded", reason)
            case CheckFinished(_, check):
                self._note(f"{check.judge} {check.status.value}", check.detail)
            case ProposalReady():
                self._end_row()
            case _:
                pass

    def _begun(self, event: CandidateStarted) -> str:
        """Describes what is being written: a candidate, or tests to rank candidates."""
        last = next((row.phase for row in reversed(self._rows) if row.phase), None)
        if last is Phase.TESTING:
            return "tests to rank candidates"
        return f"candidate {event.candidate}"

    def _begin(self, phase: Phase, text: str, detail: str) -> None:
        if self._rows and self._rows[-1].phase is phase and self._rows[-1].ended is None:
            self._rows[-1] = replace(self._rows[-1], detail=detail)
            return
        self._end_row()
        self._rows.append(ActivityRow(phase, text, detail, self._clock()))

    def _describe(self, detail: str) -> None:
        at = next((n for n in reversed(range(len(self._rows))) if self._rows[n].phase), None)
        if at is not None:
            self._rows[at] = replace(self._rows[at], detail=detail)

    def _note(self, text: str, detail: str) -> None:
        self._rows.append(ActivityRow(None, text, detail, 0.0, 0.0))

    def _end_row(self) -> None:
        now = self._clock()
        self._rows = [replace(r, ended=now) if r.ended is None else r for r in self._rows]

    def _stream(self, text: str) -> None:
        first, *rest = text.split("\n")
        self._text[-1] += first
        self._text.extend(rest)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return bool(self._fold.text.tokens) if action == "fold" else True

    def describe_key(self, action: str) -> str:
        """Describes what a key does now; empty if its usual description applies."""
        return "fold reasoning" if action == "fold" and self._fold.open else ""

    def action_fold(self) -> None:
        self._fold.open = not self._fold.open
        self.update_lines()
        self.refresh_bindings()

    def action_page(self, by: int) -> None:
        self.action_scroll(by * self._fold.page())

    def action_scroll(self, by: int) -> None:
        if self._fold.open:
            self._fold.scroll(by)
            self._show_changes()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.action_scroll(-_WHEEL)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.action_scroll(_WHEEL)

    def on_click(self, event: events.Click) -> None:
        line = event.y - self.gutter.top
        if 0 <= line < len(self._shown) and self._shown[line].fold:
            event.stop()
            self.action_fold()

    @property
    def line_count(self) -> int:
        return self.scrollable_content_region.height

    def _contents(self) -> _Lines:
        """Returns the content of each line, from the top."""
        height = self.line_count
        rows = self._rows[-max(3, height // 2) :]
        room = height - len(rows) - 4
        below = self._reasoning_lines(room) if self._fold.text.tokens else self._text_lines(room)
        return (
            ActivityLine(text=self._title),
            ActivityLine(),
            *(self._row_line(row) for row in rows),
            ActivityLine(),
            *below,
        )

    def _text_lines(self, room: int) -> _Lines:
        text = self._text[first_shown(len(self._text), room) :] if any(self._text) else []
        return tuple(ActivityLine(mark="│", text=line) for line in text)

    def _reasoning_lines(self, room: int) -> _Lines:
        """The line that stands for it, and below that its window, or the streamed text."""
        fold, mark = self._fold, "▾" if self._fold.open else "▸"
        count = fold.text.tokens
        length = f"{tokens(count)} token{'' if count == 1 else 's'}"
        if not fold.open:
            return (ActivityLine(mark=mark, text=length, fold=True), *self._text_lines(room - 1))
        window = fold.window(self.content_width - 3, room - 1)
        first = ActivityLine(mark=mark, text=length, took=fold.position, fold=True)
        return (first, *(ActivityLine(mark="┊", text=line) for line in window))

    def _row_line(self, row: ActivityRow) -> ActivityLine:
        if row.phase is None:
            return ActivityLine(row)
        ended = row.ended
        if ended is not None:
            return ActivityLine(row, "✓", duration(ended - row.started))
        now = self._clock()
        still = self.app.animation_level == "none"
        return ActivityLine(row, spinner(now, still=still), duration(now - row.started))

    def draw(self, line: int, width: int) -> Strip:
        style = self.palette
        content = self._shown[line] if line < len(self._shown) else ActivityLine()
        if content.row is not None:
            return self._phase(content, content.row, width)
        if line == 0:
            return strip_of(fit([(f" {content.text}", style("foreground", "", "bold"))], width))
        if not content.mark:
            return strip_of([])
        if content.fold:
            mark = (f" {content.mark} ", style("primary" if self.has_focus else "muted"))
            left = [mark, ("reasoning", style("secondary")), (f"  {content.text}", style("faint"))]
            return spread(left, [(f"{content.took} ", style("faint"))], width)
        code = content.text.expandtabs(4)
        lead = (f" {content.mark} ", style("line"))
        return strip_of(fit([lead, (code, style("muted"))], width))

    def _phase(self, content: ActivityLine, row: ActivityRow, width: int) -> Strip:
        style = self.palette
        if row.phase is None:
            parts: list[Part] = [("     ", style()), (row.text, style("secondary"))]
            return spread([*parts, (f"  {row.detail}", style("faint"))], [], width)
        running = row.ended is None
        detail = " · ".join(filter(None, (row.detail, row.reached if running else "")))
        left = [
            (f" {content.mark} ", style("primary" if running else "success")),
            (row.text, style("foreground" if running else "muted")),
            (f"  {detail}", style("muted" if running else "faint")),
        ]
        return spread(left, [(f"{content.took} ", style("faint"))], width)
