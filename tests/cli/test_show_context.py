"""`--show-context`: what would be sent, without sending it."""

import json

import pytest

from assistant.solving.events import AnswerReady


@pytest.mark.parametrize("kind", ["ask", "edit", "plan"])
def test_the_parts_are_printed_and_no_task_runs(repo, run, tasks, kind) -> None:
    code, out, _ = run(kind, "what does one() return?", "--file", "numbers.py", "--show-context")
    assert code == 0
    lines = out.splitlines()
    assert [line.split()[1] for line in lines[:-1]] == ["instructions:", "numbers.py:", "task:"]
    assert "you selected it (whole" in lines[1]
    assert lines[-1].endswith("Nothing was sent.")
    assert tasks["requests"] == []


def test_the_document_has_the_text_of_each_part(repo, run, tasks) -> None:
    arguments = ("--file", "numbers.py", "--show-context", "--json")
    _, out, _ = run("ask", "what does one() return?", *arguments)
    document = json.loads(out)
    (part,) = (part for part in document["parts"] if part["path"])
    assert part["name"] == "numbers.py"
    assert (repo / "numbers.py").read_text() in part["text"]
    assert document["tokens"] == sum(each["tokens"] for each in document["parts"])


def test_a_file_that_is_absent_is_an_error(run, tasks, repo) -> None:
    code, _, err = run("ask", "what is this?", "--file", "absent.py", "--show-context")
    assert code == 2
    assert "absent.py" in err


def test_an_answer_is_followed_by_the_places_that_were_read(run, tasks, repo) -> None:
    from assistant.headless.outcome import Kind

    tasks[Kind.ASK] = [AnswerReady("It returns 1.", ("numbers.py:1 one",))]
    _, out, _ = run("ask", "what does one() return?")
    assert "It returns 1.\nlooked in numbers.py:1 one\n" in out
    _, out, _ = run("ask", "what does one() return?", "--json")
    assert json.loads(out)["places"] == ["numbers.py:1 one"]
