"""Evaluation as a command: results files, samples, comparison."""

import json
from pathlib import Path

import pytest

from assistant.headless.outcome import Kind
from tests.engine.server.fake import serving
from tests.headless.fakes import (
    OLD,
    SYNTAX,
    proposal,
    proposal_events,
)

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
    assert f"Results written to {out}" in text
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


@pytest.mark.parametrize(("option", "value"), [([], True), (["--no-generated-tests"], False)])
def test_an_evaluation_consents_to_generated_tests(repo, tasks, run, tmp_path, option, value):
    """It runs the answers anyway; the hidden check does."""
    file = tmp_path / "set.jsonl"
    file.write_text(json.dumps(TASK_ROW) + "\n")
    tasks[Kind.EDIT] = lambda request: proposal_events(proposal(SYNTAX))
    assert run("eval", str(file), "--out", str(tmp_path / "out.jsonl"), *option)[0] == 0
    assert [request.generated_tests for request in tasks["requests"]] == [value]


def test_results_on_a_server_are_named_after_its_model(repo, tasks, run, tmp_path, monkeypatch):
    monkeypatch.delenv("ASSISTANT_MODEL")
    file = tmp_path / "set.jsonl"
    file.write_text(json.dumps(TASK_ROW) + "\n")
    tasks[Kind.EDIT] = lambda request: proposal_events(proposal(SYNTAX))
    with serving() as fake:
        assert run("eval", str(file), "--engine", fake.url)[0] == 0
    assert json.loads(Path("set-coder-seed0.results.jsonl").read_text())["model"] == "coder"


def test_a_server_that_is_not_ready_fails_the_run_and_no_task(repo, run, tmp_path, monkeypatch):
    monkeypatch.delenv("ASSISTANT_MODEL")
    file, out = tmp_path / "set.jsonl", tmp_path / "results.jsonl"
    file.write_text(json.dumps(TASK_ROW) + "\n")
    with serving() as fake:
        fake.routes["/props"] = lambda handler, body: handler.json({"error": "Loading model"}, 503)
        code, _, err = run("eval", str(file), "--engine", fake.url, "--out", str(out))
    assert code == 3
    assert "is not ready (503): Loading model" in err
    assert not out.exists()
