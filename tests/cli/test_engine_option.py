"""--engine: where text goes is asked for, told and recorded, and failures cost nothing."""

import json
from typing import Any

import pytest

from assistant.checks.consent import Consents
from assistant.cli import composition
from assistant.engine.server.address import Address
from tests.engine.server.fake import Fake, Handler, serving


@pytest.fixture
def fake(repo, monkeypatch):
    monkeypatch.delenv("ASSISTANT_MODEL")
    with serving() as fake:
        yield fake


@pytest.fixture
def elsewhere(monkeypatch):
    """Makes the loopback address count as another machine."""
    monkeypatch.setattr(Address, "is_local", property(lambda self: False))


@pytest.fixture
def answer(monkeypatch):
    """The user sits at a terminal and gives this answer."""

    def answer(text: str) -> list[str]:
        asked: list[str] = []

        def prompt(question: str, **options: Any) -> str:
            asked.append(question)
            return text

        monkeypatch.setattr(composition, "terminal", lambda: True)
        monkeypatch.setattr("click.prompt", prompt)
        return asked

    return answer


def test_the_report_tells_where_the_text_went(fake, run):
    fake.replies.append("It adds numbers.")
    code, out, _ = run("ask", "--engine", f"{fake.url}/v1", "What does it do?")
    assert code == 0
    assert "It adds numbers." in out
    assert f"prompts went to {fake.url}" in out


def test_so_does_the_document(fake, run):
    fake.replies.append("It adds numbers.")
    _, out, _ = run("ask", "--json", "--engine", fake.url, "What does it do?")
    document = json.loads(out)
    assert (document["sent_to"], document["model"]) == (fake.url, "coder")


def test_the_setting_does_the_same(fake, run, monkeypatch):
    monkeypatch.setenv("ASSISTANT_ENGINE", fake.url)
    fake.replies.append("It adds numbers.")
    assert f"prompts went to {fake.url}" in run("ask", "What does it do?")[1]


def test_the_log_has_every_prompt(fake, run):
    assert "Sent to servers" not in run("log")[1]
    assert "Nothing has been sent" in run("log", "--sent")[1]
    fake.replies.append("It adds numbers.")
    run("ask", "--engine", fake.url, "What does it do?")
    summary = run("log")[1]
    assert f"{fake.url} (coder)  1 prompts" in summary
    assert "What does it do?" not in summary
    assert "What does it do?" in run("log", "--sent")[1]
    (sent,) = json.loads(run("log", "--json")[1])["sent"]
    assert (sent["address"], sent["model"]) == (fake.url, "coder")
    assert "text" not in sent


def test_without_log_probabilities_an_edit_shows_no_confidence(fake, run, repo):
    fake.replies += ["```python\ndef one():\n    return 1\n```"] * 9
    code, out, _ = run(
        "edit", "--engine", fake.url, "--file", "numbers.py::one", "--json", "--yes",
        "--no-tests", "--candidates", "1", "Make one return 1",
    )  # fmt: skip
    document = json.loads(out)
    assert code == 0
    assert document["written"] == ["numbers.py"]
    assert b"return 1" in (repo / "numbers.py").read_bytes()
    (candidate,) = document["proposal"]["candidates"]
    assert candidate["tokens"] > 0
    assert candidate["token_probability"] is None
    (change,) = candidate["changes"]
    assert change["doubts"] == []
    assert change["hunks"][0]["token_probability"] is None


def test_an_address_elsewhere_is_asked_for_once(fake, run, elsewhere, answer):
    asked = answer("a")
    fake.replies += ["Yes.", "Yes."]
    for _ in range(2):
        assert run("ask", "--engine", fake.url, "Is it good?")[0] == 0
    (question,) = asked
    assert f"Code of this repository will be sent to {fake.url}" in question


@pytest.mark.parametrize("arguments", [(), ("--json",)])
def test_without_consent_the_server_is_not_even_contacted(fake, run, elsewhere, answer, arguments):
    answer("n")
    code, _, err = run("ask", "--engine", fake.url, *arguments, "Is it good?")
    assert code == 1
    assert "you have not allowed that" in err
    assert fake.requests == []


def test_consent_for_once_is_not_stored(fake, run, repo, elsewhere, answer, tmp_path):
    answer("o")
    fake.replies.append("Yes.")
    assert run("ask", "--engine", fake.url, "Is it good?")[0] == 0
    assert not Consents(tmp_path / "state").may_send(repo, fake.url)


def test_consent_holds_for_one_repository_and_one_address(tmp_path):
    consents = Consents(tmp_path / "state")
    consents.allow_sending(tmp_path, "http://box:80")
    assert consents.may_send(tmp_path, "http://box:80")
    assert not consents.may_send(tmp_path, "http://other:80")
    assert not consents.may_send(tmp_path / "other", "http://box:80")
    consents.revoke(tmp_path)
    assert not consents.may_send(tmp_path, "http://box:80")


def test_a_trusted_server_is_not_asked_for(fake, run, elsewhere, monkeypatch):
    monkeypatch.setenv("ASSISTANT_ENGINE_TRUSTED", "yes")
    fake.replies.append("Yes.")
    assert run("ask", "--engine", fake.url, "Is it good?")[0] == 0


def test_the_key_comes_from_the_named_variable(fake, run, monkeypatch):
    monkeypatch.setenv("ASSISTANT_ENGINE_KEY_VARIABLE", "TEAM_KEY")
    monkeypatch.setenv("TEAM_KEY", "secret")
    fake.replies.append("Yes.")
    _, out, err = run("ask", "--engine", fake.url, "Is it good?")
    assert fake.requests[-1][2]["Authorization"] == "Bearer secret"
    assert "secret" not in out + err


def test_a_failed_task_writes_nothing_and_can_be_tried_again(fake, run, repo):
    def fail(handler: Handler, body: dict[str, Any]) -> None:
        handler.json({"error": {"message": "overloaded"}}, 500)

    before = (repo / "numbers.py").read_bytes()
    fake.replies += [fail, "It adds numbers."]
    code, _, err = run("ask", "--engine", fake.url, "What does it do?")
    assert code == 3
    assert "overloaded" in err
    assert "hint: " in err
    assert (repo / "numbers.py").read_bytes() == before
    assert run("ask", "--engine", fake.url, "What does it do?")[0] == 0


def test_a_bad_address_is_a_usage_error(repo, run):
    code, _, err = run("ask", "--engine", "box:8080", "Is it good?")
    assert code == 2
    assert "is not the address of a server" in err


def test_doctor_tells_what_is_missing_and_what_is_done_about_it(fake, run, monkeypatch):
    monkeypatch.setattr("assistant.engine.server.diagnosis.USUAL_PORTS", ())
    code, out, _ = run("doctor", "--engine", fake.url)
    assert code != 3
    assert "OpenAI-compatible server" in out
    assert "no confidence is shown" in out
    assert "asked for once more" in out


def test_doctor_finds_servers_on_this_machine(fake: Fake):
    from assistant.engine.server.diagnosis import find_servers, found_rows

    port = Address.parse(fake.url).port
    found = find_servers((port,))
    (row,) = found_rows(found)
    assert row.name == fake.url
    assert row.hint == f"Use it with --engine {fake.url}"
    assert all(not body for _, body, _ in fake.requests)  # nothing was asked of a model
    (row,) = found_rows(find_servers(()))
    assert row.name == "none"


def test_doctor_tells_that_a_server_is_down(repo, run, monkeypatch):
    monkeypatch.setattr("assistant.engine.server.diagnosis.USUAL_PORTS", ())
    with serving() as gone:
        url = gone.url
    code, out, _ = run("doctor", "--engine", url)
    assert code == 3
    assert "connection was refused" in out


def test_a_chosen_server_is_the_only_one_that_tasks_contact(fake, run):
    with serving() as other:
        fake.replies.append("Yes.")
        run("ask", "--engine", fake.url, "Is it good?")
        assert other.requests == []
    assert isinstance(fake, Fake)
