"""Runs one task at a time in a thread and passes its events to the display."""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Literal, TypeAlias

from textual.reactive import reactive

from assistant.engine.base import Cancel
from assistant.engine.reconnecting import Notice, listening
from assistant.errors import AssistantError, Cancelled, UsageError
from assistant.solving.events import CandidateReady, ProposalReady
from assistant.solving.values import Proposal
from assistant.ui.controllers.controller import Controller
from assistant.ui.controllers.display import TaskDisplay
from assistant.ui.controllers.notifying import Notifier
from assistant.ui.controllers.recording import TaskRecord
from assistant.ui.jobs import Job, TaskEnded, TaskEvent, TaskKind, TaskProgressed, run_job
from assistant.ui.preparing import preparing
from assistant.ui.services import Task, Tasks

if TYPE_CHECKING:
    from assistant.solving.request import TaskRequest, Workspace

Phase: TypeAlias = Literal["idle", "running", "stopping"]

TICK = 0.25
"""Seconds between two updates of the clock and of streamed text.

Long enough to leave the CPU cores to the engine.
"""
_PATIENCE = 1.0
"""Seconds to wait for a cancelled task before giving up on its thread."""


class TaskController(Controller):
    """Starts, follows and stops tasks."""

    phase: reactive[Phase] = reactive("idle", init=False)

    def __init__(
        self,
        tasks: Tasks,
        display: TaskDisplay,
        record: TaskRecord,
        notifier: Notifier,
        ended: Callable[[Job, AssistantError | None], None],
    ) -> None:
        """`ended` is called with the job and its error when another task can start."""
        super().__init__(id="tasks")
        self._record = record
        self._notifier = notifier
        self._ended = ended
        self._tasks = tasks
        self._task_display = display
        self._count = 0
        self._showable = False
        """True when the running task has a candidate that could be shown."""
        self.job: Job | None = None
        self._reviewed: tuple[str, TaskRequest] | None = None
        """The title of the proposal that came last, and the request that led to it."""

    @property
    def busy(self) -> bool:
        return self.job is not None

    def require_idle(self) -> None:
        """Raises UsageError while a task runs."""
        if self.busy:
            raise UsageError("A task is running.", hint="Press escape to stop it, or wait.")

    def urgent_keys(self) -> Sequence[tuple[str, str, str]]:
        """Keys to show before all others while a task runs."""
        if self.phase != "running":
            return ()
        stop = ("escape", "esc", "stop")
        return (("ctrl+g", "^g", "show now"), stop) if self._showable else (stop,)

    def explain(self) -> None:
        """Shows how the candidates of the proposal came about. Raises UsageError without one."""
        self._task_display.explain()

    def on_mount(self) -> None:
        self.set_interval(TICK, self.tick)

    def tick(self) -> None:
        """Shows the text streamed since the last tick, and the elapsed time."""
        self._take_events()
        self._task_display.tick()

    def watch_phase(self) -> None:
        self.screen.refresh_bindings()

    def start(self, kind: TaskKind, workspace: "Workspace", request: "TaskRequest") -> None:
        """Starts a task in a thread. Raises UsageError while another task runs."""
        self.require_idle()
        self._count += 1
        title = request.step.sentence if request.step else request.task
        job = Job(self._count, kind, title, request.step, request)
        task: Task = getattr(self._tasks, kind)
        selected = frozenset(item.path for item in request.selection)

        def events(cancel: Cancel) -> Iterator[TaskEvent]:
            return preparing(task(workspace, request, cancel), selected)

        self._record.began(job, request.task)
        self._run(job, workspace, events)

    def start_about(
        self,
        kind: Literal["redraw", "recheck"],
        title: str,
        workspace: "Workspace",
        events: Callable[[Cancel], Iterator[TaskEvent]],
        found: Callable[[Proposal], None],
    ) -> None:
        """Starts a job about the proposal under review, which stays.

        `found` gets the proposal that the job ends with. Raises UsageError while a task runs.
        """
        self.require_idle()
        self._count += 1
        self._run(Job(self._count, kind, title, found=found), workspace, events)

    def _run(
        self, job: Job, workspace: "Workspace", events: Callable[[Cancel], Iterator[TaskEvent]]
    ) -> None:
        self._showable = False
        self.job, self.phase = job, "running"
        self._notifier.began()

        def heard(notice: Notice) -> None:
            job.inbox.put(notice)
            self.post_message(TaskProgressed(job.id))

        def heeding(cancel: Cancel) -> Iterator[TaskEvent]:
            with listening(workspace.engine, heard):
                yield from events(cancel)

        self.run_worker(
            lambda: run_job(job, heeding, self.post_message),
            thread=True,
            group="task",
            exit_on_error=False,
        )
        self._task_display.start(job)

    def on_task_progressed(self, message: TaskProgressed) -> None:
        message.stop()
        if self.job is not None and message.job == self.job.id:
            self._take_events()

    def _take_events(self) -> None:
        job = self.job
        if job is None:
            return
        for event in job.inbox.take():
            self._record.event(job, event)
            self._task_display.show(job, event)
            if isinstance(event, CandidateReady):
                self._showable = True
                self.screen.refresh_bindings()
            elif isinstance(event, ProposalReady):
                self._found(job, event.proposal)

    def _found(self, job: Job, proposal: Proposal) -> None:
        if job.found is not None:
            job.found(proposal)
        else:
            self._reviewed = (proposal.title, job.request) if job.request else None

    def request_of(self, title: str) -> "TaskRequest | None":
        """The request that led to the proposal with this title, if it was made by this program."""
        known = self._reviewed
        return known[1] if known is not None and known[0] == title else None

    def on_task_ended(self, message: TaskEnded) -> None:
        message.stop()
        if self.job is not None and message.job == self.job.id:
            self._take_events()
            self._end(self.job, message.error)

    def _end(self, job: Job, error: AssistantError | None) -> None:
        self.job, self.phase = None, "idle"
        self._record.ended(job, error)
        self._task_display.end(job, error)
        self._notifier.ended(job, error)
        self._ended(job, error)

    def on_unmount(self) -> None:
        """Cancels the running task, so that its thread does not outlive the app."""
        self.cancel()
        self._notifier.restore()

    def cancel(self) -> None:
        """Asks the running task to stop, without waiting for it."""
        if self.job is not None:
            self.job.cancel.set()

    def hurry(self) -> None:
        """Asks the running task for its best candidate so far.

        A task that has none yet continues until it has one.
        """
        if self.job is not None and self.phase == "running":
            self.job.cancel.hurry()
            self.screen.refresh_bindings()

    def stop(self) -> bool:
        """Cancels the running task. Returns False if none runs."""
        job = self.job
        if job is None:
            return False
        if self.phase == "running":
            self.cancel()
            self.phase = "stopping"
            self._task_display.stopping()
            self.set_timer(_PATIENCE, lambda: self._abandon(job))
        return True

    def _abandon(self, job: Job) -> None:
        """Gives up on a task that does not stop. Its thread may run on; its events are ignored."""
        if self.job is job:
            self._end(job, Cancelled())
