"""How the commands are called: arguments, errors, where one stands."""

import json
import os
import subprocess
import sys

import pytest

from assistant.headless.outcome import Kind
from tests.headless.fakes import (
    SYNTAX,
    plan_events,
    plan_of,
    proposal,
    proposal_events,
)


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
        (["--model", "m", "edit", "x"], "Put the options of a command after its name."),
        ([], "The interface needs a terminal"),
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
        "hint": "Describe what to do, or pass - to read the task from stdin.",
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


def test_folders_can_be_put_in_context(repo, tasks, run, monkeypatch):
    (repo / "sub").mkdir()
    monkeypatch.chdir(repo / "sub")
    tasks[Kind.EDIT] = proposal_events(proposal(SYNTAX))
    assert run("edit", "x", "--file", "../sub/", "--file", "..")[0] == 0
    assert [each.path for each in tasks["requests"][0].selection] == ["sub", "."]


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


def test_settings_that_are_wrong_are_told(repo, run, tmp_path):
    config = tmp_path / "config" / "assistant" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text("nonsense = 1\n")
    code, _, err = run("models", "list")
    assert code == 2
    assert "Unknown setting 'nonsense'" in err


@pytest.mark.parametrize(
    ("option", "config", "value"),
    [([], "", False), (["--generated-tests"], "", True), ([], "generated_tests = true\n", True)],
)
def test_generated_tests_need_consent(repo, tasks, run, tmp_path, option, config, value):
    file = tmp_path / "config" / "assistant" / "config.toml"
    file.parent.mkdir(parents=True)
    file.write_text(config)
    tasks[Kind.EDIT] = proposal_events(proposal(SYNTAX))
    run("edit", "Count from one.", *option)
    assert [request.generated_tests for request in tasks["requests"]] == [value]


@pytest.mark.parametrize(
    ("option", "config", "value"),
    [
        ([], "", False),
        (["--tests"], "", True),
        ([], "tests = true\n", True),
        (["--no-tests"], "tests = true\n", False),
    ],
)
def test_tests_of_the_repository_need_consent(repo, tasks, run, tmp_path, option, config, value):
    file = tmp_path / "config" / "assistant" / "config.toml"
    file.parent.mkdir(parents=True)
    file.write_text(config)
    tasks[Kind.EDIT] = proposal_events(proposal(SYNTAX))
    run("edit", "Count from one.", *option)
    assert [request.tests for request in tasks["requests"]] == [value]
