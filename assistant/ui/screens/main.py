"""The main screen. It composes the widgets, creates the controllers, and routes messages."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen

from assistant.errors import AssistantError, Cancelled
from assistant.ui.commands import Command, CommandSpec, parse_command
from assistant.ui.controllers.repository import UnitsRead, WorkspaceOpened
from assistant.ui.controllers.tasks import Phase
from assistant.ui.controllers.wiring import Controllers, Parts, ScreenActions
from assistant.ui.controllers.writing import Committed, Written
from assistant.ui.history import History
from assistant.ui.jobs import Job
from assistant.ui.places import PlaceChosen
from assistant.ui.screens.routing import WorkRouting
from assistant.ui.services import Services
from assistant.ui.session import CurrentSession, Session
from assistant.ui.widgets.files import FileList
from assistant.ui.widgets.keys import KeyLine
from assistant.ui.widgets.plan import PlanPanel
from assistant.ui.widgets.problem import Problem
from assistant.ui.widgets.prompt import Prompt
from assistant.ui.widgets.review import ReviewPanel
from assistant.ui.widgets.status import HeadLine, StatusLine
from assistant.ui.widgets.workbench import Workbench
from assistant.ui.workers import ActionFailed


class MainScreen(WorkRouting, Screen[None]):
    """Files, plan, diff, checks and log around the task line."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-medium"), (160, "-wide")]
    AUTO_FOCUS = "#task"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("i", "prompt", "task", id="pane.prompt", tooltip="Type a task"),
        Binding("1", "pane('files')", "Files", show=False, id="pane.files"),
        Binding("2", "pane('plan')", "Plan", show=False, id="pane.plan"),
        Binding("3", "pane('diff')", "Diff", show=False, id="pane.diff"),
        Binding("4", "pane('checks')", "Checks", show=False, id="pane.checks"),
        Binding("5", "pane('log')", "Log", show=False, id="pane.log"),
        Binding("escape", "escape", "Stop or close", show=False, id="task.stop",
                tooltip="Leave the task line, stop the running task, or close what is open"),
        Binding("ctrl+g", "hurry", "Show the best so far", show=False, id="task.hurry",
                tooltip="End the running task with the best candidate so far"),
        Binding("ctrl+f", "search", show=False, priority=True, id="files.search",
                tooltip="Search the repository"),
        Binding("f2", "run('context')", "context", show=False, id="context.show",
                tooltip="What the model will read, and what it read last"),
        Binding("ctrl+z", "run('undo')", "undo", show=False, id="write.undo",
                tooltip="Undo the last write, byte for byte"),
        Binding("ctrl+y", "run('redo')", "redo", show=False, id="write.redo",
                tooltip="Redo the last undone write"),
    ]  # fmt: skip

    def __init__(
        self,
        services: Services,
        clock: Callable[[], float],
        history: History,
        theme_errors: Sequence[AssistantError] = (),
        reopen: str = "",
    ) -> None:
        """`theme_errors` go to the log; `reopen` is as in `SessionController.reopen_at_start`."""
        super().__init__()
        self._clock = clock
        self._theme_errors = theme_errors
        self._current = CurrentSession()
        self._had_focus = False
        self.head = HeadLine(id="head")
        self.panes = Workbench(clock, id="body")
        self.files, self.plan, self.review = self.panes.files, self.panes.plan, self.panes.review
        self.checks, self.log_view = self.panes.checks, self.panes.log_view
        self.problem = Problem(id="problem")
        self.status = StatusLine(clock, id="status")
        self.controllers = Controllers(
            services,
            clock,
            self._current,
            Parts(self.head, self.panes, self.problem, self.status),
            ScreenActions(self.show_error, self.action_prompt),
        )
        self.controllers.sessions.reopen_at_start(reopen)
        self.prompt = Prompt(
            history,
            paths=lambda: self._current.paths,
            units=self._current.units,
            arguments=self.controllers.commands.arguments,
            id="prompt",
        )

        self.controllers.context.typed = lambda: (self.prompt.input.text, self.prompt.mode)

    def compose(self) -> ComposeResult:
        yield self.head
        yield self.panes
        yield self.problem
        yield self.prompt
        yield self.status
        yield KeyLine(self.controllers.tasks.urgent_keys, id="keys")
        yield from self.controllers.nodes

    @property
    def session(self) -> Session | None:
        """The open repository."""
        return self._current.value

    @property
    def job(self) -> Job | None:
        """The running task."""
        return self.controllers.tasks.job

    @property
    def phase(self) -> Phase:
        """What the running task does: idle, running or stopping."""
        return self.controllers.tasks.phase

    # Start and end

    def on_mount(self) -> None:
        self.app.theme_changed_signal.subscribe(self, lambda _: self._redraw())
        self.controllers.repository.show_head()
        self.status.set(phase="starting", running=True, since=self._clock())
        self.call_after_refresh(self._start)

    def _start(self) -> None:
        for error in self._theme_errors:
            self.log_view.add("bad", error.message)
            self.log_view.add("hint", error.hint)
        self.controllers.lifecycle.start()

    def _redraw(self) -> None:
        """Draws again what keeps the styles of the previous theme."""
        self.controllers.repository.show_head()
        self.prompt.refresh_theme()
        self.review.refresh_theme()
        self.plan.list.update_lines()
        self.checks.update_lines()
        self.status.set()
        self.panes.update_tabs()

    # The task line

    def on_descendant_focus(self) -> None:
        self._had_focus = True

    def on_key(self, event: events.Key) -> None:
        """Passes on text typed before the task line has the focus, so that it is not lost."""
        if not self._had_focus and (event.is_printable or event.key in ("enter", "backspace")):
            event.stop()
            event.prevent_default()
            self.prompt.input.take_key(event)

    def on_prompt_submitted(self, event: Prompt.Submitted) -> None:
        event.stop()
        text = event.text.strip()
        if not text and not event.pasted:
            return
        try:
            command = parse_command(text or "/fix", event.mode)
        except AssistantError as error:
            self.problem.show(error)
            return
        if text:
            self.log_view.add("you", text)  # before what the command itself logs
        try:
            self.controllers.commands.run(command, event.pasted)
        except AssistantError as error:
            self.show_error(error)
            return
        self.problem.close()
        self.prompt.accepted()

    def offer_command(self, spec: CommandSpec) -> None:
        """Runs a command chosen in the palette, or starts typing it if it takes an argument."""
        if spec.argument:
            self.prompt.set_text(f"/{spec.name} ")
            self.action_prompt()
            return
        try:
            self.controllers.commands.run(Command(spec.name, ""))
        except AssistantError as error:
            self.problem.show(error)

    def show_error(self, error: AssistantError) -> None:
        """Shows an error in the panel and adds it to the log."""
        self.problem.show(error)
        self.log_view.add("note" if isinstance(error, Cancelled) else "bad", error.message)
        if error.hint:
            self.log_view.add("hint", error.hint)

    # Actions

    def action_prompt(self) -> None:
        self.set_focus(self.prompt.input)

    def action_pane(self, name: str) -> None:
        """Shows and focuses a pane."""
        self.panes.show_pane(name)
        self.panes.focus_pane()

    def action_escape(self) -> None:
        """Closes or stops the nearest thing that can be closed or stopped."""
        steps = (
            self.prompt.close_suggestions,
            self.problem.close,
            self.controllers.queue.clear,
            self.controllers.plan.stop_all,
            self.controllers.tasks.stop,
            self.panes.files_pane.close_filter,
            self.prompt.drop_paste,
        )
        if any(step() for step in steps):
            return
        if self.focused is self.prompt.input:
            self.panes.focus_pane()

    def action_hurry(self) -> None:
        self.controllers.tasks.hurry()

    def action_search(self) -> None:
        self.controllers.opening.try_search()

    def action_run(self, name: str) -> None:
        """Runs a command without an argument."""
        try:
            self.controllers.commands.run(Command(name, ""))
        except AssistantError as error:
            self.show_error(error)

    # Messages

    def on_action_failed(self, message: ActionFailed) -> None:
        message.stop()
        if not self.controllers.tasks.busy:
            self.status.set(phase="ready" if self.session else "not open", running=False)
        self.show_error(message.error)

    def on_workspace_opened(self, message: WorkspaceOpened) -> None:
        message.stop()
        self.controllers.sessions.repository_opened()

    @on(FileList.UnitsWanted)
    @on(Prompt.UnitsWanted)
    def _read_units(self, event: FileList.UnitsWanted | Prompt.UnitsWanted) -> None:
        event.stop()
        self.controllers.repository.read_units(event.path)

    def on_place_chosen(self, message: PlaceChosen) -> None:
        message.stop()
        self.controllers.opening.try_place(message.place)

    def on_units_read(self, message: UnitsRead) -> None:
        message.stop()
        if message.units:
            self.prompt.unit_arrived()

    def on_file_list_selection_changed(self, event: FileList.SelectionChanged) -> None:
        event.stop()
        self.panes.update_tabs()
        self.controllers.selection.recount()
        self.controllers.sessions.selection_changed()

    def on_prompt_edited(self, event: Prompt.Edited) -> None:
        event.stop()
        self.controllers.selection.task_edited(event.text)

    def on_plan_panel_changed(self, event: PlanPanel.Changed) -> None:
        event.stop()
        self.panes.update_tabs()
        self.controllers.sessions.plan_changed()
        self.controllers.plan.go_on()

    def on_review_panel_changed(self, event: ReviewPanel.Changed) -> None:
        event.stop()
        self.controllers.review.changed(event.candidate)
        self.controllers.sessions.review_changed()

    def on_written(self, message: Written) -> None:
        message.stop()
        self.controllers.sessions.written(message)
        self.controllers.review.written(message)
        self.controllers.go_on()
        self.controllers.repository.refresh_snapshot()

    def on_committed(self, message: Committed) -> None:
        message.stop()
        self.controllers.sessions.committed(message)
        self.controllers.repository.refresh_snapshot()
