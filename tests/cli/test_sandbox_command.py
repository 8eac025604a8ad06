"""`assistant sandbox -- COMMAND` runs as a check would, and says how it is confined."""

import json

import pytest

from assistant.checks import sandbox
from assistant.checks.gaps import gaps


def test_the_output_the_status_and_the_confinement_are_printed(repo, run):
    code, out, err = run("sandbox", "--", "sh", "-c", "cat numbers.py; echo '\x1b[31mred'; exit 3")
    assert code == 1
    assert out.startswith((repo / "numbers.py").read_text())
    assert out.endswith("\\x1b[31mred\n")
    assert err.startswith("Exit status 3 after ")
    how = sandbox.detect()
    assert f"Confined by: {how}. Not kept out:" in err
    assert all(f"  - {each}" in err for each in gaps(how))


def test_what_it_writes_does_not_reach_the_repository(repo, run):
    code, out, _ = run("sandbox", "sh", "-c", "rm numbers.py; touch new; ls")
    assert (code, out) == (0, "new\n")
    assert (repo / "numbers.py").exists()
    assert not (repo / "new").exists()


def test_a_document(repo, run):
    code, out, _ = run("sandbox", "--json", "--", "sh", "-c", "echo hello")
    found = json.loads(out)
    assert code == 0
    assert (found["exit_code"], found["output"], found["timed_out"]) == (0, "hello\n", False)
    assert found["confinement"] == sandbox.detect()
    assert found["not_kept_out"] == list(gaps(sandbox.detect()))


def test_the_time_limit_and_signals(repo, run):
    code, _, err = run("sandbox", "--timeout", "0.5", "--", "sleep", "60")
    assert code == 1
    assert err.startswith("Ended by the time limit after ")
    code, _, err = run("sandbox", "--", "sh", "-c", "kill -9 $$")
    assert code == 1
    assert err.startswith("Ended by signal 9 after ")


def test_without_a_sandbox_it_wants_the_option(repo, run, monkeypatch):
    monkeypatch.setattr(sandbox, "detect", lambda: "limits only")
    code, out, err = run("sandbox", "--", "echo", "hello")
    assert (code, out) == (1, "")
    assert "There is no sandbox on this machine" in err
    assert "--limits-only" in err
    code, out, err = run("sandbox", "--limits-only", "--", "echo", "hello")
    assert (code, out) == (0, "hello\n")
    assert "your files: it runs with your permissions" in err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("sandbox",), "Missing argument 'COMMAND...'"),
        (("sandbox", "--", "no-such-program-here"), "no-such-program-here"),
        (("sandbox", "--timeout", "0", "--", "true"), "0.1"),
    ],
)
def test_what_cannot_run_is_an_error(repo, run, arguments, said):
    code, out, err = run(*arguments)
    assert code in (1, 2)
    assert out == ""
    assert said in err
