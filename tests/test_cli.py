"""The program as the shell sees it: commands, exit codes, errors, what is written."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from assistant.checks.results import CommandResult
from assistant.cli import composition, main
from assistant.cli.composition import LoadedModel
from assistant.engine.scripted import ScriptedEngine
from assistant.errors import Cancelled, ModelError, ProposalError
from assistant.headless.outcome import Kind
from assistant.headless.scratch import make_repository
from assistant.tasks.events import AnswerReady, NothingToFix
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

ROOT = Path(__file__).resolve().parent.parent


class Counter:
    def count(self, text: str) -> int:
        return len(text.split())


@pytest.fixture
def repo(tmp_path, monkeypatch):
    """A repository to stand in, a state and a cache of its own, and no settings of the user."""
    repo = tmp_path / "repo"
    repo.mkdir()
    (repo / "numbers.py").write_bytes(OLD)
    make_repository(repo)
    for name in [name for name in os.environ if name.startswith("ASSISTANT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("ASSISTANT_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("ASSISTANT_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("ASSISTANT_MODEL", "scripted")
    monkeypatch.chdir(repo)
    return repo


@pytest.fixture
def tasks(monkeypatch):
    """Tasks that yield what a test puts here, by kind; the requests they got."""
    scripted, requests = {}, []

    def task_of(kind):
        def task(workspace, request, cancel):
            requests.append(request)
            events = scripted[kind]
            yield from events(request) if callable(events) else events

        return task

    monkeypatch.setattr(composition, "all_tasks", lambda: {kind: task_of(kind) for kind in Kind})
    monkeypatch.setattr(
        composition,
        "load_model",
        lambda settings, name="": LoadedModel(settings, ScriptedEngine(), Counter()),
    )
    scripted["requests"] = requests
    return scripted


@pytest.fixture
def run(capsys):
    """Runs the program in this process: exit code, stdout, stderr."""

    def run(*arguments):
        with pytest.raises(SystemExit) as end:
            main(list(arguments))
        captured = capsys.readouterr()
        return end.value.code, captured.out, captured.err

    return run


# Usage


def test_version(run):
    code, out, _ = run("--version")
    assert (code, out) == (0, "assistant, version 0.1.0\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["edit"], "The task is empty."),
        (["plan", "  "], "The task is empty."),
        (["ask", ""], "The task is empty."),
        (["nonsense"], "No such command 'nonsense'."),
        (["edit", "x", "--candidates", "0"], "Invalid value for '--candidates'"),
        (["edit", "x", "--seed", "many"], "Invalid value for '--seed'"),
        (["--model", "m", "edit", "x"], "Options of a command stand after its name."),
        ([], "The interface needs a terminal"),
        (["edit", "x", "--check", "a && b"], "no shell runs it"),
        (["edit", "x", "--check", "'open"], "cannot be read"),
    ],
)
def test_usage_errors_are_one_line_with_a_hint_and_code_2(repo, tasks, run, arguments, message):
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    first, second = err.splitlines()
    assert first.startswith("error: ")
    assert message in first
    assert second.startswith("hint: ")


def test_an_error_is_a_document_too_when_asked_for(repo, tasks, run):
    code, out, err = run("edit", "--json")
    assert code == 2
    assert json.loads(out)["error"] == {
        "kind": "UsageError",
        "message": "The task is empty.",
        "hint": "Say what to do, or give - to read it from stdin.",
        "exit_code": 2,
    }
    assert err.startswith("error: The task is empty.")


def test_an_option_that_does_not_exist_is_a_document_too(run):
    code, out, _ = run("edit", "x", "--json", "--nonsense")
    assert code == 2
    assert "No such option" in json.loads(out)["error"]["message"]


def test_not_a_repository(tmp_path, tasks, monkeypatch, run):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    code, _, err = run("plan", "x")
    assert code == 2
    assert "is not inside a git repository" in err


def test_a_bare_repository(tmp_path, tasks, monkeypatch, run):
    bare = tmp_path / "bare.git"
    subprocess.run(["git", "init", "-q", "--bare", str(bare)], check=True)
    monkeypatch.chdir(bare)
    code, _, err = run("plan", "x")
    assert code == 2
    assert "bare" in err


def test_a_repository_without_a_commit_works(repo, tasks, run):
    fresh = repo.parent / "fresh"
    fresh.mkdir()
    subprocess.run(["git", "init", "-q", str(fresh)], check=True)
    os.chdir(fresh)
    tasks[Kind.PLAN] = plan_events(plan_of(("a.py", "f")))
    assert run("plan", "x")[0] == 0


def test_the_home_directory_is_not_taken_for_a_repository_that_is_meant(
    repo, tasks, monkeypatch, run
):
    monkeypatch.setenv("HOME", str(repo))
    tasks[Kind.EDIT] = list(proposal_events(proposal(SYNTAX)))
    code, _, err = run("edit", "x")
    assert code == 2
    assert "is all of" in err
    assert run("edit", "x", "--yes")[0] == 0


@pytest.mark.parametrize(
    ("value", "error"),
    [("../elsewhere.py", "not a file inside"), ("/etc/passwd", "not a file inside")],
)
def test_a_file_outside_of_the_repository(repo, tasks, run, value, error):
    code, _, err = run("edit", "x", "--file", value)
    assert code == 2
    assert error in err


def test_files_are_relative_to_where_one_stands(repo, tasks, run, monkeypatch):
    (repo / "sub").mkdir()
    (repo / "odd::name.py").write_text("x\n")
    monkeypatch.chdir(repo / "sub")
    tasks[Kind.EDIT] = proposal_events(proposal(SYNTAX))
    values = ["../numbers.py::one", "here.py", str(repo / "numbers.py"), "../odd::name.py"]
    assert run("edit", "x", *[part for value in values for part in ("--file", value)])[0] == 0
    selection = tasks["requests"][0].selection
    assert [(selected.path, selected.unit) for selected in selection] == [
        ("numbers.py", "one"),
        ("sub/here.py", ""),
        ("numbers.py", ""),
        ("odd::name.py", ""),
    ]


def test_options_reach_the_request(repo, tasks, run):
    tasks[Kind.EDIT] = proposal_events(proposal(SYNTAX))
    run("edit", "add", "a", "flag", "--seed", "9", "--candidates", "5", "--check", "make test")
    request = tasks["requests"][0]
    assert (request.task, request.seed, request.candidates) == ("add a flag", 9, 5)
    assert request.check.argv == ("make", "test")


def test_the_task_is_read_from_stdin(repo, tasks, run, monkeypatch, tmp_path):
    file = tmp_path / "task"
    file.write_text("Count from one.\nPlease.\n")
    monkeypatch.setattr(sys, "stdin", file.open())
    tasks[Kind.EDIT] = proposal_events(proposal(SYNTAX))
    run("edit", "-")
    assert tasks["requests"][0].task == "Count from one.\nPlease."


# Results and exit codes


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
    assert run("redo")[:2] == (0, "Written again: Count from one (numbers.py)\n")
    assert (repo / "numbers.py").read_bytes() == NEW
    code, out, _ = run("log", "--json")
    entry = json.loads(out)["entries"][0]
    assert (entry["id"], entry["state"]) == (document["undo"], "applied")
    assert "Count from one\n        numbers.py\n" in run("log")[1]


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
    assert run("log")[:2] == (0, "Nothing was written here yet.\n")


def test_a_failed_check_is_code_1(repo, tasks, run):
    tasks[Kind.EDIT] = proposal_events(proposal(FAILED))
    assert run("edit", "x", "--check", "make test")[0] == 1


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
        composition, "load_model", lambda settings: LoadedModel(settings, engine, Counter())
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


# Fix


def test_a_fix_runs_the_command_it_was_given(repo, tasks, run):
    tasks[Kind.FIX] = proposal_events(proposal(TESTS))
    assert run("fix", "--check", "python -m unittest")[0] == 0
    assert tasks["requests"][0].check.argv == ("python", "-m", "unittest")


def test_a_fix_with_nothing_to_fix_is_done(repo, tasks, run):
    tasks[Kind.FIX] = [NothingToFix(CommandResult(("true",), 0, "", 0.1))]
    code, out, _ = run("fix", "--check", "true")
    assert code == 0
    assert "Nothing to fix" in out


def test_a_found_command_is_not_run_without_consent(repo, tasks, run):
    (repo / "Cargo.toml").write_text('[package]\nname = "a"\n')
    code, _, err = run("fix")
    assert code == 1
    assert "not consented" in err
    assert tasks["requests"] == []


def test_a_fix_without_any_command_is_a_usage_error(repo, tasks, run):
    assert run("fix")[0] == 2


def test_a_fix_reads_a_traceback(repo, tasks, run, monkeypatch, tmp_path):
    file = tmp_path / "traceback"
    file.write_text("Traceback (most recent call last):\n")
    tasks[Kind.FIX] = proposal_events(proposal(SYNTAX))
    assert run("fix", "--traceback", str(file))[0] == 0
    request = tasks["requests"][0]
    assert (request.pasted, request.check) == ("Traceback (most recent call last):\n", None)


def test_an_empty_traceback_is_a_usage_error(repo, tasks, run, tmp_path):
    (tmp_path / "empty").touch()
    assert run("fix", "--traceback", str(tmp_path / "empty"))[0] == 2


# Models


def test_models_list_knows_the_catalog(repo, run):
    code, out, _ = run("models", "list")
    assert code == 0
    assert out.startswith("Nothing is installed yet.\n")
    assert "qwen2.5-coder-0.5b" in out
    known = json.loads(run("models", "list", "--json")[1])["known"]
    assert "qwen2.5-coder-1.5b" in {model["id"] for model in known}


def test_the_path_of_a_model_that_is_not_there_is_code_3(repo, run):
    assert run("models", "path", "qwen2.5-coder-0.5b")[0] == 3


def test_removing_what_is_not_there_is_code_3(repo, run):
    assert run("models", "remove", "qwen2.5-coder-0.5b")[0] == 3


def test_doctor_says_that_no_model_is_ready(repo, run, monkeypatch):
    monkeypatch.delenv("ASSISTANT_MODEL")
    code, out, _ = run("doctor")
    assert code == 3
    assert "processor" in out
    facts = json.loads(run("doctor", "--json")[1])
    assert facts["ready"] is False
    assert facts["why"]


# Evaluation


TASK_ROW = {
    "id": "one",
    "kind": "edit",
    "files": {"numbers.py": OLD.decode()},
    "selected": ["numbers.py"],
    "task": "Count from one.",
    "visible": None,
    "hidden": {
        "files": {"check.py": "import runpy\nassert runpy.run_path('numbers.py')['one']() == 1\n"},
        "command": ["python", "check.py"],
    },
    "timeout_s": 20,
    "source": "here",
    "licence": "Apache-2.0",
}


def test_an_evaluation_runs_writes_its_results_and_goes_on(repo, tasks, run, tmp_path):
    file = tmp_path / "set.jsonl"
    file.write_text(json.dumps(TASK_ROW) + "\n")
    tasks[Kind.EDIT] = lambda request: proposal_events(proposal(SYNTAX))
    out = tmp_path / "results.jsonl"
    code, text, _ = run("eval", str(file), "--out", str(out), "--seed", "3", "--candidates", "2")
    assert code == 0
    assert f"Results: {out}" in text
    row = json.loads(out.read_text())
    assert (row["id"], row["passed"], row["seed"]) == ("one", True, 3)
    request = tasks["requests"][0]
    assert (request.seed, request.candidates) == (3, 2)
    run("eval", str(file), "--out", str(out), "--seed", "3")
    assert len(tasks["requests"]) == 1, "it is not run again"
    assert not (tmp_path / "state" / "undo").exists()
    assert run("eval", "--compare", str(out), str(out))[0] == 0
    code, text, _ = run("eval", "--show", str(out))
    assert (code, "1 (100.0%)" in text) == (0, True)


def test_results_are_named_after_what_made_them(repo, tasks, run, tmp_path):
    file = tmp_path / "set.jsonl"
    file.write_text(json.dumps(TASK_ROW) + "\n")
    tasks[Kind.EDIT] = lambda request: proposal_events(proposal(SYNTAX))
    assert run("eval", str(file), "--model", "a/b c")[0] == 0
    assert Path("set-a-b-c-seed0.results.jsonl").is_file()


@pytest.mark.parametrize(
    "arguments", [[], ["nowhere.jsonl"], ["--compare", "nowhere"], ["set.jsonl", "--sample", "0"]]
)
def test_bad_use_of_eval(repo, run, arguments):
    assert run("eval", *arguments)[0] == 2


# The process


def test_settings_that_are_wrong_are_told(repo, run, tmp_path):
    config = tmp_path / "config" / "assistant" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text("nonsense = 1\n")
    code, _, err = run("models", "list")
    assert code == 2
    assert "Unknown setting 'nonsense'" in err
