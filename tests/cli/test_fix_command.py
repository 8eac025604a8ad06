"""Fix: which command runs, and what it goes by."""

from assistant.checks.results import CommandResult
from assistant.headless.outcome import Kind
from assistant.solving.events import NothingToFix
from tests.headless.fakes import (
    SYNTAX,
    TESTS,
    proposal,
    proposal_events,
)


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
    assert "not allowed it to run" in err
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
