"""One headless run as its user sees it."""

import io
import json

import pytest

from assistant.apply.writer import Outcome, Recovery
from assistant.headless.outcome import Kind
from assistant.headless.reviewers import Accepting, Asking, decide_nothing
from assistant.headless.run import Job
from assistant.headless.services import Services
from assistant.headless.session import Session
from assistant.solving.events import AnswerReady, Phase, PhaseStarted, TextStreamed
from tests.headless.fakes import (
    SYNTAX,
    TESTS,
    Terminal,
    console_on,
    plan_events,
    plan_of,
    proposal,
    proposal_events,
    task_of,
)


@pytest.fixture
def play(workspace, request_, writer):
    def play(kind, *runs, reviewer=decide_nothing, stdout=None, carry_out=False, **options):
        stdout, stderr = stdout or io.StringIO(), io.StringIO()
        task = task_of(*runs)
        services = Services(dict.fromkeys(Kind, task), lambda folder: workspace, lambda w: writer)
        session = Session(services, console_on(stdout), console_on(stderr), reviewer, **options)
        job = Job(kind, task, workspace, request_)
        outcome = session.run(job, carry_out_plan=carry_out)
        return outcome, stdout.getvalue(), stderr.getvalue()

    return play


def test_a_crash_that_the_write_met_first_is_told(play, writer):
    writer.recoveries = (Recovery("Before\x1b[31m", Outcome.ROLLED_BACK, (), ("a.py",)),)
    _, _, err = play(Kind.EDIT, proposal_events(proposal(TESTS)), reviewer=Accepting(failing=True))
    assert "An interrupted write was rolled back: Before\\x1b[31m. Now as before: a.py." in err


def test_results_go_to_stdout_and_progress_to_stderr(play, writer):
    _, out, err = play(Kind.EDIT, proposal_events(proposal(SYNTAX, TESTS)))
    assert "+    return 1" in out
    assert "Verdict: verified" in out
    assert "Nothing was written." in out
    assert "writing" in err
    assert "writing" not in out
    assert writer.applied == []


def test_with_yes_it_is_written(play, writer):
    outcome, out, _ = play(
        Kind.EDIT, proposal_events(proposal(TESTS)), reviewer=Accepting(failing=True)
    )
    assert outcome.written.undo == "entry-1"
    assert "Written: numbers.py." in out


def test_json_is_all_there_is_on_stdout(play):
    _, out, _ = play(
        Kind.EDIT, proposal_events(proposal(TESTS)), reviewer=Accepting(failing=True), as_json=True
    )
    assert json.loads(out)["applied"] is True


def test_the_question_comes_after_the_diff(play, writer):
    stdout = io.StringIO()
    asking = Asking(console_on(stdout), io.StringIO("y\n").readline)
    _, out, _ = play(Kind.EDIT, proposal_events(proposal(TESTS)), reviewer=asking, stdout=stdout)
    assert out.index("Verdict:") < out.index("Apply this?") < out.index("Written:")
    assert len(writer.applied) == 1


ANSWER = (PhaseStarted(Phase.ANSWERING), TextStreamed(1, "Because.", -0.1), AnswerReady("Because."))


@pytest.mark.parametrize("stdout", [io.StringIO, Terminal])
def test_an_answer_is_printed_once(play, stdout):
    _, out, _ = play(Kind.ASK, ANSWER, stdout=stdout())
    assert out.count("Because.") == 1


def test_a_plan_is_only_shown(play, writer):
    outcome, out, _ = play(
        Kind.PLAN, plan_events(plan_of(("a.py", "f"))), reviewer=Accepting(failing=True)
    )
    assert "1. edit a.py::f" in out
    assert outcome.steps == ()
    assert writer.applied == []


def test_a_plan_is_carried_out_on_request(play, writer):
    edits = [proposal_events(proposal(TESTS)) for _ in range(2)]
    plan = plan_of(("a.py", "f"), ("b.py", "g"))
    outcome, out, _ = play(
        Kind.PLAN, plan_events(plan), *edits, reviewer=Accepting(failing=True), carry_out=True
    )
    assert len(writer.applied) == 2
    assert "  2. done: edit b.py::g\n" in out
    assert outcome.exit_code == 0


def test_a_plan_carried_out_as_json_is_one_document(play):
    plan = plan_of(("a.py", "f"))
    _, out, _ = play(
        Kind.PLAN,
        plan_events(plan),
        proposal_events(proposal(TESTS)),
        reviewer=Accepting(failing=True),
        carry_out=True,
        as_json=True,
    )
    document = json.loads(out)
    assert document["plan"]["steps"][0]["state"] == "done"
    assert document["results"][0]["applied"] is True
