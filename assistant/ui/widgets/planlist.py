"""Draws the steps of a plan, with a cursor."""

from collections.abc import Iterator

from rich.style import Style
from textual.strip import Strip

from assistant.solving.events import Step, StepState
from assistant.ui.rows import Part, crop, fit, strip_of, wrap
from assistant.ui.stepneeds import needs_of
from assistant.ui.widgets.lines import CursorView, under_cursor

_MARKS = {
    StepState.PROPOSED: ("○", "open", "muted"),
    StepState.ACCEPTED: ("●", "accepted", "primary"),
    StepState.REJECTED: ("✗", "rejected", "faint"),
    StepState.RUNNING: ("▸", "running", "warning"),
    StepState.REVIEW: ("◐", "proposed", "accent"),
    StepState.DONE: ("✓", "written", "success"),
    StepState.FAILED: ("!", "failed", "error"),
}
WELCOME = (
    ("Say what should change.", "foreground"),
    ("", "muted"),
    ("Select files with space, or name them with @ in the task.", "muted"),
    ("Enter writes a plan; nothing is changed before you accept it.", "muted"),
    ("", "muted"),
    ("/edit   change code right away        /fix   repair what a check finds", "muted"),
    ("/ask    ask about the code            F1     all keys and commands", "muted"),
)
"""What the pane says while there is no plan."""
_INDENT = 7


class PlanList(CursorView):
    """The title of the plan, and its steps with their states."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._title = ""
        self._steps: tuple[Step, ...] = ()
        self._writing = False
        self._remaining = 0
        self._needs: dict[int, tuple[int, ...]] = {}
        """For the id of each step, the indexes of those before it."""
        self._lines: list[tuple[int, Strip]] = []
        """Index of the step, or -1, and the line."""

    def show(
        self, title: str, steps: tuple[Step, ...], *, writing: bool, remaining: int = 0
    ) -> None:
        """Shows steps. `writing` is True while more may come, and `remaining` of them run later."""
        self._title, self._writing, self._remaining = title, writing, remaining
        if steps != self._steps:
            self._steps, self._needs = steps, needs_of(steps)
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
        return under_cursor(self, strip, width)

    def _drawn(self, width: int) -> Iterator[tuple[int, Strip]]:
        style = self.palette
        if self._title:
            count = self._count()
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

    def _count(self) -> str:
        if not self._steps:
            return ""
        written = sum(step.state is StepState.DONE for step in self._steps)
        later = f" · running all, {self._remaining} to come" if self._remaining else ""
        return f"  {written} of {len(self._steps)} written{later}"

    def _after(self, step: Step) -> str:
        """The numbers of the steps to write before this one; empty once it is written."""
        if step.state in (StepState.DONE, StepState.REJECTED):
            return ""
        needed = self._needs.get(step.id, ())
        open_ones = [at + 1 for at in needed if self._steps[at].state is not StepState.DONE]
        return f"  after {', '.join(map(str, open_ones))}" if open_ones else ""

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
        head.append((f"  {word}", style(colour)))
        head.append((self._after(step), style("warning")))
        text = style("faint" if quiet else "foreground", "", "strike" if quiet else "")
        body = [
            strip_of([(" " * _INDENT, style()), (piece, text)])
            for piece in wrap(step.sentence, width - _INDENT - 1)
        ]
        return [
            strip_of(fit(head, width)),
            *body,
            *self._more("note: ", step.note, style("accent"), width),
            *self._more("→ ", step.outcome, style(colour), width),
        ]

    def _more(self, mark: str, text: str, style: Style, width: int) -> Iterator[Strip]:
        """The lines of a text of a step, with a mark in front of the first."""
        for number, piece in enumerate(wrap(text, width - _INDENT - len(mark) - 1) if text else ()):
            lead = mark if number == 0 else " " * len(mark)
            yield strip_of([(" " * _INDENT + lead, self.palette("muted")), (piece, style)])
