"""What the commands print and write, and their exit codes."""

import json
import os
import signal
from dataclasses import replace

import pytest

from assistant.cli import composition
from assistant.cli.composition import LoadedModel
from assistant.engine.scripted import ScriptedEngine
from assistant.errors import Cancelled, ModelError, ProposalError
from assistant.headless.outcome import Kind
from assistant.solving.events import AnswerReady
from tests.cli.conftest import WordCounter
from tests.headless.fakes import (
    FAILED,
    NEW,
    OLD,
    SYNTAX,
    TESTS,
    plan_events,
    plan_of,
    proposal,
    proposal_events,
)


def test_plan(repo, tasks, run):
    tasks[Kind.PLAN] = plan_events(plan_of(("numbers.py", "one")))
    code, out, err = run("plan", "Count from one")
    assert code == 0
    assert "1. edit numbers.py::one: Change one" in out
    assert "planning" in err


def test_ask(repo, tasks, run):
    tasks[Kind.ASK] = [AnswerReady("It counts.")]
    code, out, _ = run("ask", "What does it do?")
    assert code == 0
    assert out.startswith("It counts.\n")


def test_a_request_has_one_listing_and_each_step_of_a_plan_its_own(repo, run, tasks, monkeypatch):
    listed = []

    def task(workspace, request, cancel):
        (repo / f"later{len(listed)}.py").write_text("")
        listed.append(len(workspace.for_request().repository.snapshot().files))
        yield from plan_events(plan_of(("numbers.py", "one")))

    def question(workspace, *, ask):
        listed.append(len(workspace.repository.snapshot().files))
        return False

    monkeypatch.setattr(composition, "all_tasks", lambda: dict.fromkeys(Kind, task))
    monkeypatch.setattr("assistant.cli.tasks._may_run_tests", question)
    run("plan", "Count from one")
    assert listed == [1, 1]
    run("plan", "Count from one", "--yes")
    assert listed[2:] == [2, 3, 4]


def test_without_a_terminal_and_without_yes_nothing_is_written(repo, tasks, run):
    tasks[Kind.EDIT] = proposal_events(proposal(SYNTAX))
    code, out, _ = run("edit", "x")
    assert code == 0
    assert "+    return 1" in out
    assert "Nothing was written." in out
    assert (repo / "numbers.py").read_bytes() == OLD


def test_yes_writes_and_undo_and_redo_go_back_and_forth(repo, tasks, run):
    tasks[Kind.EDIT] = proposal_events(proposal(TESTS))
    code, out, _ = run("edit", "x", "--yes", "--json")
    document = json.loads(out)
    assert code == 0
    assert (document["applied"], document["written"]) == (True, ["numbers.py"])
    assert (repo / "numbers.py").read_bytes() == NEW
    assert run("undo")[:2] == (0, "Undone: Count from one (numbers.py)\n")
    assert (repo / "numbers.py").read_bytes() == OLD
    assert run("redo")[:2] == (0, "Redone: Count from one (numbers.py)\n")
    assert (repo / "numbers.py").read_bytes() == NEW
    code, out, _ = run("log", "--json")
    entry = json.loads(out)["entries"][0]
    assert (entry["id"], entry["state"]) == (document["undo"], "applied")
    assert "Count from one\n        task: x\n        numbers.py\n" in run("log")[1]


def test_undo_with_a_merge_keeps_later_edits(repo, tasks, run):
    tasks[Kind.EDIT] = proposal_events(proposal(TESTS))
    run("edit", "x", "--yes")
    (repo / "numbers.py").write_bytes(b"import os\n\n" + NEW)
    code, _, err = run("undo")
    assert code == 1
    assert "merge" in err
    assert run("undo", "--merge")[0] == 0
    assert (repo / "numbers.py").read_bytes() == b"import os\n\n" + OLD


def test_nothing_to_undo(repo, run):
    code, _, err = run("undo")
    assert code == 1
    assert err.startswith("error: ")
    assert run("log")[:2] == (0, "Nothing has been written here yet.\n")


@pytest.mark.parametrize(
    ("kind", "options", "written"),
    [
        ("edit", (), False),
        ("edit", ("--yes",), False),
        ("edit", ("--accept-failing",), False),
        ("edit", ("--yes", "--accept-failing"), True),
        ("fix", ("--yes",), False),
        ("fix", ("--yes", "--accept-failing"), True),
    ],
)
def test_what_a_check_speaks_against_is_code_1_and_not_written(
    repo, tasks, run, kind, options, written
):
    made = replace(proposal(FAILED), fixing=kind == "fix")
    tasks[Kind(kind)] = proposal_events(made)
    code, out, _ = run(kind, "x", "--check", "make test", *options)
    assert code == 1
    assert out.startswith("No fix found" if kind == "fix" else "Nothing usable found")
    assert ("Nothing was written. Say in words" in out) is not written
    assert (repo / "numbers.py").read_bytes() == (NEW if written else OLD)


def test_json_says_that_nothing_was_found(repo, tasks, run):
    tasks[Kind.FIX] = proposal_events(replace(proposal(FAILED), fixing=True))
    code, out, _ = run("fix", "--check", "make test", "--yes", "--json")
    document = json.loads(out)
    assert (code, document["exit_code"], document["applied"]) == (1, 1, False)
    assert document["proposal"]["problem"] == "No fix found: the attempt fails a check."


def test_a_plan_with_yes_stops_at_a_step_that_a_check_speaks_against(repo, tasks, run):
    tasks[Kind.PLAN] = plan_events(plan_of(("numbers.py", "one"), ("numbers.py", "two")))
    tasks[Kind.EDIT] = proposal_events(proposal(FAILED))
    code, out, _ = run("plan", "x", "--yes")
    assert code == 1
    assert "1. failed: edit numbers.py::one" in out
    assert "2. proposed: edit numbers.py::two" in out
    assert "Nothing was written. Say in words" in out
    assert (repo / "numbers.py").read_bytes() == OLD


def test_nothing_found_is_code_1(repo, tasks, run):
    def nothing(request):
        raise ProposalError("No candidate parses.", hint="Say it in smaller steps.")
        yield

    tasks[Kind.EDIT] = nothing
    code, out, err = run("edit", "x")
    assert (code, out) == (1, "")
    assert err == "error: No candidate parses.\nhint: Say it in smaller steps.\n"


def test_a_model_that_is_not_there_is_code_3(repo, tasks, run, monkeypatch):
    def absent(settings, name=""):
        raise ModelError("The weights are absent.", hint="Pull them.")

    monkeypatch.setattr(composition, "load_model", absent)
    assert run("edit", "x")[0] == 3


def test_an_unknown_model_is_code_3(repo, run):
    code, _, err = run("plan", "x", "--model", "qwen2.5-codr-0.5b")
    assert code == 3
    assert "Unknown model" in err
    assert "qwen2.5-coder-0.5b" in err


def test_cancelled_is_code_130(repo, tasks, run):
    def cancelled(request):
        os.kill(os.getpid(), signal.SIGINT)
        raise Cancelled
        yield

    tasks[Kind.EDIT] = cancelled
    code, _, err = run("edit", "x", "--yes")
    assert code == 130
    assert "Cancelling" in err
    assert (repo / "numbers.py").read_bytes() == OLD


def test_the_second_interrupt_ends_it(repo, tasks, run):
    def stubborn(request):
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)
        yield from proposal_events(proposal(SYNTAX))

    tasks[Kind.EDIT] = stubborn
    assert run("edit", "x", "--yes")[0] == 130
    assert (repo / "numbers.py").read_bytes() == OLD


def test_the_engine_is_closed_also_after_an_error(repo, tasks, run, monkeypatch):
    engine = ScriptedEngine()
    monkeypatch.setattr(
        composition, "load_model", lambda settings: LoadedModel(settings, engine, WordCounter())
    )
    tasks[Kind.EDIT] = [AnswerReady("not a proposal")]
    run("edit", "x")
    assert engine.closed


def test_a_plan_with_yes_is_carried_out(repo, tasks, run):
    tasks[Kind.PLAN] = plan_events(plan_of(("numbers.py", "one")))
    tasks[Kind.EDIT] = proposal_events(proposal(TESTS))
    code, out, _ = run("plan", "x", "--yes")
    assert code == 0
    assert "1. done: edit numbers.py::one" in out
    assert (repo / "numbers.py").read_bytes() == NEW
    assert tasks["requests"][1].step.unit == "one"
