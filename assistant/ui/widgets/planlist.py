"""Draws the steps of a plan, with a cursor."""

from collections.abc import Iterator

from textual.strip import Strip

from assistant.solving.events import Step, StepState
from assistant.ui.rows import Part, crop, fit, strip_of, wrap
from assistant.ui.widgets.lines import CursorView

_MARKS = {
    StepState.PROPOSED: ("○", "proposed", "muted"),
    StepState.ACCEPTED: ("●", "accepted", "primary"),
    StepState.REJECTED: ("✗", "rejected", "faint"),
    StepState.RUNNING: ("▸", "running", "warning"),
    StepState.REVIEW: ("◐", "in review", "accent"),
    StepState.DONE: ("✓", "done", "success"),
    StepState.FAILED: ("!", "failed", "error"),
}
_INDENT = 7


class PlanList(CursorView):
    """The title of the plan, and its steps with their states."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._title = ""
        self._steps: tuple[Step, ...] = ()
        self._writing = False
        self._lines: list[tuple[int, Strip]] = []
        """Index of the step, or -1, and the line."""

    def show(self, title: str, steps: tuple[Step, ...], *, writing: bool) -> None:
        """Shows steps; `writing` is True while more may come."""
        self._title, self._steps, self._writing = title, steps, writing
        self.set_reactive(PlanList.cursor, self.validate_cursor(self.cursor))
        self.update_lines()

    @property
    def current(self) -> Step | None:
        """The step under the cursor."""
        return self._steps[self.cursor] if self._steps else None

    def update_lines(self) -> None:
        self._lines = list(self._drawn(self.scrollable_content_region.width or 80))
        super().update_lines()

    def watch_cursor(self) -> None:
        self.update_lines()
        super().watch_cursor()

    @property
    def line_count(self) -> int:
        return len(self._lines)

    @property
    def item_count(self) -> int:
        return len(self._steps)

    def first_line(self, item: int) -> int:
        return next((n for n, (i, _) in enumerate(self._lines) if i == item), 0)

    def height_of(self, item: int) -> int:
        return sum(1 for i, _ in self._lines if i == item)

    def item_at(self, line: int) -> int:
        return max(0, self._lines[line][0])

    def draw(self, line: int, width: int) -> Strip:
        item, strip = self._lines[line]
        if item != self.cursor or not self._steps:
            return strip
        ground = "cursor" if self.has_focus else "cursor-blurred"
        return self.palette.lay(strip.extend_cell_length(width), ground)

    def _drawn(self, width: int) -> Iterator[tuple[int, Strip]]:
        style = self.palette
        if self._title:
            done = sum(step.state is StepState.DONE for step in self._steps)
            count = f"  {done} of {len(self._steps)} done" if self._steps else ""
            task = crop(self._title.strip().split("\n", 1)[0], width - len(count) - 2)
            head: list[Part] = [
                (" " + task, style("foreground", "", "bold")),
                (count, style("muted")),
            ]
            yield -1, strip_of(head)
            yield -1, strip_of([])
        for at, step in enumerate(self._steps):
            for strip in self._step(at, step, width):
                yield at, strip
        if self._writing:
            text = "   writing the next step …" if self._steps else "   writing the plan …"
            yield -1, strip_of([(text, style("muted", "", "italic"))])

    def _step(self, at: int, step: Step, width: int) -> list[Strip]:
        style = self.palette
        mark, word, colour = _MARKS[step.state]
        quiet = step.state is StepState.REJECTED
        head: list[Part] = [
            (f" {mark} ", style(colour, "", "bold")),
            (f"{at + 1:>2}  ", style("faint")),
            (f"{step.verb.value} ", style("faint" if quiet else "secondary")),
            (step.target, style("faint" if quiet else "syntax-function")),
        ]
        if step.state is not StepState.PROPOSED:
            head.append((f"  {word}", style(colour)))
        text = style("faint" if quiet else "foreground", "", "strike" if quiet else "")
        body = [
            strip_of([(" " * _INDENT, style()), (piece, text)])
            for piece in wrap(step.sentence, width - _INDENT - 1)
        ]
        return [strip_of(fit(head, width)), *body]
