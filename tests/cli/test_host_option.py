"""--host on a real sshd: where text goes is asked for, told and recorded; weights stay there."""

import json
import sys

import pytest

from assistant.cli import composition
from assistant.cli.interface import named
from assistant.engine.base import Token
from assistant.engine.remote.received import Received
from assistant.headless.scratch import make_repository
from assistant.settings import Settings
from assistant.version import __version__
from tests.ssh_box import Line, free_port

MODEL = "qwen2.5-coder-0.5b"


@pytest.fixture
def there(repo, box, tmp_path, tiny_model, monkeypatch):
    """A box with the program and the tiny model; its user may send code there."""
    monkeypatch.setenv("ASSISTANT_MODEL", str(tiny_model))
    monkeypatch.setenv("ASSISTANT_CONTEXT_TOKENS", "2048")
    monkeypatch.setenv("ASSISTANT_ENGINE_TRUSTED", "yes")
    box.has_assistant(ASSISTANT_CACHE_DIR=str(tmp_path / "cache there"))
    return box


def test_the_report_the_document_and_the_log_tell_where_the_text_went(there, run, tmp_path):
    code, out, err = run("ask", "--host", "box", "--json", "What does it do?")
    assert code == 0, err
    document = json.loads(out)
    assert document["sent_to"] == "ssh://box"
    assert "ssh://box (" in run("log")[1]
    assert "What does it do?" in run("log", "--sent")[1]
    here = [path.name for path in (tmp_path / "cache").rglob("*") if path.is_file()]
    assert here == ["tokenizer.json"]  # no weights


def test_the_setting_does_the_same(there, run, monkeypatch):
    there.point_to(free_port())
    monkeypatch.setenv("ASSISTANT_HOST", "ssh://box")
    assert "box cannot be reached" in run("ask", "What does it do?")[2]


def answered(monkeypatch, answer):
    """The user sits at a terminal and gives this answer; the questions."""
    asked = []

    def prompt(question, **options):
        asked.append(question)
        return answer

    monkeypatch.setattr(composition, "terminal", lambda: True)
    monkeypatch.setattr("click.prompt", prompt)
    return asked


def test_it_is_asked_for_once(there, run, monkeypatch):
    monkeypatch.delenv("ASSISTANT_ENGINE_TRUSTED")
    asked = answered(monkeypatch, "a")
    there.point_to(free_port())
    for _ in range(2):
        assert run("ask", "--host", "box", "Is it good?")[0] == 3
    (question,) = asked
    assert "Code of this repository will be sent to ssh://box" in question


@pytest.mark.parametrize("arguments", [(), ("--json",)])
def test_without_consent_nothing_connects(there, run, monkeypatch, arguments):
    monkeypatch.delenv("ASSISTANT_ENGINE_TRUSTED")
    answered(monkeypatch, "n")
    line = Line(there.port)
    there.point_to(line.port)
    code, _, err = run("ask", "--host", "box", *arguments, "Is it good?")
    line.close()
    assert code == 1
    assert "would be sent to ssh://box, and you have not allowed that" in err
    assert line.connections == 0


def test_a_box_that_cannot_be_reached_ends_the_command(there, run):
    there.point_to(free_port())
    code, _, err = run("ask", "--host", "box", "Is it good?")
    assert code == 3
    assert "box cannot be reached" in err
    assert "hint: " in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--host", "-oProxyCommand=x"), "is not the name of a machine"),
        (("--host", "box", "--engine", "http://127.0.0.1:1"), "not to both"),
    ],
)
def test_a_bad_name_and_two_places_are_usage_errors(repo, run, arguments, message):
    code, _, err = run("ask", *arguments, "Is it good?")
    assert code == 2
    assert message in err


def test_doctor_tells_what_the_box_is_and_has(there, run, monkeypatch):
    monkeypatch.setattr("assistant.engine.server.diagnosis.USUAL_PORTS", ())
    code, out, _ = run("doctor", "--host", "box")
    assert code == 0
    assert "ssh://box" in out
    assert f"{__version__}, as here" in out
    there_only = out.partition("ssh://box")[2].partition("\ncomputer")[0]
    assert "processor" in there_only
    assert "weights" in there_only


def test_doctor_tells_how_to_get_the_model_there(there, run, monkeypatch):
    monkeypatch.setattr("assistant.engine.server.diagnosis.USUAL_PORTS", ())
    code, out, _ = run("doctor", "--host", "box", "--model", MODEL)
    assert code == 3
    assert f"ssh box assistant models pull {MODEL}" in out


def test_doctor_tells_that_a_box_does_not_answer(there, run, monkeypatch):
    monkeypatch.setattr("assistant.engine.server.diagnosis.USUAL_PORTS", ())
    there.point_to(free_port())
    code, out, _ = run("doctor", "--json", "--host", "box")
    assert code == 3
    assert "cannot be reached" in out
    assert json.loads(out)["host"] == "box"


@pytest.mark.parametrize("arguments", [(), ("--stdio", "--install", "box")])
def test_the_worker_command_wants_one_purpose(run, arguments):
    code, _, err = run("worker", *arguments)
    assert code == 2
    assert "--stdio or --install" in err


def test_the_interface_names_a_host_like_a_server():
    settings = Settings(engine="http://127.0.0.1:1", model="m")
    chosen = named(settings, "ssh://user@box big")
    assert (chosen.host, chosen.engine, chosen.model) == ("ssh://user@box", "", "big")
    assert named(chosen, "http://127.0.0.1:2").host == ""
    assert named(chosen, "local").elsewhere == ""
    assert named(chosen, "") == chosen


@pytest.mark.weights
def test_a_fix_whose_line_is_cut_in_the_middle_of_an_answer(
    repo, box, run, weights_dir, tmp_path, monkeypatch
):
    (repo / "sums.py").write_text("def total(a, b):\n    return a - b\n")
    (repo / "test_sums.py").write_text(
        "import unittest\n\nfrom sums import total\n\n\n"
        "class TotalTest(unittest.TestCase):\n"
        "    def test_total(self):\n        self.assertEqual(total(2, 3), 5)\n"
    )
    make_repository(repo)
    monkeypatch.setenv("ASSISTANT_ENGINE_TRUSTED", "yes")
    box.has_assistant(ASSISTANT_CACHE_DIR=str(tmp_path / "cache there"))
    resumed = cut_at_the_third_token(box, monkeypatch)
    code, out, err = run(
        "fix", "--host", "box", "--model", str(weights_dir), "--yes", "--json",
        "--candidates", "1", "--check", f"{sys.executable} -B -m unittest -q",
    )  # fmt: skip
    assert code == 0, out + err
    document = json.loads(out)
    assert document["proposal"]["verdict"] == "verified"
    assert document["written"] == ["sums.py"]
    assert document["sent_to"] == "ssh://box"
    assert "a + b" in (repo / "sums.py").read_text()
    assert resumed
    assert all(count >= 3 for count in resumed)


def cut_at_the_third_token(box, monkeypatch):
    """Kills the connection once, and collects after how many tokens each request went on."""
    resumed, seen = [], []
    take, rest = Received.take, Received.rest

    def taking(self, event):
        if isinstance(event, Token):
            seen.append(event)
            if len(seen) == 3:
                box.cut()
        return take(self, event)

    def resting(self):
        request = rest(self)
        if request.resumed:
            resumed.append(len(request.resumed))
        return request

    monkeypatch.setattr(Received, "take", taking)
    monkeypatch.setattr(Received, "rest", resting)
    return resumed
