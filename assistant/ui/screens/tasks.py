"""Owns the running of tasks on the main screen: one job at a time, its events shown in the panes.

Knows nothing of how a task works, and writes nothing to the repository.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.reactive import reactive

from assistant.engine.base import Cancel, Finish
from assistant.errors import AssistantError, Cancelled, UsageError
from assistant.solving.events import (
    AnswerReady,
    CandidateReady,
    CandidateStarted,
    CheckFinished,
    Event,
    FailuresFound,
    GenerationFinished,
    NothingToFix,
    PhaseStarted,
    PlanReady,
    PromptProgress,
    StepProposed,
    StepState,
    TextStreamed,
    UnitsChosen,
)
from assistant.ui.history import History
from assistant.ui.jobs import Heard, Job, TaskKind, run_job
from assistant.ui.messages import TaskEnded, TaskProgressed
from assistant.ui.preparing import Prepared, preparing
from assistant.ui.screens.workbench import Workbench
from assistant.ui.services import Services, Task
from assistant.ui.session import Session
from assistant.ui.widgets.checks import check_of

if TYPE_CHECKING:
    from assistant.solving.request import TaskRequest

TICK = 0.25
"""Seconds between two looks at the clock and at streamed text: what moves on screen, moves then.

The engine needs the cores more than the screen does.
"""
_PATIENCE = 1.0
"""Seconds after which a task that does not stop is let go."""


class TaskScreen(Workbench):
    """Starts, shows and stops tasks."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "escape", "Stop or close", show=False, id="task.stop"),
        Binding("ctrl+g", "hurry", "Show what there is", show=False, id="task.hurry"),
    ]

    phase: reactive[str] = reactive("opening", init=False)
    """opening, idle, running or stopping."""

    def __init__(self, services: Services, clock: Callable[[], float], history: History) -> None:
        super().__init__(clock, history)
        self.services = services
        self.session: Session | None = None
        self.job: Job | None = None
        self._jobs = 0
        self._showable = False
        """The running task has an answer that could be shown."""
        self._stream_began: tuple[int, float] | None = None
        """Pieces of text and the clock when the running phase was first seen to write."""

    def on_mount(self) -> None:
        self.set_interval(TICK, self.tick)

    def tick(self) -> None:
        """Shows what has been written since the last one, and how long it takes."""
        self._hear()
        self.status.tick()
        self.review.activity.tick()

    def watch_phase(self) -> None:
        self.refresh_bindings()

    def urgent_keys(self) -> Sequence[tuple[str, str, str]]:
        """What must be on the key line now, before all else."""
        if self.phase != "running":
            return ()
        stop = ("escape", "esc", "stop")
        return (("ctrl+g", "^g", "show now"), stop) if self._showable else (stop,)

    def require_session(self) -> Session:
        """What is open. Raises UsageError while nothing is."""
        if self.session is None:
            raise UsageError(
                "The repository is not open yet.", hint="Wait a moment, then try again."
            )
        return self.session

    def begin_job(self, kind: TaskKind, request: "TaskRequest") -> Job:
        """Starts a task in a thread. Raises UsageError while another one runs."""
        session = self.require_session()
        if self.job is not None:
            raise UsageError("A task is running.", hint="Stop it with escape, or wait for its end.")
        self._jobs += 1
        job = Job(
            self._jobs, kind, request.step.sentence if request.step else request.task, request.step
        )
        self._showable = False
        self.job, self.phase = job, "running"
        self._stream_began = None
        task: Task = getattr(self.services.tasks, kind)
        selected = frozenset(item.path for item in request.selection)

        def events(cancel: Cancel) -> Iterator[Heard]:
            return preparing(task(session.workspace, request, cancel), selected)

        self.run_worker(
            lambda: run_job(job, events, self.post_message),
            thread=True,
            group="task",
            exit_on_error=False,
        )
        self._announce(job)
        return job

    def _announce(self, job: Job) -> None:
        self.problem.close()
        self.status.set(
            phase="starting", running=True, since=self._clock(), detail="", progress=None
        )
        title = job.title.strip().split("\n", 1)[0]
        self.review.activity.start(title)
        match job.kind:
            case "plan":
                self.plan.begin(job.title)
                self.show_plan(True)
                self.show_pane("plan")
            case "edit" | "fix":
                self.review.busy()
                if job.kind == "fix":
                    self.checks.clear()
                self.show_pane("diff")
            case "ask":
                self.show_pane("log")

    # Events

    def on_task_progressed(self, message: TaskProgressed) -> None:
        message.stop()
        if self.job is not None and message.job == self.job.id:
            self._hear()

    def _hear(self) -> None:
        """Shows every event that waits."""
        job = self.job
        if job is None:
            return
        for event in job.inbox.take():
            if isinstance(event, Prepared):
                self._show_proposal(job, event)
                continue
            if isinstance(event, PhaseStarted | CandidateStarted):
                self._stream_began = None
            if job.kind in ("edit", "fix"):
                self.review.activity.show(event)
            self._show_event(job, event)

    def _show_event(self, job: Job, event: Event) -> None:
        match event:
            case PhaseStarted(phase, detail):
                self.status.set(
                    phase=phase.value, detail=detail, since=self._clock(), progress=None
                )
            case PromptProgress(done, total, _):
                share = done / total if total else 1.0
                self.status.set(progress=share if share < 1 else None)
            case TextStreamed(_, text, _):
                self._show_speed(job)
                if job.kind == "ask":
                    self.log_view.stream(text)
            case StepProposed(step):
                self.plan.add(step)
                self.update_tabs()
            case CheckFinished(-1, check):
                self.checks.before(check)
            case FailuresFound(result, failures):
                if result is not None:
                    self.checks.before(check_of(result))
                self.checks.failures(failures)
            case GenerationFinished(finish):
                self._show_rate(finish)
            case _:
                self._show_result(job, event)

    def _show_result(self, job: Job, event: Event) -> None:
        match event:
            case PlanReady(plan):
                self.plan.show(plan)
                self.log_view.add("good", f"Plan with {_count(len(plan.steps), 'step')}")
            case UnitsChosen(labels, reasons):
                for label, reason in zip(labels, reasons, strict=False):
                    self.log_view.add("note", f"{label}: {reason}")
            case CandidateReady():
                self._showable = True
                self.refresh_bindings()
            case AnswerReady(text):
                if self._stream_began is None:
                    self.log_view.add("answer", text)
            case NothingToFix(result):
                self.checks.before(check_of(result))
                self.log_view.add("good", "The check passes as things are: nothing to fix")
                self.notify("The check passes as things are.", title="Nothing to fix")

    def _show_proposal(self, job: Job, prepared: Prepared) -> None:
        proposal = prepared.proposal
        self.review.show(prepared)
        if job.step is not None:
            self.plan.set_state(job.step.id, StepState.REVIEW)
        best = proposal.best
        hunks = _count(self.review.undecided, "hunk")
        self.log_view.add("good", f"Proposal: {proposal.title} ({hunks}, {best.verdict.value})")
        self.show_pane("diff")
        self.focus_pane()

    def _show_speed(self, job: Job) -> None:
        """Pieces of text per second since the first that was heard of this phase."""
        pieces, now = job.inbox.pieces, self._clock()
        if self._stream_began is None:
            self._stream_began = (pieces, now)
        before, began = self._stream_began
        if now - began > 0.5 and pieces > before:
            self.status.set(rate=(pieces - before) / (now - began))

    def _show_rate(self, finish: Finish) -> None:
        if finish.seconds > 0:
            self.status.set(rate=finish.tokens / finish.seconds)

    # Ends

    def on_task_ended(self, message: TaskEnded) -> None:
        message.stop()
        if self.job is not None and message.job == self.job.id:
            self._hear()
            self._end(self.job, message.error)

    def _end(self, job: Job, error: AssistantError | None) -> None:
        self.job, self.phase = None, "idle"
        self.status.set(phase="ready", running=False, detail="", progress=None)
        self.plan.stop()
        self.show_plan(bool(self.plan.steps))
        self.review.activity.finish()
        self.review.rest()
        self._settle_step(job, error)
        if error is not None:
            self.show_error(error)
        elif job.kind == "plan":
            self.focus_pane()
        self.update_tabs()
        self.task_ended()

    def _settle_step(self, job: Job, error: AssistantError | None) -> None:
        step = next((s for s in self.plan.steps if job.step and s.id == job.step.id), None)
        if step is None or step.state is not StepState.RUNNING:
            return
        stopped = error is None or isinstance(error, Cancelled)
        self.plan.set_state(step.id, StepState.ACCEPTED if stopped else StepState.FAILED)

    def task_ended(self) -> None:
        """Called after every end of a task."""

    def show_error(self, error: AssistantError) -> None:
        """Shows what went wrong in the panel, and keeps it in the log."""
        self.problem.show(error)
        self.log_view.add("note" if isinstance(error, Cancelled) else "bad", error.message)
        if error.hint:
            self.log_view.add("hint", error.hint)

    def on_unmount(self) -> None:
        """The app ends, however that came: the task's thread must not outlive it."""
        if self.job is not None:
            self.job.cancel.set()

    def action_hurry(self) -> None:
        """Asks the running task for the best answer so far; it goes on while there is none."""
        if self.job is not None and self.phase == "running":
            self.job.cancel.hurry()
            self.refresh_bindings()

    def stop_task(self) -> bool:
        """Asks the running task to stop; False when none runs."""
        job = self.job
        if job is None:
            return False
        if self.phase == "running":
            job.cancel.set()
            self.phase = "stopping"
            self.status.set(phase="stopping", detail="", progress=None)
            self.set_timer(_PATIENCE, lambda: self._let_go(job))
        return True

    def _let_go(self, job: Job) -> None:
        """The task did not end in time: its thread may go on, nobody listens to it."""
        if self.job is job:
            self._end(job, Cancelled())


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")
