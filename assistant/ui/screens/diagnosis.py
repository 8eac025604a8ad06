"""The diagnosis of this machine: what `assistant doctor` prints."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.screen import Screen
from textual.strip import Strip

from assistant.errors import AssistantError
from assistant.ui.rows import Part, strip_of, wrap
from assistant.ui.widgets.bars import TitleBar
from assistant.ui.widgets.keys import KeyLine
from assistant.ui.widgets.lines import CursorView
from assistant.ui.widgets.problem import Problem
from assistant.ui.workers import internal_error

if TYPE_CHECKING:  # only for annotations; slow to import
    from assistant.models.doctor import Row

_COLOURS = {"ok": "foreground", "note": "warning", "problem": "error"}


@dataclass
class Diagnosed(Message):
    rows: "Sequence[Row]"


@dataclass
class DiagnosisFailed(Message):
    error: AssistantError


class Findings(CursorView):
    """Rows by topic; what is wrong has a mark and a hint."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._rows: tuple[Row, ...] = ()
        self._lines: list[Sequence[Part]] = []

    def show(self, rows: "Sequence[Row]") -> None:
        self._rows = tuple(rows)
        self.update_lines()

    def update_lines(self) -> None:
        self._lines = list(self._drawn(self.scrollable_content_region.width or 80))
        super().update_lines()

    @property
    def line_count(self) -> int:
        return len(self._lines)

    def _drawn(self, width: int) -> list[Sequence[Part]]:
        style = self.palette
        column = max((len(row.name) for row in self._rows), default=0) + 2
        lines: list[Sequence[Part]] = []
        topic = ""
        for row in self._rows:
            if row.topic != topic:
                topic = row.topic
                lines.append([(f" {topic}", style("foreground", "", "bold"))])
            mark = " " if row.state == "ok" else "!"
            colour = _COLOURS[row.state]
            first, *rest = wrap(row.value, width - column - 4)
            lines.append(
                [
                    (f" {mark} ", style(colour, "", "bold")),
                    (f"{row.name:<{column}}", style("muted")),
                    (first, style(colour)),
                ]
            )
            indent = " " * (column + 3)
            lines += [[(indent + text, style(colour))] for text in rest]
            if row.hint:
                pieces = wrap(row.hint, width - column - 4)
                lines += [[(indent + text, style("muted"))] for text in pieces]
        return lines

    def draw(self, line: int, width: int) -> Strip:
        strip = strip_of(self._lines[line]).extend_cell_length(width)
        return self.palette.lay(strip, "cursor" if line == self.cursor else "")


class DiagnosisScreen(Screen[None]):
    """Examines this machine in a thread and lists what was found."""

    CSS_PATH = "diagnosis.tcss"
    AUTO_FOCUS = "#findings"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f5", "examine", "examine again", id="doctor.again"),
        Binding("escape", "dismiss(None)", "close", id="doctor.back"),
    ]

    def __init__(self, diagnose: "Callable[[], Sequence[Row]]") -> None:
        super().__init__()
        self._diagnose = diagnose

    def compose(self) -> ComposeResult:
        yield TitleBar(id="doctor-title")
        yield Findings(id="findings")
        yield Problem(id="doctor-problem")
        yield KeyLine(id="keys")

    def on_mount(self) -> None:
        self.action_examine()

    def action_examine(self) -> None:
        self._show_title("examining this machine …")
        self.query_one(Problem).close()
        self._examine()

    def _show_title(self, state: str) -> None:
        bar = self.query_one(TitleBar)
        style = bar.palette
        bar.show([(" Doctor   ", style("primary", "", "bold")), (state, style("muted"))])

    @work(thread=True, exclusive=True, exit_on_error=False)
    def _examine(self) -> None:
        try:
            self.post_message(Diagnosed(self._diagnose()))
        except AssistantError as error:
            self.post_message(DiagnosisFailed(error))
        except Exception as error:  # noqa: BLE001 - boundary of a thread: the app must survive
            self.post_message(DiagnosisFailed(internal_error(error)))

    def on_diagnosed(self, message: Diagnosed) -> None:
        message.stop()
        bad = sum(row.state == "problem" for row in message.rows)
        found = "nothing is wrong" if not bad else f"{bad} problem{'s' if bad > 1 else ''}"
        self._show_title(found)
        self.query_one(Findings).show(message.rows)

    def on_diagnosis_failed(self, message: DiagnosisFailed) -> None:
        message.stop()
        self._show_title("failed; F5 tries again")
        self.query_one(Problem).show(message.error)
