"""From doctor to an applied fix through the command line, on llama.cpp's server with the real 0.5B.

`make test-vllm VLLM=http://127.0.0.1:8000` does the same on a vLLM that serves a model for code.
"""

import json
import os

import pytest

from assistant.engine.server import diagnosis
from assistant.engine.server.address import Address
from assistant.engine.server.connection import Connection
from assistant.engine.server.engine import shown_model
from assistant.engine.server.probing import probe
from tests.small_project import make_small_project

pytestmark = pytest.mark.weights

VLLM = os.environ.get("ASSISTANT_TEST_VLLM", "")


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A small repository to stand in, with a state of its own."""
    root = make_small_project(tmp_path / "project")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("ASSISTANT_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.chdir(root)
    return root


@pytest.fixture(params=["llama.cpp", *(["vLLM"] if VLLM else [])])
def server(request):
    url = VLLM if request.param == "vLLM" else request.getfixturevalue("llama_server").url
    found = probe(Connection(Address.parse(url)))
    assert found.kind.value == request.param
    return found


@pytest.fixture
def ask_server(project, server, run):
    """Runs a task on the server: the exit code and the JSON document."""

    def ask_server(kind, *arguments):
        url = server.address.text
        code, out, _ = run(kind, "--engine", url, "--json", "--candidates", "1", *arguments)
        document = json.loads(out)
        assert document["sent_to"] == url
        assert document["model"] == shown_model(server)
        return code, document

    return ask_server


def test_doctor_finds_the_server(project, server, run, monkeypatch):
    monkeypatch.setattr(diagnosis, "USUAL_PORTS", (server.address.port,))
    _, out, _ = run("doctor", "--json")
    rows = json.loads(out)["rows"]
    (row,) = [row for row in rows if row["topic"] == "servers on this machine"]
    assert row["name"] == server.address.text
    assert row["value"] == f"{server.kind.value}: {server.model}"
    assert row["hint"] == f"Use it with --engine {server.address.text}"


def test_doctor_shows_what_the_server_can(project, server, run):
    _, out, _ = run("doctor", "--engine", server.address.text, "--json")
    document = json.loads(out)
    assert document["ready"] is True
    rows = {row["name"]: row["value"] for row in document["rows"] if row["topic"] == "server"}
    assert rows["kind"].startswith(server.kind.value)
    assert rows["context"] == f"{server.context_tokens:,} tokens"
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


def test_a_fix_is_verified_written_and_logged(ask_server, project, run, server):
    code, document = ask_server("fix", "--check", "python -m unittest -q", "--yes")
    assert code == 0
    assert document["proposal"]["verdict"] == "verified"
    assert document["proposal"]["candidates"][0]["token_probability"] is not None
    assert "number % 2 == 0" in (project / "parity.py").read_text()
    _, out, _ = run("log", "--sent")
    assert server.address.text in out
    assert "return number % 2 == 1" in out
