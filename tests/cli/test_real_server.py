"""Plan, edit, fix and ask through the command line, on llama.cpp's server with the real 0.5B."""

import json

import pytest

from tests.small_project import make_small_project

pytestmark = pytest.mark.weights


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A small repository to stand in, with a state of its own."""
    root = make_small_project(tmp_path / "project")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("ASSISTANT_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.chdir(root)
    return root


@pytest.fixture
def ask_server(project, llama_server, run):
    """Runs a task on the server: the exit code and the JSON document."""

    def ask_server(kind, *arguments):
        code, out, _ = run(
            kind, "--engine", llama_server.url, "--json", "--candidates", "1", *arguments
        )
        document = json.loads(out)
        assert document["sent_to"] == llama_server.url
        assert document["model"] == "qwen2.5-coder-0.5b-instruct-q4_k_m"
        return code, document

    return ask_server


def test_doctor_shows_what_the_server_can(project, llama_server, run):
    _, out, _ = run("doctor", "--engine", llama_server.url, "--json")
    document = json.loads(out)
    assert document["ready"] is True
    rows = {row["name"]: row["value"] for row in document["rows"] if row["topic"] == "server"}
    assert rows["kind"].startswith("llama.cpp")
    assert rows["context"] == "2,048 tokens"
    assert rows["grammars"] == rows["log-probabilities"] == "yes"


def test_a_question_is_answered(ask_server):
    code, document = ask_server("ask", "--file", "parity.py", "What does double do?")
    assert code == 0
    assert document["answer"]


def test_a_plan_names_what_is_there(ask_server):
    code, document = ask_server("plan", "Write longer docstrings in greeting.py and parity.py")
    assert code == 0
    paths = {step["path"] for step in document["plan"]["steps"]}
    assert paths <= {"greeting.py", "parity.py", "test_parity.py"}
    assert "greeting.py" in paths


def test_an_edit_is_written(ask_server, project):
    code, document = ask_server(
        "edit", "--file", "greeting.py", "--no-tests", "--yes",
        "In greet, say Welcome instead of Hello.",
    )  # fmt: skip
    assert code == 0
    assert document["written"] == ["greeting.py"]
    assert "Welcome" in (project / "greeting.py").read_text()


def test_a_fix_is_verified_written_and_logged(ask_server, project, run, llama_server):
    code, document = ask_server("fix", "--check", "python -m unittest -q", "--yes")
    assert code == 0
    assert document["proposal"]["verdict"] == "verified"
    assert document["proposal"]["candidates"][0]["token_probability"] is not None
    assert "number % 2 == 0" in (project / "parity.py").read_text()
    _, out, _ = run("log", "--sent")
    assert llama_server.url in out
    assert "return number % 2 == 1" in out
