"""The conversation in lines, from the command line to written files, through pipes and a pty."""

import contextlib
import io
import os
import pty
import sys
import termios

import pytest

from assistant.cli import composition, main
from assistant.headless.outcome import Kind
from assistant.solving.events import AnswerReady, NothingToFix, Phase, PhaseStarted
from tests.headless.fakes import NEW, OLD, TESTS, plan_events, plan_of, proposal, proposal_events


@pytest.fixture
def talk(repo, run, monkeypatch):
    """Types lines into `assistant --plain`: exit code, what was said, and errors."""

    def talk(lines: str):
        monkeypatch.setattr(sys, "stdin", io.StringIO(lines))
        return run("--plain")

    return talk


def test_an_edit_is_written_change_by_change(talk, repo, tasks):
    tasks[Kind.EDIT] = lambda request: proposal_events(proposal(TESTS))
    code, out, err = talk("edit count from one\ny\nn\n")
    assert (code, err) == (0, "")
    assert (repo / "numbers.py").read_bytes() == OLD.replace(b"return 2", b"return 1", 1)
    assert "Removed, line 2:     return 2\nAdded:     return 1\n" in out
    assert "Verdict: verified" in out
    assert "@@" not in out
    assert tasks["requests"][0].task == "count from one"


def test_what_was_written_can_be_undone_and_redone(talk, repo, tasks):
    tasks[Kind.EDIT] = lambda request: proposal_events(proposal(TESTS))
    _, out, _ = talk("edit count\na\nundo\nredo\nundo\n")
    assert (repo / "numbers.py").read_bytes() == OLD
    assert "Undone: Count from one." in out
    assert "Redone: Count from one." in out


def test_nothing_to_undo_is_an_error_and_not_the_end(talk, tasks):
    code, out, _ = talk("undo\nhelp\n")
    assert code == 0
    assert "Error: " in out
    assert "Control C stops a task." in out


def test_the_chosen_steps_of_a_plan_are_carried_out(talk, repo, tasks):
    tasks[Kind.PLAN] = plan_events(plan_of(("numbers.py", "one"), ("numbers.py", "two")))
    tasks[Kind.EDIT] = lambda request: proposal_events(proposal(TESTS))
    _, out, _ = talk("count from one\ny\nn\na\n")
    assert (repo / "numbers.py").read_bytes() == NEW
    assert [request.step and request.step.unit for request in tasks["requests"]] == [None, "one"]
    assert "1. done: edit numbers.py::one" in out


def test_a_plan_of_which_nothing_is_chosen_writes_nothing(talk, repo, tasks):
    tasks[Kind.PLAN] = plan_events(plan_of(("numbers.py", "one")))
    talk("count from one\nd\n")
    assert (repo / "numbers.py").read_bytes() == OLD


def test_a_mention_selects_a_file(talk, tasks):
    tasks[Kind.ASK] = [PhaseStarted(Phase.ANSWERING), AnswerReady("Because.")]
    _, out, _ = talk("ask why does @numbers.py count\n")
    assert [item.path for item in tasks["requests"][0].selection] == ["numbers.py"]
    assert "Because.\n" in out


def test_a_command_after_fix_is_run_and_words_are_a_description(talk, tasks):
    from assistant.checks.results import CommandResult

    tasks[Kind.FIX] = lambda request: [NothingToFix(CommandResult(("true",), 0, "", 0.1))]
    _, out, _ = talk("fix true\ntraceback\nError: x\n.\n")
    first, second = tasks["requests"]
    assert (first.check.text, first.task) == ("true", "")
    assert (second.check, second.pasted) == (None, "Error: x\n")
    assert "Nothing to fix" in out


def test_a_found_command_needs_consent(talk, repo, tasks):
    (repo / "Cargo.toml").write_text('[package]\nname = "a"\n')
    _, out, _ = talk("fix\nn\n")
    assert tasks["requests"] == []
    assert "Type a for always here, o for once, n for no:" in out
    assert "What to do: " in out


def test_it_is_not_an_option_of_a_command(run):
    code, _, err = run("--plain", "doctor")
    assert code == 2
    assert "Put the options of a command after its name." in err


def everything_from(terminal: int) -> bytes:
    """Reads what was written to a terminal whose other end is closed."""
    pieces = []
    with contextlib.suppress(OSError):  # the end
        while piece := os.read(terminal, 4096):
            pieces.append(piece)
    os.close(terminal)
    return b"".join(pieces)


def test_on_a_terminal_there_are_no_escape_sequences(repo, tasks, monkeypatch):
    """No colours, no cursor movement, no spinner: what a terminal receives is lines of text."""
    tasks[Kind.EDIT] = lambda request: proposal_events(proposal(TESTS))
    tasks[Kind.ASK] = [PhaseStarted(Phase.ANSWERING), AnswerReady("Because.")]
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.delenv("NO_COLOR", raising=False)
    ours, theirs = pty.openpty()
    attributes = termios.tcgetattr(theirs)
    attributes[3] &= ~termios.ECHO
    termios.tcsetattr(theirs, termios.TCSANOW, attributes)
    os.write(ours, b"edit count\ny\nn\nask why\nquit\n")
    with (
        os.fdopen(theirs, "r", closefd=False) as stdin,
        os.fdopen(theirs, "w", closefd=False) as out,
    ):
        monkeypatch.setattr(sys, "stdin", stdin)
        monkeypatch.setattr(sys, "stdout", out)
        monkeypatch.setattr(sys, "stderr", out)
        assert composition.terminal()
        with pytest.raises(SystemExit) as end:
            main(["--plain"])
    os.close(theirs)
    text = everything_from(ours).decode()
    assert end.value.code == 0
    assert "Added:     return 1" in text
    assert "Because." in text
    assert "\x1b" not in text
    assert "\r" not in text.replace("\r\n", "\n")
    assert (repo / "numbers.py").read_bytes() == OLD.replace(b"return 2", b"return 1", 1)


def test_a_file_for_secrets_is_asked_for(talk, repo, tasks):
    (repo / ".env").write_text("DB_PASSWORD=abcdef\n")
    tasks[Kind.ASK] = [AnswerReady("It connects.")]
    _, out, _ = talk("ask what is in @.env\nn\nask what is in @.env\ny\n")
    assert out.count(".env is a file for secrets by its name. Let the model read it?") == 2
    assert "Error: .env is a file for secrets by its name." in out
    assert len(tasks["requests"]) == 1
