"""Owns the layout of the main screen: its panes, which of them are visible, and the way to each.

One pane at a time below 100 columns, files beside one other below 160, three columns from there.
"""

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.reactive import reactive
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import ContentSwitcher

from assistant.repo.units import Unit
from assistant.ui.history import History
from assistant.ui.widgets.checks import ChecksView
from assistant.ui.widgets.files import FileList, FilesPane
from assistant.ui.widgets.hints import Hints
from assistant.ui.widgets.keys import KeyLine
from assistant.ui.widgets.log import LogView
from assistant.ui.widgets.plan import PlanView
from assistant.ui.widgets.problem import Problem
from assistant.ui.widgets.prompt import Prompt
from assistant.ui.widgets.review import ReviewPanel
from assistant.ui.widgets.status import HeadLine, StatusLine, TabStrip

PANES = ("files", "plan", "diff", "checks", "log")
_COLUMNS = {"files": "files", "plan": "main", "diff": "main", "checks": "side", "log": "side"}
_TITLES = {"files": "Files", "plan": "Plan", "diff": "Diff", "checks": "Checks", "log": "Log"}
WELCOME = (
    ("Say what should change.", "foreground"),
    ("", "muted"),
    ("Select files with space, or name them with @ in the task.", "muted"),
    ("Enter writes a plan; nothing is changed before you accept it.", "muted"),
    ("", "muted"),
    ("/edit   change code right away        /fix   repair what a check finds", "muted"),
    ("/ask    ask about the code            F1     all keys and commands", "muted"),
)


class Workbench(Screen[None]):
    """Everything that is drawn, nothing that is decided."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-medium"), (160, "-wide")]
    AUTO_FOCUS = "#task"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("i", "prompt", "task", id="pane.prompt", tooltip="Type a task"),
        Binding("1", "pane('files')", "Files", show=False, id="pane.files"),
        Binding("2", "pane('plan')", "Plan", show=False, id="pane.plan"),
        Binding("3", "pane('diff')", "Diff", show=False, id="pane.diff"),
        Binding("4", "pane('checks')", "Checks", show=False, id="pane.checks"),
        Binding("5", "pane('log')", "Log", show=False, id="pane.log"),
    ]

    active: reactive[str] = reactive("plan", init=False)
    """The pane that was chosen last."""

    def __init__(self, clock: Callable[[], float], history: History) -> None:
        super().__init__()
        self._clock = clock
        self._history = history
        self._shown = {"main": "plan", "side": "log"}

    def compose(self) -> ComposeResult:
        yield HeadLine(id="head")
        with Horizontal(id="body"):
            with Vertical(id="files-pane", classes="pane"):
                yield TabStrip(id="files-tabs")
                yield FilesPane(id="files-box")
            with Vertical(id="main-pane", classes="pane"):
                yield TabStrip(id="main-tabs")
                with ContentSwitcher(initial="plan-box", id="main-switch"):
                    with ContentSwitcher(initial="plan-empty", id="plan-box"):
                        yield Hints(WELCOME, id="plan-empty")
                        yield PlanView(self._clock, id="plan")
                    yield ReviewPanel(self._clock, id="diff-box")
            with Vertical(id="side-pane", classes="pane"):
                yield TabStrip(id="side-tabs")
                yield ChecksView(id="checks")
                yield TabStrip(id="log-tabs")
                yield LogView(id="log")
        yield Problem(id="problem")
        yield Prompt(
            self._history, paths=self.paths, units=self.units, arguments=self.arguments, id="prompt"
        )
        yield StatusLine(self._clock, id="status")
        yield KeyLine(self.urgent_keys, id="keys")

    # What the prompt asks for; the main screen knows.

    def paths(self) -> Sequence[str]:
        return ()

    def units(self, path: str) -> Sequence[Unit]:
        return ()

    def arguments(self, command: str) -> Sequence[str]:
        return ()

    def urgent_keys(self) -> Sequence[tuple[str, str, str]]:
        return ()

    # The parts, typed

    @property
    def files(self) -> FileList:
        return self.query_one(FileList)

    @property
    def plan(self) -> PlanView:
        return self.query_one(PlanView)

    @property
    def review(self) -> ReviewPanel:
        return self.query_one(ReviewPanel)

    @property
    def checks(self) -> ChecksView:
        return self.query_one(ChecksView)

    @property
    def log_view(self) -> LogView:
        return self.query_one(LogView)

    @property
    def prompt(self) -> Prompt:
        return self.query_one(Prompt)

    @property
    def status(self) -> StatusLine:
        return self.query_one(StatusLine)

    @property
    def head(self) -> HeadLine:
        return self.query_one(HeadLine)

    @property
    def problem(self) -> Problem:
        return self.query_one(Problem)

    # Panes

    def on_mount(self) -> None:
        self.add_class("-show-main")
        self.update_tabs()

    def on_resize(self) -> None:
        self.call_after_refresh(self.update_tabs)

    def action_pane(self, name: str) -> None:
        """Shows a pane and gives it the keys."""
        self.show_pane(name)
        self.focus_pane()

    def show_pane(self, name: str) -> None:
        """Shows a pane; in narrow layouts in place of another."""
        self.active = name
        column = _COLUMNS[name]
        if column in self._shown:
            self._shown[column] = name
        if column == "main":
            box = "plan-box" if name == "plan" else "diff-box"
            self.query_one("#main-switch", ContentSwitcher).current = box
        for other in ("files", "main", "side"):
            self.set_class(other == column, f"-show-{other}")
        self.update_tabs()

    def show_plan(self, has_plan: bool) -> None:
        """The plan, or what stands there before the first one."""
        box = self.query_one("#plan-box", ContentSwitcher)
        box.current = "plan" if has_plan else "plan-empty"

    def focus_pane(self) -> None:
        """Gives the keys to the active pane; to the screen alone when there is nothing in it."""
        target: Widget = {
            "files": self.files,
            "plan": self.plan,
            "diff": self.review.diff,
            "checks": self.checks,
            "log": self.log_view,
        }[self.active]
        nodes = (node for node in target.ancestors_with_self if isinstance(node, Widget))
        self.set_focus(target if all(node.display for node in nodes) else None)

    def action_prompt(self) -> None:
        self.set_focus(self.prompt.input)

    def pane_is_visible(self, name: str) -> bool:
        """True when the pane is on screen in this layout."""
        column = _COLUMNS[name]
        stacked = column == "files" or (column == "side" and self.has_class("-wide"))
        if not stacked and self._shown[column] != name:
            return False
        return self.query_one(f"#{column}-pane").display

    def update_tabs(self) -> None:
        """Draws the strips: each column names what it can show."""
        narrow, wide = self.has_class("-narrow"), self.has_class("-wide")
        self.checks.display = wide or self._shown["side"] == "checks"
        self.log_view.display = wide or self._shown["side"] == "log"
        others = PANES if narrow else PANES[1:]
        groups = {
            "files": (PANES if narrow else ("files",), "files"),
            "main": (("plan", "diff") if wide else others, self._shown["main"]),
            "side": (("checks",) if wide else others, self._shown["side"]),
            "log": (("log",), "log"),
        }
        for column, (names, active) in groups.items():
            tabs = tuple(
                (str(PANES.index(name) + 1), name, _TITLES[name], self.tab_note(name))
                for name in names
            )
            lit = active if not wide or column in ("files", "main") else self.active
            self.query_one(f"#{column}-tabs", TabStrip).tabs(tabs, lit)

    def tab_note(self, name: str) -> str:
        """A count beside a tab's title."""
        match name:
            case "files":
                count = len(self.files.file_tree.selection)
                return f"{count} ●" if count else ""
            case "plan":
                return str(len(self.plan.steps) or "")
            case "diff":
                return f"{self.review.undecided} ○" if self.review.undecided else ""
            case _:
                return ""
