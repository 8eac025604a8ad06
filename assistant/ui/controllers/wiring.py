"""Creates the controllers of the main screen and connects them."""

from collections.abc import Callable
from dataclasses import dataclass

from assistant.errors import AssistantError
from assistant.ui.contextaccess import LastSent
from assistant.ui.controllers.about import AboutController
from assistant.ui.controllers.checks import CheckController
from assistant.ui.controllers.commands import CommandController
from assistant.ui.controllers.commenting import CommentController
from assistant.ui.controllers.completions import Completions
from assistant.ui.controllers.context import ContextController
from assistant.ui.controllers.controller import Controller
from assistant.ui.controllers.display import TaskDisplay
from assistant.ui.controllers.files import FileController
from assistant.ui.controllers.indexing import IndexController
from assistant.ui.controllers.lifecycle import LifecycleController
from assistant.ui.controllers.notifying import Notifier, send
from assistant.ui.controllers.parts import PartController
from assistant.ui.controllers.planning import PlanController
from assistant.ui.controllers.queueing import TaskQueue
from assistant.ui.controllers.rebasing import RebaseController
from assistant.ui.controllers.recording import TaskRecord
from assistant.ui.controllers.redrawing import RedrawController
from assistant.ui.controllers.repository import RepositoryController
from assistant.ui.controllers.requests import TaskStarter
from assistant.ui.controllers.reviewing import ReviewController
from assistant.ui.controllers.secrets import SecretsController
from assistant.ui.controllers.selection import SelectionController
from assistant.ui.controllers.sessions import SessionController
from assistant.ui.controllers.sets import SetController
from assistant.ui.controllers.steps import StepTracker
from assistant.ui.controllers.tasks import TaskController
from assistant.ui.controllers.writing import WritingController
from assistant.ui.jobs import Job
from assistant.ui.origins import Origins
from assistant.ui.services import Services
from assistant.ui.session import CurrentSession
from assistant.ui.widgets.files import FileList
from assistant.ui.widgets.problem import Problem
from assistant.ui.widgets.status import HeadLine, StatusLine
from assistant.ui.widgets.workbench import Workbench


@dataclass(frozen=True, slots=True)
class Parts:
    """The widgets of the main screen that controllers draw on."""

    head: HeadLine
    panes: Workbench
    problem: Problem
    status: StatusLine


@dataclass(frozen=True, slots=True)
class ScreenActions:
    """What controllers may ask of the main screen."""

    show_error: Callable[[AssistantError], None]
    focus_prompt: Callable[[], None]


class Controllers:
    """The controllers of the main screen."""

    def __init__(
        self,
        services: Services,
        clock: Callable[[], float],
        current: CurrentSession,
        parts: Parts,
        actions: ScreenActions,
    ) -> None:
        panes, status, problem = parts.panes, parts.status, parts.problem
        files, log = panes.files, panes.log_view
        steps, sent = StepTracker(panes.plan), LastSent()
        display = TaskDisplay(clock, panes, status, problem, steps, actions.show_error)
        self.sessions = SessionController(
            current,
            services.settings.state_dir,
            panes,
            steps,
            self._leave_tasks,
            actions.show_error,
        )
        self.queue = TaskQueue(
            status,
            lambda: self.tasks.busy or (current.value is None and status.value.running),
            lambda: panes.review.proposal is not None,
            lambda command, pasted: self.commands.run(command, pasted),
            actions.show_error,
        )
        self.tasks = TaskController(
            services.tasks,
            display,
            TaskRecord(self.sessions.recorder, sent),
            Notifier(clock, lambda text: send(status.app, text), enabled=services.settings.notify),
            self._task_ended,
        )
        self.comments = CommentController(panes, self.sessions.recorder.add)
        self.secrets = SecretsController(actions.show_error)
        self.selection = SelectionController(
            current, panes.files_pane, status, services.warm, lambda: self.tasks.busy, self.secrets
        )
        self.indexing = IndexController(current, status)
        self.repository = RepositoryController(
            services,
            clock,
            current,
            self.selection,
            self.indexing,
            files,
            parts.head,
            status,
            log,
            lambda: self.tasks.busy,
            self.go_on,
        )
        starter = TaskStarter(
            current,
            self.selection,
            self.tasks,
            services.consents,
            self.sessions.exchanges,
            self.secrets,
            steps,
            self.comments,
        )
        self.checks = CheckController(current, services.consents, log, starter, actions.show_error)
        self.writing = WritingController(current, log, status, actions.show_error)
        self.completions = Completions(current, self.tasks, log.add)
        self.opening = FileController(
            current,
            self.writing,
            files,
            self.completions,
            actions.show_error,
            actions.focus_prompt,
        )
        self.review = ReviewController(
            panes,
            problem,
            steps,
            self.writing.apply_review,
            Origins(current, panes.review, self.tasks.request_of),
            actions.focus_prompt,
            self._review_dropped,
        )
        self.redrawing = RedrawController(
            current,
            panes,
            self.tasks,
            starter,
            self.secrets,
            self.comments,
            self.sessions.recorder.add,
            actions.show_error,
        )
        self.parts = PartController(
            current, panes, self.tasks, starter, self.checks, actions.show_error
        )
        self.rebasing = RebaseController(current, panes, self.review.close, actions.show_error)
        self.lifecycle = LifecycleController(
            services,
            clock,
            current,
            self.repository,
            self.tasks,
            panes.review,
            self.sessions,
        )
        self.plan = PlanController(
            current, panes, problem, steps, starter, self.review, lambda: self.tasks.busy
        )
        self.about = AboutController(services.installation, current, starter)
        self.context = ContextController(current, files, status, starter, sent)
        self.sets = SetController(
            current, services.settings.state_dir, files, log, lambda: panes.show_pane("log")
        )
        self.commands = self._create_commands(current, starter, files)

    def _create_commands(
        self, current: CurrentSession, starter: TaskStarter, files: FileList
    ) -> CommandController:
        return CommandController(
            current,
            self.tasks,
            starter,
            self.checks,
            self.writing,
            self.repository,
            files,
            self.lifecycle,
            self.sessions,
            self.queue,
            self.about,
            self.opening,
            self.context,
            self.sets,
        )

    def go_on(self) -> None:
        """Starts the next task that waits, once what happens now is done."""
        self.tasks.call_later(self._start_next)

    def _start_next(self) -> None:
        self.queue.start_next()
        self.plan.go_on()

    def _task_ended(self, job: Job, error: AssistantError | None) -> None:
        if error is None and job.request is not None:
            self.comments.used(job.request.said.comments)
        self.go_on()

    def _review_dropped(self) -> None:
        self.sessions.review_dropped()
        self.go_on()

    def _leave_tasks(self) -> None:
        """Forgets the tasks that wait. Raises UsageError while one runs."""
        self.tasks.require_idle()
        self.queue.clear()

    @property
    def nodes(self) -> tuple[Controller, ...]:
        """The controllers that must be part of the screen to run workers and get messages."""
        return (
            self.lifecycle,
            self.tasks,
            self.selection,
            self.secrets,
            self.indexing,
            self.repository,
            self.checks,
            self.plan,
            self.review,
            self.redrawing,
            self.comments,
            self.parts,
            self.rebasing,
            self.writing,
            self.sessions,
            self.about,
            self.opening,
            self.completions,
            self.context,
            self.sets,
        )
