"""Secrets on the command line: asked for, kept out of records, and not sent elsewhere."""

import json
from pathlib import Path

import pytest

from assistant.apply.writer import Writer
from assistant.cli import composition
from assistant.engine.server.address import Address
from assistant.headless.outcome import Kind
from assistant.proposal.changes import Change
from assistant.review.decisions import Decision, Review
from assistant.solving.events import AnswerReady
from tests.engine.server.fake import serving

KEY = "ghp_" + "q8Zk3vTb9XwLm2Rd7Yc5Hn4Jg6Pf1Ks0abcd"
NAME = "REDACTED_GITHUB_TOKEN_1"
ENV = "PORT=8080\nDB_PASSWORD=abcdef\n"


@pytest.fixture
def secret(repo: Path) -> Path:
    (repo / ".env").write_text(ENV)
    (repo / "client.py").write_text(f"import os\n\nTOKEN = '{KEY}'\n")
    return repo


@pytest.fixture
def asked(secret, tasks):
    """The selections of the questions that were run."""
    tasks[Kind.ASK] = [AnswerReady("It connects.")]
    return lambda: [each.selection for each in tasks["requests"]]


@pytest.fixture
def elsewhere(monkeypatch):
    """Makes the loopback address count as another machine that is trusted."""
    monkeypatch.setattr(Address, "is_local", property(lambda self: False))
    monkeypatch.setenv("ASSISTANT_ENGINE_TRUSTED", "1")


@pytest.fixture
def fake(secret, monkeypatch):
    monkeypatch.delenv("ASSISTANT_MODEL")
    with serving() as fake:
        yield fake


@pytest.mark.parametrize(
    ("path", "said"),
    [
        (".env", ".env is a file for secrets by its name"),
        (".env::block 1", ".env is a file for secrets by its name"),
        ("client.py", "client.py:3 looks like it has a secret (GitHub token)"),
        (".", "client.py:3 looks like it has a secret (GitHub token)"),
    ],
)
def test_without_a_terminal_secrets_need_the_option(asked, run, path, said):
    code, out, err = run("ask", "--file", path, "What does it do?")
    assert (code, asked()) == (2, [])
    assert f"error: {said}." in err
    assert "--allow-secrets" in err
    assert KEY not in out + err
    code, out, _ = run("ask", "--file", path, "--allow-secrets", "What does it do?")
    assert (code, len(asked())) == (0, 1)


def test_other_files_need_nothing(asked, run):
    assert run("ask", "--file", "numbers.py", "What does it do?")[0] == 0
    assert len(asked()) == 1


@pytest.mark.parametrize("answer", [True, False])
def test_at_a_terminal_it_is_a_question(asked, run, monkeypatch, answer):
    questions = []

    def confirm(question, **options):
        questions.append(question)
        return answer

    monkeypatch.setattr(composition, "terminal", lambda: True)
    monkeypatch.setattr("click.confirm", confirm)
    code, *_ = run("ask", "--file", "client.py", "--file", ".env", "What does it do?")
    assert (code, len(asked())) == ((0, 1) if answer else (2, 0))
    (question,) = questions
    assert "client.py:3 looks like it has a secret (GitHub token); .env is a file for" in question
    assert KEY not in question


def test_a_document_is_not_interrupted_by_a_question(asked, run, monkeypatch):
    monkeypatch.setattr(composition, "terminal", lambda: True)
    monkeypatch.setattr("click.confirm", lambda *_, **__: pytest.fail("asked"))
    code, out, _ = run("ask", "--json", "--file", ".env", "What does it do?")
    assert (code, asked()) == (2, [])
    assert json.loads(out)["error"]["kind"] == "ContextError"


def test_what_goes_to_another_machine_has_placeholders_and_the_answer_the_key(fake, run, elsewhere):
    fake.replies.append(f"The token is {NAME}.")
    question = f"What is {KEY} for?"
    selection = ("--file", "client.py", "--file", ".env", "--allow-secrets")
    code, out, _ = run("ask", *selection, "--engine", fake.url, question)
    assert code == 0
    sent = repr(fake.requests)
    assert NAME in sent
    assert "DB_PASSWORD=REDACTED_SECRET_VALUE_2" in sent
    assert KEY not in sent
    assert "abcdef" not in sent
    assert f"The token is {KEY}." in out


def test_a_server_on_this_machine_reads_the_key_and_the_record_has_none(fake, run):
    fake.replies.append("It connects.")
    selection = ("--file", "client.py", "--file", ".env", "--allow-secrets")
    assert run("ask", *selection, "--engine", fake.url, f"What is {KEY} for?")[0] == 0
    assert KEY in repr(fake.requests)
    assert "DB_PASSWORD=abcdef" in repr(fake.requests)
    stored = "".join(p.read_text() for p in (fake_state() / "sent").iterdir())
    for text in (stored, run("log", "--sent")[1], run("log", "--sent", "--json")[1]):
        assert "REDACTED_GITHUB_TOKEN" in text
        assert KEY not in text
        assert "abcdef" not in text


def fake_state() -> Path:
    return composition.load_settings().state_dir


def test_records_of_earlier_versions_are_redacted_when_they_are_shown(secret, run):
    from assistant.engine.server.record import SentLog

    log = SentLog(fake_state(), secret)
    row = {"time": 1.0, "address": "a", "model": "m", "tokens": 1, "text": f"key {KEY}"}
    log._file.parent.mkdir(parents=True)
    log._file.write_text(json.dumps(row) + "\n")
    for arguments in (("log", "--sent"), ("log", "--sent", "--json")):
        assert KEY not in run(*arguments)[1]
        assert "REDACTED_GITHUB_TOKEN" in run(*arguments)[1]


def test_the_history_of_writes_has_no_key_in_its_titles(secret, run):
    change = Change("client.py", (secret / "client.py").read_bytes(), f"T = '{KEY}'\n".encode())
    review = Review.of(f"Use {KEY}", (change,), ()).decide_all(Decision.ACCEPTED)
    writer = Writer(secret, fake_state())
    writer.apply(review.reviewed())
    assert (secret / "client.py").read_text() == f"T = '{KEY}'\n"
    assert "Use REDACTED_GITHUB_TOKEN" in run("log")[1]
    stored = fake_state() / "undo"
    assert KEY not in "".join(p.read_text() for p in stored.rglob("entries/*"))
    run("undo")
    assert KEY in (secret / "client.py").read_text(), "what undo restores is exact"
