"""Owns what the user does on the main screen: commands, steps, decisions, and leaving.

Tasks are run by `tasks`, the repository is handled by `repository`, the layout by `workbench`.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.binding import Binding, BindingType

from assistant.context.bundle import Selected
from assistant.errors import AssistantError, UsageError
from assistant.solving.events import Step
from assistant.ui.commands import Command, CommandSpec, parse_command
from assistant.ui.completion import mentions
from assistant.ui.history import History
from assistant.ui.jobs import TaskKind
from assistant.ui.screens.dialogs import ConfirmDialog
from assistant.ui.screens.help import HelpDialog
from assistant.ui.screens.reviewing import ReviewingScreen
from assistant.ui.screens.setup import SetupScreen
from assistant.ui.services import Services
from assistant.ui.widgets.files import FilesPane
from assistant.ui.widgets.prompt import Prompt

if TYPE_CHECKING:
    from assistant.checks.commands import CheckCommand


class MainScreen(ReviewingScreen):
    """Where the work is done."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+z", "undo", "undo", show=False, id="write.undo"),
        Binding("ctrl+y", "redo", "redo", show=False, id="write.redo"),
    ]

    candidates = 0
    generated_tests: bool | None = None
    """What was said of them since the start; None leaves it to the settings."""
    """How many answers are drawn; 0 means the settings' number."""

    def __init__(
        self,
        services: Services,
        clock: Callable[[], float],
        history: History,
        theme_errors: Sequence[AssistantError] = (),
    ) -> None:
        """`theme_errors` are what was wrong with theme files, for the log."""
        super().__init__(services, clock, history)
        self._theme_errors = theme_errors

    def on_mount(self) -> None:
        self.app.theme_changed_signal.subscribe(self, lambda _: self._redraw())
        self.head.place(self.services.folder.name or "/", None)
        self.status.set(phase="starting", running=True, since=self._clock())
        self.call_after_refresh(self._start)

    def _start(self) -> None:
        for error in self._theme_errors:
            self.log_view.add("bad", error.message)
            self.log_view.add("hint", error.hint)
        if self.services.setup.ready():
            self.open_repository("")
        else:
            self.choose_model("")

    @work(exclusive=True, group="setup")
    async def choose_model(self, name: str) -> None:
        """Shows the models; without one that is ready, there is nothing else to do here."""
        chosen = await self.app.push_screen_wait(SetupScreen(self.services, self._clock, name))
        if chosen is not None:
            self.open_repository(chosen)
        elif self.session is None:
            self.app.exit()

    def _redraw(self) -> None:
        """Bars hold styles of the theme they were drawn in."""
        snapshot = self.session.snapshot if self.session else None
        self.head.place(snapshot.root.name if snapshot else self.services.folder.name, snapshot)
        self.prompt.refresh_theme()
        self.review.refresh_theme()
        self.plan.update_lines()
        self.checks.update_lines()
        self.status.set()
        self.update_tabs()

    # What is typed

    def on_prompt_submitted(self, event: Prompt.Submitted) -> None:
        event.stop()
        text = event.text
        if not text.strip():
            if not event.pasted:
                return
            text = "/fix"
        try:
            self._run(parse_command(text, event.mode), event.pasted)
        except AssistantError as error:
            self.problem.show(error)
            return
        self.problem.close()
        if text.strip():
            self.log_view.add("you", text.strip())
        self.prompt.accepted()

    def offer_command(self, spec: CommandSpec) -> None:
        """From the palette: runs a command, or has its argument typed."""
        if spec.argument:
            self.prompt.set_text(f"/{spec.name} ")
            self.set_focus(self.prompt.input)
            return
        try:
            self._run(Command(spec.name, ""), "")
        except AssistantError as error:
            self.problem.show(error)

    def _run(self, command: Command, pasted: str) -> None:
        match command:
            case Command("plan" | "edit" | "ask" | "fix" as kind, task):
                self.start_task(kind, task, pasted)
            case Command("check", text):
                self.set_check(text)
            case Command("candidates", text):
                self._set_candidates(text)
            case Command("theme", name):
                self._use_theme(name)
            case Command("model", name):
                self._refuse_while_busy()
                self.choose_model(name)
            case Command("commit", text):
                self.commit(text)
            case Command(name, _):
                self._run_plain(name)

    def _run_plain(self, name: str) -> None:
        match name:
            case "generated-tests":
                self._switch_generated_tests()
            case "undo":
                self.require_session()
                self.action_undo()
            case "redo":
                self.require_session()
                self.action_redo()
            case "clear":
                self.files.action_clear()
            case "refresh":
                self.refresh_snapshot()
            case "help":
                self.app.push_screen(HelpDialog())
            case "quit":
                self.leave()

    def _refuse_while_busy(self) -> None:
        if self.job is not None:
            raise UsageError("A task is running.", hint="Stop it with escape, or wait for its end.")

    def _use_theme(self, name: str) -> None:
        names = list(self.app.available_themes)
        if not name:
            at = names.index(self.app.theme)
            name = names[(at + 1) % len(names)]
        if name not in names:
            raise UsageError(f"There is no theme {name!r}.", hint=f"Known: {', '.join(names)}.")
        self.app.theme = name

    def _set_candidates(self, text: str) -> None:
        if not text.isdecimal() or not 1 <= int(text) <= 16:
            raise UsageError(
                "The number of answers must be 1 to 16.", hint="Such as: /candidates 3"
            )
        self.candidates = int(text)
        self.notify(f"{self.candidates} answers are drawn for each step.")

    def _switch_generated_tests(self) -> None:
        """Who types the command consents; what it comes to is said at once."""
        session = self.require_session()
        if not session.workspace.runner.isolates:
            raise UsageError(
                "Answers are not run on tests of their own without a sandbox.",
                hint="Install bubblewrap, or set a check command with /check.",
            )
        self.generated_tests = not self._has_generated_tests()
        self.notify(
            "Without a check, answers in Python are run in the sandbox, on tests that the model"
            " writes or on made-up inputs; this ranks them and proves nothing."
            if self.generated_tests
            else "Without a check, answers are not run."
        )

    def _has_generated_tests(self) -> bool:
        if self.generated_tests is None:
            return self.require_session().workspace.settings.generated_tests
        return self.generated_tests

    def arguments(self, command: str) -> Sequence[str]:
        match command:
            case "theme":
                return tuple(self.app.available_themes)
            case "check" | "fix":
                return self.known_checks
            case _:
                return ()

    def start_task(self, kind: TaskKind, task: str, pasted: str, step: Step | None = None) -> None:
        """Starts a task; one that needs a check command asks for it first."""
        self.require_session()
        self._refuse_while_busy()
        selected = self.files.file_tree.selection
        named = [item for item in mentions(task, self.paths()) if item not in selected]
        if named:
            self.files.select(self.require_session().narrowed(named, task))
        if kind == "fix":
            self.start_fix(task, pasted)
            return
        if pasted:
            task = f"{task}\n\n{pasted}"
        self.run_task(kind, task, check=self.require_session().check, step=step)

    def run_task(
        self,
        kind: TaskKind,
        task: str,
        *,
        check: "CheckCommand | None" = None,
        step: Step | None = None,
        pasted: str = "",
    ) -> None:
        from assistant.solving.request import TaskRequest

        settings = self.require_session().workspace.settings
        self._stop_warming()
        self.begin_job(
            kind,
            TaskRequest(
                task=task,
                selection=self._selection_for(step),
                candidates=self.candidates or settings.candidates,
                seed=settings.seed,
                check=check if kind in ("edit", "fix") else None,
                generated_tests=self._has_generated_tests(),
                step=step,
                pasted=pasted,
            ),
        )

    def _selection_for(self, step: Step | None) -> tuple[Selected, ...]:
        """The selection; a step's own file joins it when it is not part of it."""
        selection = tuple(self.files.file_tree.selection)
        paths = {item.path for item in selection}
        if step is None or not selection or step.path in paths or step.path not in self.paths():
            return selection
        return (*selection, Selected(step.path))

    # Leaving and stopping

    def action_escape(self) -> None:
        """The nearest thing that can be closed or stopped."""
        steps = (
            self.prompt.close_suggestions,
            self.problem.close,
            self.stop_task,
            self.query_one(FilesPane).close_filter,
            self.prompt.drop_paste,
        )
        if any(step() for step in steps):
            return
        if self.focused is self.prompt.input:
            self.focus_pane()

    @work(exclusive=True, group="leave")
    async def leave(self) -> None:
        """Ends the program; asks first when a review would be lost."""
        if self.review.proposal is not None and self.review.undecided:
            question = ConfirmDialog(
                "Leave now?",
                f"{self.review.undecided} hunks are not decided; the proposal will be lost.",
                yes="Leave",
                no="Stay",
            )
            if not await self.app.push_screen_wait(question):
                return
        if self.job is not None:
            self.job.cancel.set()
        if self.session is not None:
            await asyncio.to_thread(self.session.workspace.engine.close)
        self.app.exit()
