"""The sessions commands, --continue and --resume."""

import json
from pathlib import Path

import pytest

from assistant.cli import composition
from assistant.sessions.records import Answered, Proposed, TaskBegan, TaskEnded
from assistant.sessions.store import SessionStore
from tests.sessions.kit import proposal


@pytest.fixture
def store(repo) -> SessionStore:
    return SessionStore(composition.load_settings().state_dir, Path.cwd())


@pytest.fixture
def session(store) -> str:
    return stored(store, "round it")


def stored(store: SessionStore, task: str) -> str:
    file = store.create()
    for record in (
        TaskBegan(task, "edit"),
        Answered("q", "red \x1b[31m <b>"),
        Proposed(proposal()),
        TaskEnded(),
    ):
        file.add(record)
    file.close()
    return file.path.stem


def test_the_list(run, session):
    code, out, _ = run("sessions", "list")
    assert code == 0
    assert out.startswith(session)
    assert out.rstrip().endswith("1 task  round it  [proposal open]")
    document = json.loads(run("sessions", "list", "--json")[1])
    assert [each["id"] for each in document["sessions"]] == [session]


def test_an_empty_list(run, repo):
    assert run("sessions", "list")[1] == "There are no sessions of this repository.\n"


def test_show_prints_it_sanitized(run, session):
    code, out, _ = run("sessions", "show", session[-4:])
    assert code == 0
    assert "/edit round it" in out
    assert "    +    return round(sum(items), 2)" in out
    assert "\x1b" not in out


def test_an_unknown_session_is_a_usage_error(run, repo):
    for command in ("show", "export", "delete"):
        code, _, err = run("sessions", command, "nothing")
        assert code == 2
        assert "There is no session 'nothing'" in err


def test_export(run, session, tmp_path):
    assert "```diff" in run("sessions", "export", session)[1]
    out = tmp_path / "page.html"
    code, printed, err = run("sessions", "export", session, "--format", "html", "--out", str(out))
    assert (code, printed) == (0, "")
    assert str(out) in err
    assert "&lt;b&gt;" in out.read_text()
    code, _, err = run("sessions", "export", session, "--out", str(out))
    assert code == 2
    assert "exists already" in err


def test_delete_one_and_all(run, store, session):
    others = [stored(store, "a"), stored(store, "b")]
    assert run("sessions", "delete", session)[0] == 0
    assert {each.id for each in store.summaries()} == set(others)
    code, _, err = run("sessions", "delete", "--all")
    assert code == 2
    assert "--yes" in err
    assert len(store.summaries()) == 2
    code, out, _ = run("sessions", "delete", "--all", "--yes")
    assert (code, out) == (0, "Deleted: 2\n")
    assert store.summaries() == ()


@pytest.mark.parametrize("answer", [True, False])
def test_deleting_all_asks_in_a_terminal(run, store, session, monkeypatch, answer):
    monkeypatch.setattr(composition, "terminal", lambda: True)
    monkeypatch.setattr("click.confirm", lambda *a, **k: answer)
    assert run("sessions", "delete", "--all")[0] == (0 if answer else 1)
    assert bool(store.summaries()) is not answer


@pytest.mark.parametrize("arguments", [(), ("abcd", "--all")])
def test_delete_needs_one_or_all(run, repo, arguments):
    assert run("sessions", "delete", *arguments)[0] == 2


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((), ""),
        (("--continue",), "last"),
        (("--resume",), "list"),
        (("--resume", "abcd"), "abcd"),
        (("--resume=abcd", "--theme", "x"), "abcd"),
    ],
)
def test_what_the_interface_reopens(run, repo, monkeypatch, arguments, expected):
    opened = []
    monkeypatch.setattr(composition, "terminal", lambda: True)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    monkeypatch.setattr(
        "assistant.cli.interface.open_interface",
        lambda folder, settings, reopen: opened.append(reopen) or 0,
    )
    assert run(*arguments)[0] == 0
    assert opened == [expected]


def test_one_of_continue_and_resume(run, repo):
    assert run("--continue", "--resume", "abcd")[0] == 2
    assert run("--continue", "sessions", "list")[0] == 2
