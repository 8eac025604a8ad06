"""Carries out the commands of the task line and the command palette."""

from collections.abc import Sequence
from typing import Literal

from textual.app import App

from assistant.errors import UsageError
from assistant.ui.commands import Command
from assistant.ui.controllers.about import AboutController
from assistant.ui.controllers.checks import CheckController
from assistant.ui.controllers.context import ContextController
from assistant.ui.controllers.files import FileController
from assistant.ui.controllers.lifecycle import LifecycleController
from assistant.ui.controllers.queueing import TaskQueue
from assistant.ui.controllers.repository import RepositoryController
from assistant.ui.controllers.requests import TaskStarter
from assistant.ui.controllers.sessions import SessionController
from assistant.ui.controllers.sets import SetController
from assistant.ui.controllers.tasks import TaskController
from assistant.ui.controllers.writing import WritingController
from assistant.ui.jobs import TaskKind
from assistant.ui.keyhelp import key_sections
from assistant.ui.screens.help import HelpDialog
from assistant.ui.session import CurrentSession
from assistant.ui.widgets.files import FileList


class CommandController:
    """Dispatches a parsed command to the controller that carries it out."""

    def __init__(
        self,
        current: CurrentSession,
        tasks: TaskController,
        starter: TaskStarter,
        checking: CheckController,
        writing: WritingController,
        repository: RepositoryController,
        files: FileList,
        lifecycle: LifecycleController,
        sessions: SessionController,
        queue: TaskQueue,
        about: AboutController,
        opening: FileController,
        context: ContextController,
        sets: SetController,
    ) -> None:
        self._current = current
        self._tasks = tasks
        self._starter = starter
        self._checking = checking
        self._writing = writing
        self._repository = repository
        self._files = files
        self._lifecycle = lifecycle
        self._sessions = sessions
        self._queue = queue
        self._about = about
        self._opening = opening
        self._context = context
        self._sets = sets

    @property
    def _app(self) -> App[object]:
        return self._files.app

    def arguments(self, command: str) -> Sequence[str]:
        """Returns the completions for the argument of a command."""
        match command:
            case "theme":
                return tuple(self._app.available_themes)
            case "engine":
                return ("local",)
            case "open":
                return self._current.paths
            case "select":
                return self._sets.completions
            case "check" | "fix":
                return self._checking.known
            case _:
                return ()

    def run(self, command: Command, pasted: str = "") -> None:
        """Carries out a command. Raises UsageError if it is not possible now."""
        match command:
            case Command("plan" | "edit" | "ask" | "fix" as kind, task):
                self._start_task(kind, task, pasted)
            case Command("check", text):
                self._checking.set_check(text)
            case Command("candidates" | "comments" as name, text):
                self._app.notify(self._configure(name, text))
            case Command("theme", name):
                self._use_theme(name)
            case Command("model", name):
                self._tasks.require_idle()
                self._lifecycle.choose_model(name)
            case Command("engine", name):
                self._choose_engine(name)
            case Command("commit" | "open" | "search" | "context" | "select" as name, text):
                self._run_with_text(name, text)
            case Command("undo" | "redo" | "history" | "sessions" | "new" as name, _):
                self._current.require()
                self._run_back(name)
            case Command(name, _):
                self._run_plain(name)

    def _configure(self, name: Literal["candidates", "comments"], text: str) -> str:
        """Changes what goes into the next tasks, and returns a message."""
        if name == "candidates":
            return self._starter.set_candidates(text)
        return self._starter.list_comments(text)

    def _start_task(self, kind: TaskKind, task: str, pasted: str) -> None:
        if self._queue.must_wait:
            self._queue.add(Command(kind, task), pasted)
        elif kind == "fix":
            self._starter.prepare(task)
            self._checking.start_fix(task, pasted)
        elif kind == "edit":
            self._starter.prepare(task)
            self._checking.start_edit(task, pasted)
        else:
            self._starter.start(kind, task, pasted)

    def _run_with_text(
        self, name: Literal["commit", "open", "search", "context", "select"], text: str
    ) -> None:
        if name == "commit":
            self._writing.commit(text)
        elif name == "context":
            self._context.show(text)
        elif name == "select":
            self._sets.run(text)
        else:
            self._opening.run(name, text)

    def _run_plain(self, name: str) -> None:
        match name:
            case "generated-tests":
                self._app.notify(self._starter.toggle_generated_tests())
            case "explain":
                self._tasks.explain()
            case "clear":
                self._files.action_clear()
            case "refresh":
                self._repository.refresh_snapshot()
            case "quit":
                self._lifecycle.leave()
            case _:
                self._show(name)

    def _show(self, name: str) -> None:
        """Opens what covers the main screen."""
        match name:
            case "settings":
                self._about.show_settings()
            case "doctor":
                self._about.show_diagnosis()
            case "help":
                self._app.push_screen(HelpDialog(key_sections(self._app.screen)))

    def _run_back(self, name: str) -> None:
        """Goes back to what was, or begins again."""
        match name:
            case "undo":
                self._writing.undo()
            case "redo":
                self._writing.redo()
            case "history":
                self._writing.show_history()
            case "sessions":
                self._sessions.show_list()
            case "new":
                self._sessions.start_new()

    def _choose_engine(self, name: str) -> None:
        if not name:
            raise UsageError(
                "/engine needs the address of a model server, ssh://user@box, or the word local.",
                hint="`assistant doctor` finds servers on this machine.",
            )
        self._tasks.require_idle()
        self._lifecycle.choose_engine(name)

    def _use_theme(self, name: str) -> None:
        names = list(self._app.available_themes)
        if not name:
            at = names.index(self._app.theme)
            name = names[(at + 1) % len(names)]
        if name not in names:
            raise UsageError(f"There is no theme {name!r}.", hint=f"Known: {', '.join(names)}.")
        self._app.theme = name
