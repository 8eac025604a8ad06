"""Shows the events of a running task in the panes and the status line."""

from collections.abc import Callable, Sequence

from assistant.checks.results import Status
from assistant.context.describing import amounts
from assistant.engine.base import Finish
from assistant.engine.reconnecting import Notice, Reconnected, Reconnecting
from assistant.errors import AssistantError, UsageError
from assistant.solving.events import (
    AnswerReady,
    CheckFinished,
    ContextRead,
    Event,
    FailuresFound,
    GenerationFinished,
    NamesMissing,
    NothingToFix,
    PhaseStarted,
    PlanReady,
    StepProposed,
    TextStreamed,
    ThoughtStreamed,
    UnitsChosen,
)
from assistant.solving.explaining import explanation, headline
from assistant.solving.pace import Pace
from assistant.ui.amounts import reached_words, tokens
from assistant.ui.controllers.steps import StepTracker
from assistant.ui.jobs import Job, TaskEvent
from assistant.ui.preparing import Prepared
from assistant.ui.widgets.checks import check_of
from assistant.ui.widgets.problem import Problem
from assistant.ui.widgets.status import StatusLine, StatusValue
from assistant.ui.widgets.workbench import Workbench


class TaskDisplay:
    """Draws the start, the events and the end of a task."""

    def __init__(
        self,
        clock: Callable[[], float],
        panes: Workbench,
        status: StatusLine,
        problem: Problem,
        steps: StepTracker,
        show_error: Callable[[AssistantError], None],
    ) -> None:
        self._clock = clock
        self._panes = panes
        self._status = status
        self._problem = problem
        self._steps = steps
        self._show_error = show_error
        self._detail = ""
        """Of the phase, while the status line shows something else."""
        self._thoughts = 0
        """Tokens of the reasoning that is being written."""
        self._before: StatusValue | None = None
        """What the status line showed before the connection was lost."""
        self._pace = Pace(clock)
        self._answered = False
        """Text of the answer was streamed."""

    def tick(self) -> None:
        """Updates the elapsed times, and the time that is left."""
        if self._status.value.running:
            self._show_reached()
        self._status.tick()
        self._panes.review.activity.tick()

    def start(self, job: Job) -> None:
        """Shows the pane in which the task will report."""
        panes = self._panes
        self._detail, self._thoughts, self._before = "", 0, None
        self._pace, self._answered = Pace(self._clock), False
        self._problem.close()
        self._status.set(
            phase="starting", running=True, since=self._clock(), detail="", reached=None
        )
        panes.review.activity.start(job.title.strip().split("\n", 1)[0])
        match job.kind:
            case "plan":
                panes.plan.begin(job.title)
                panes.show_pane("plan")
            case "edit" | "fix":
                panes.review.busy()
                if job.kind == "fix":
                    panes.checks.clear()
                panes.show_pane("diff")
            case "ask":
                panes.show_pane("log")

    def stopping(self) -> None:
        self._before = None
        self._status.set(phase="stopping", detail="", reached=None)

    def end(self, job: Job, error: AssistantError | None) -> None:
        """Shows that the task has ended, and the error if there is one."""
        panes = self._panes
        self._status.set(phase="ready", running=False, detail="", reached=None)
        panes.log_view.end_answer()
        panes.plan.stop()
        panes.review.activity.finish()
        panes.review.rest()
        self._steps.task_ended(job.step, error)
        if error is not None:
            self._show_error(error)
        elif job.kind == "plan":
            panes.focus_pane()
        panes.update_tabs()

    def show(self, job: Job, event: TaskEvent) -> None:
        """Shows one event."""
        if isinstance(event, Prepared):
            self._show_proposal(job, event)
            return
        if isinstance(event, Reconnecting | Reconnected):
            self._show_notice(event)
            return
        if not isinstance(event, ThoughtStreamed):
            self._end_thoughts(job)
        self._pace.show(event)
        if job.kind in ("edit", "fix"):
            self._panes.review.activity.show(event)
        self._show_reached()
        self._show_progress(job, event)

    def _show_reached(self) -> None:
        """Shows how far the model has come, with its speed."""
        reached, rate = self._pace.reached, self._pace.rate
        if rate:
            self._status.set(rate=rate)
        if reached != self._status.value.reached:
            self._status.set(reached=reached)
        self._panes.review.activity.reach(reached_words(reached))

    def _show_progress(self, job: Job, event: Event) -> None:
        panes, status = self._panes, self._status
        match event:
            case PhaseStarted(phase, detail):
                self._detail = detail
                status.set(phase=phase.value, detail=detail, since=self._clock(), reached=None)
            case TextStreamed(_, text, _) if job.kind == "ask":
                self._answered = True
                panes.log_view.stream(text)
            case ThoughtStreamed():
                self._thoughts += event.tokens
                status.set(detail=f"reasoning, {tokens(self._thoughts)} tokens")
            case StepProposed(step):
                panes.plan.add(step)
                panes.update_tabs()
            case CheckFinished(-1, check) if check.status is Status.SKIPPED:
                panes.checks.unable(check)
                panes.log_view.add("note", check.detail)
            case CheckFinished(-1, check) if job.kind in ("edit", "fix"):
                panes.checks.before(check)
            case FailuresFound(result, failures):
                if result is not None:
                    panes.checks.before(check_of(result))
                panes.checks.failures(failures)
            case GenerationFinished(finish):
                self._show_rate(finish)
            case _:
                self._show_result(event)

    def _end_thoughts(self, job: Job) -> None:
        """Goes back to the phase; where there is no list of phases, the log keeps the length."""
        if not self._thoughts:
            return
        if job.kind in ("plan", "ask"):
            self._panes.log_view.add("note", f"reasoning: {_count(self._thoughts, 'token')}")
        self._thoughts = 0
        self._status.set(detail=self._detail)

    def _show_notice(self, notice: Notice) -> None:
        """Shows attempts to connect again, and afterwards what was shown before."""
        if isinstance(notice, Reconnecting):
            if self._before is None:
                self._before = self._status.value
                self._status.set(phase="reconnecting", since=self._clock(), reached=None)
            self._status.set(detail=f"to {notice.name}, attempt {notice.attempt}")
        elif self._before is not None:
            before, self._before = self._before, None
            self._status.set(
                phase=before.phase,
                detail=before.detail,
                since=before.since,
                reached=before.reached,
            )

    def _show_result(self, event: Event) -> None:
        panes = self._panes
        match event:
            case PlanReady(plan):
                panes.plan.show(plan)
                panes.log_view.add("good", f"Plan with {_count(len(plan.steps), 'step')}")
            case ContextRead(context):
                for line in amounts(context):
                    panes.log_view.add("note", line)
            case NamesMissing():
                panes.log_view.add("note", event.line)
            case UnitsChosen(labels, reasons):
                for label, reason in zip(labels, reasons, strict=False):
                    panes.log_view.add("note", f"{label}: {reason}")
            case AnswerReady(text, places):
                self._show_answer(text, places)
            case NothingToFix(result):
                panes.checks.before(check_of(result))
                panes.log_view.add("good", "The check already passes: nothing to fix")
                panes.notify("The check already passes.", title="Nothing to fix")

    def _show_answer(self, text: str, places: Sequence[str]) -> None:
        log = self._panes.log_view
        if not self._answered:
            log.add("answer", text)
        for place in places:
            log.add("note", f"looked in {place}")

    def _show_proposal(self, job: Job, prepared: Prepared) -> None:
        panes, proposal = self._panes, prepared.proposal
        panes.review.show(prepared)
        self._steps.proposed(job.step, prepared.outcome)
        if problem := headline(proposal):
            panes.log_view.add("bad", problem)
        hunks = _count(panes.review.undecided, "hunk")
        kind, mark = ("Proposal", "good") if proposal.stands else ("Attempt", "note")
        verdict = proposal.best.verdict.value
        panes.log_view.add(mark, f"{kind}: {proposal.title} ({hunks}, {verdict})")
        panes.show_pane("diff")
        panes.focus_pane()

    def explain(self) -> None:
        """Adds the explanation of the proposal to the log. Raises UsageError without one."""
        proposal = self._panes.review.proposal
        if proposal is None:
            raise UsageError("There is no proposal.", hint="Run an edit or a fix first.")
        self._panes.log_view.add("note", "\n".join(explanation(proposal)))
        self._panes.show_pane("log")

    def _show_rate(self, finish: Finish) -> None:
        if finish.seconds > 0:
            self._status.set(rate=finish.tokens / finish.seconds)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")
