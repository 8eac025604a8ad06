"""The panes of the main screen: their layout, their tabs, and which of them are visible.

Below 100 columns one pane is visible at a time. Below 160 columns the files are shown next to one
other pane, and from 160 columns on there are three columns.
"""

from collections.abc import Callable

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import ContentSwitcher

from assistant.ui.widgets.checks import ChecksView
from assistant.ui.widgets.files import FileList, FilesPane
from assistant.ui.widgets.log import LogView
from assistant.ui.widgets.plan import PlanPanel
from assistant.ui.widgets.review import ReviewPanel
from assistant.ui.widgets.reviewrequests import ReviewRequests
from assistant.ui.widgets.status import TabStrip

PANES = ("files", "plan", "diff", "checks", "log")
_COLUMNS = {"files": "files", "plan": "main", "diff": "main", "checks": "side", "log": "side"}
_TITLES = {"files": "Files", "plan": "Plan", "diff": "Diff", "checks": "Checks", "log": "Log"}


class Workbench(Horizontal):
    """Arranges the panes by the width class of the screen: -narrow, -medium or -wide."""

    active: reactive[str] = reactive("plan", init=False)
    """The pane that was chosen last."""

    def __init__(self, clock: Callable[[], float], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._shown = {"main": "plan", "side": "log"}
        self._strips = {
            column: TabStrip(id=f"{column}-tabs") for column in ("files", "main", "side", "log")
        }
        self.files_pane = FilesPane(id="files-box")
        self.plan = PlanPanel(id="plan-box")
        self.review = ReviewPanel(clock, id="review")
        self.checks = ChecksView(id="checks")
        self.log_view = LogView(id="log")

    @property
    def files(self) -> FileList:
        return self.files_pane.list

    def compose(self) -> ComposeResult:
        with Vertical(id="files-pane", classes="pane"):
            yield self._strips["files"]
            yield self.files_pane
        with Vertical(id="main-pane", classes="pane"):
            yield self._strips["main"]
            with ContentSwitcher(initial="plan-box", id="main-switch"):
                yield self.plan
                yield ReviewRequests(self.review, id="diff-box")
        with Vertical(id="side-pane", classes="pane"):
            yield self._strips["side"]
            yield self.checks
            yield self._strips["log"]
            yield self.log_view

    def on_mount(self) -> None:
        self.add_class("-show-main")
        self.update_tabs()

    def on_resize(self) -> None:
        self.call_after_refresh(self.update_tabs)

    def show_pane(self, name: str) -> None:
        """Shows a pane. In narrow layouts it replaces another one."""
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

    def focus_pane(self) -> None:
        """Focuses the active pane, or nothing if the pane has no visible content."""
        review = self.review
        target: Widget = {
            "files": self.files,
            "plan": self.plan.list,
            "diff": review.activity if review.activity.display else review.diff,
            "checks": self.checks,
            "log": self.log_view,
        }[self.active]
        nodes = (node for node in target.ancestors_with_self if isinstance(node, Widget))
        self.screen.set_focus(target if all(node.display for node in nodes) else None)

    def update_tabs(self) -> None:
        """Draws the tabs of each column."""
        narrow, wide = self.screen.has_class("-narrow"), self.screen.has_class("-wide")
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
                (str(PANES.index(name) + 1), name, _TITLES[name], self._note(name))
                for name in names
            )
            lit = active if not wide or column in ("files", "main") else self.active
            self._strips[column].tabs(tabs, lit)

    def _note(self, name: str) -> str:
        """Returns the count to show next to the title of a tab."""
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
