"""Driving a task, settling its proposal, carrying out a plan."""

import io
from types import SimpleNamespace

import pytest

from assistant.checks.results import CommandResult, Failure
from assistant.context.bundle import Context
from assistant.engine.base import Cancel
from assistant.engine.reconnecting import Reconnecting
from assistant.errors import ApplyError, Cancelled, ProposalError
from assistant.headless.outcome import Figures, Kind, Written
from assistant.headless.progress import Progress
from assistant.headless.reviewers import Accepting, decide_nothing
from assistant.headless.run import Job, carry_out, drive, settle
from assistant.solving.events import (
    AnswerReady,
    ContextRead,
    FailuresFound,
    NothingToFix,
    StepState,
)
from tests.headless.fakes import (
    FAILED,
    NEW,
    SYNTAX,
    TESTS,
    FakeWriter,
    console_on,
    plan_events,
    plan_of,
    proposal,
    proposal_events,
    task_of,
)

PASSED_RUN = CommandResult(("pytest",), 0, "2 passed", 0.5)
FAILED_RUN = CommandResult(("pytest",), 1, "1 failed", 0.5)


@pytest.fixture
def run(workspace, request_):
    def run(kind: Kind, *events, cancel=None):
        job = Job(kind, task_of(events), workspace, request_)
        return drive(job, Progress(console_on(io.StringIO())), cancel or Cancel())

    return run


def test_a_proposal_becomes_the_outcome(run):
    shown = proposal(SYNTAX, TESTS)
    outcome = run(Kind.EDIT, *proposal_events(shown))
    assert outcome.proposal is shown
    assert (outcome.task, outcome.model, outcome.seed) == ("Count from one", "tiny", 7)
    assert outcome.written is None
    figures = outcome.figures
    assert figures == Figures(256, 20, 12, 1, figures.seconds)
    assert outcome.exit_code == 0


def test_the_line_to_another_machine_is_told_of(workspace, request_):
    stream, listeners = io.StringIO(), []
    workspace.engine = SimpleNamespace(listeners=listeners)

    def task(workspace, request, cancel):
        for listener in listeners:
            listener(Reconnecting("box", 1))
        yield AnswerReady("One.")

    drive(Job(Kind.ASK, task, workspace, request_), Progress(console_on(stream)), Cancel())
    assert stream.getvalue() == "the line to box dropped: reconnecting\n"
    assert listeners == []


def test_what_was_read_is_part_of_the_outcome(run):
    context = Context((), "", 0, 0, 6000)
    assert run(Kind.ASK, ContextRead(context), AnswerReady("Yes.")).context is context


def test_a_proposal_that_a_check_speaks_against_is_exit_code_1(run):
    assert run(Kind.EDIT, *proposal_events(proposal(SYNTAX, FAILED))).exit_code == 1


def test_a_plan_without_steps_is_exit_code_1(run):
    assert run(Kind.PLAN, *plan_events(plan_of())).exit_code == 1
    assert run(Kind.PLAN, *plan_events(plan_of(("a.py", "f")))).exit_code == 0


def test_an_empty_answer_is_exit_code_1(run):
    assert run(Kind.ASK, AnswerReady("")).exit_code == 1
    assert run(Kind.ASK, AnswerReady("Because.")).exit_code == 0


def test_a_fix_keeps_the_failures_it_started_from(run):
    failure = Failure("test_one", "2 != 1")
    outcome = run(
        Kind.FIX, FailuresFound(FAILED_RUN, (failure,)), *proposal_events(proposal(TESTS))
    )
    assert (outcome.before, outcome.failures) == (FAILED_RUN, (failure,))


def test_a_check_that_passes_already_is_done(run):
    outcome = run(Kind.FIX, NothingToFix(PASSED_RUN))
    assert outcome.green
    assert outcome.proposal is None
    assert outcome.exit_code == 0


def test_an_error_of_the_task_comes_out_and_the_progress_ends(workspace, request_):
    def task(workspace, request, cancel):
        yield from proposal_events(proposal(TESTS))
        raise Cancelled

    progress = Progress(console_on(io.StringIO()))
    with pytest.raises(Cancelled):
        drive(Job(Kind.EDIT, task, workspace, request_), progress, Cancel())


def test_accepting_all_writes_the_best_candidate(run, writer):
    outcome = run(Kind.EDIT, *proposal_events(proposal(TESTS)))
    settled = settle(outcome, Accepting(failing=True), writer)
    assert [change.new for change in writer.applied[0].changes] == [NEW]
    assert settled.written == Written("entry-1", ("numbers.py",))
    (origin,) = writer.origins
    best = outcome.proposal.best
    assert (origin.task, origin.verdict) == (outcome.task, best.verdict.value)
    assert len(origin.checks) == len(best.evidence)


def test_what_was_drawn_again_has_the_checks_of_that(run, writer):
    outcome = run(Kind.EDIT, *proposal_events(proposal(TESTS)))
    drawn = proposal(SYNTAX)
    settle(outcome, Accepting(failing=True), writer, lambda: drawn)
    assert len(writer.origins[0].checks) == 1
    assert (
        writer.origins[0].verdict == drawn.best.verdict.value != outcome.proposal.best.verdict.value
    )


def test_deciding_nothing_writes_nothing(run, writer):
    outcome = run(Kind.EDIT, *proposal_events(proposal(TESTS)))
    assert settle(outcome, decide_nothing, writer) is outcome
    assert writer.applied == []


def test_an_outcome_without_proposal_is_not_reviewed(run, writer):
    outcome = run(Kind.FIX, NothingToFix(PASSED_RUN))
    assert settle(outcome, pytest.fail, writer) is outcome


def test_a_refused_write_comes_out(run):
    class Refusing:
        def apply(self, reviewed, origin, *, anyway=False):
            raise ApplyError("stale")

    outcome = run(Kind.EDIT, *proposal_events(proposal(TESTS)))
    with pytest.raises(ApplyError):
        settle(outcome, Accepting(failing=True), Refusing())


def test_carrying_out_a_plan_stops_after_a_step_that_came_to_nothing(run, workspace, request_):
    plan = plan_of(("a.py", "f"), ("b.py", "g"), ("c.py", "h"))
    planned = run(Kind.PLAN, *plan_events(plan))
    jobs = []

    def perform(job):
        jobs.append(job)
        outcome = run(Kind.EDIT, *proposal_events(proposal(TESTS)))
        return settle(
            outcome, Accepting(failing=True) if len(jobs) == 1 else decide_nothing, FakeWriter()
        )

    edit = Job(Kind.EDIT, task_of(), workspace, request_)
    outcome = carry_out(planned, edit, perform)
    assert [job.request.step.unit for job in jobs] == ["f", "g"]
    assert [job.request.step.state for job in jobs] == [StepState.RUNNING] * 2
    states = [step.state for step in outcome.plan.steps]
    assert states == [StepState.DONE, StepState.FAILED, StepState.PROPOSED]
    assert [bool(step.written) for step in outcome.steps] == [True, False]
    assert outcome.exit_code == 1


def test_a_step_that_finds_nothing_keeps_what_was_written(run, workspace, request_):
    planned = run(Kind.PLAN, *plan_events(plan_of(("a.py", "f"), ("b.py", "g"))))
    calls = []

    def perform(job):
        calls.append(job)
        if len(calls) == 2:
            raise ProposalError("No candidate parses.")
        return settle(
            run(Kind.EDIT, *proposal_events(proposal(TESTS))), Accepting(failing=True), FakeWriter()
        )

    outcome = carry_out(planned, Job(Kind.EDIT, task_of(), workspace, request_), perform)
    assert outcome.steps[0].written
    assert outcome.steps[1].problem == "No candidate parses."
    assert outcome.exit_code == 1


def test_a_plan_carried_out_is_done(run, workspace, request_):
    planned = run(Kind.PLAN, *plan_events(plan_of(("a.py", "f"), ("b.py", "g"))))

    def perform(job):
        return settle(
            run(Kind.EDIT, *proposal_events(proposal(TESTS))), Accepting(failing=True), FakeWriter()
        )

    outcome = carry_out(planned, Job(Kind.EDIT, task_of(), workspace, request_), perform)
    assert [step.state for step in outcome.plan.steps] == [StepState.DONE, StepState.DONE]
    assert outcome.exit_code == 0
