"""The JSON document: what README.md beside the code describes."""

import json
import re
from dataclasses import replace
from pathlib import Path

import assistant.headless
from assistant.checks.results import CommandResult, Failure, Frame
from assistant.context.bundle import Context, ContextFile
from assistant.errors import ModelError
from assistant.headless.document import render, render_error
from assistant.headless.outcome import Figures, Kind, Outcome, Written
from assistant.proposal.changes import Change
from assistant.solving.values import Tokens
from tests.headless.fakes import OLD, SYNTAX, TESTS, plan_of, proposal

EDIT = Outcome(
    Kind.EDIT,
    "Count from one",
    "tiny",
    7,
    proposal=proposal(SYNTAX, TESTS),
    written=Written("entry-1", ("numbers.py",)),
    figures=Figures(256, 20, 12, 1, 1.5),
)


def test_the_document_of_an_edit():
    document = json.loads(render(EDIT))
    proposed = document.pop("proposal")
    assert document == {
        "format": 2,
        "kind": "edit",
        "task": "Count from one",
        "model": "tiny",
        "seed": 7,
        "sent_to": None,
        "context": None,
        "plan": None,
        "answer": None,
        "places": [],
        "before": None,
        "failures": [],
        "nothing_to_fix": False,
        "applied": True,
        "undo": "entry-1",
        "written": ["numbers.py"],
        "problem": None,
        "figures": {
            "prompt_tokens": 256,
            "tokens": 20,
            "drafted": 12,
            "candidates": 1,
            "seconds": 1.5,
            "thought": 0,
        },
        "results": [],
        "exit_code": 0,
    }
    best = proposed["candidates"][0]
    assert (proposed["verdict"], best["verdict"], best["votes"]) == ("verified", "verified", 2)
    assert (best["lost"], best["unwritten"]) == ([], [])
    assert best["token_probability"] == 0.9048
    change = best["changes"][0]
    assert (change["path"], change["kind"], change["renamed_from"]) == (
        "numbers.py",
        "modify",
        None,
    )
    assert change["diff"].startswith("diff --git a/numbers.py b/numbers.py\n")
    assert change["hunks"] == [
        {
            "id": "numbers.py#1",
            "line": 2,
            "old": ["    return 2\n"],
            "new": ["    return 1\n"],
            "token_probability": 0.25,
        },
        {
            "id": "numbers.py#2",
            "line": 6,
            "old": ["    return 3\n"],
            "new": ["    return 2\n"],
            "token_probability": 0.81,
        },
    ]
    assert change["doubts"] == [{"line": 2, "start": 11, "end": 12, "probability": 0.25}]
    assert best["checks"][1] == {
        "name": "tests",
        "status": "passed",
        "detail": "2 passed",
        "output": "",
        "proves": True,
        "covers": True,
        "rank": 0.0,
        "seconds": 0.25,
    }


def test_a_plan_carried_out_holds_a_document_per_step():
    outcome = Outcome(Kind.PLAN, "t", "tiny", 0, plan=plan_of(("a.py", "f")), steps=(EDIT,))
    document = json.loads(render(outcome))
    assert document["plan"]["steps"] == [
        {
            "id": 1,
            "verb": "edit",
            "path": "a.py",
            "unit": "f",
            "sentence": "Change f",
            "state": "proposed",
        }
    ]
    assert document["results"][0]["undo"] == "entry-1"


def test_what_a_fix_started_from():
    before = CommandResult(("pytest", "-q"), 1, "1 failed", 0.5, sandbox="bubblewrap")
    failure = Failure("test_one", "2 != 1", (Frame("a.py", 3, "one"),))
    document = json.loads(render(replace(EDIT, kind=Kind.FIX, before=before, failures=(failure,))))
    assert document["before"]["argv"] == ["pytest", "-q"]
    assert document["before"]["passed"] is False
    assert document["failures"] == [
        {
            "name": "test_one",
            "message": "2 != 1",
            "frames": [{"path": "a.py", "line": 3, "function": "one"}],
        }
    ]


def test_nothing_in_it_can_reach_the_terminal_or_get_lost():
    dirty = b"\x1b]52;c;aGk=\x07 \x7f \xff \xe2\x80\xae\n"
    text = render(replace(EDIT, proposal=proposal(path="a\x1b.py", old=OLD, new=dirty)))
    assert re.fullmatch(r"[\n -~]*", text)
    lines = json.loads(text)["proposal"]["candidates"][0]["changes"][0]["hunks"][0]["new"]
    assert lines[0].encode("utf-8", "surrogateescape") == dirty


def test_the_document_of_an_error():
    error = ModelError("The weights are absent.", hint="Pull them.")
    assert json.loads(render_error(error)) == {
        "format": 2,
        "error": {
            "kind": "ModelError",
            "message": "The weights are absent.",
            "hint": "Pull them.",
            "exit_code": 3,
        },
    }


def test_every_key_is_described():
    described = (Path(assistant.headless.__file__).parent / "README.md").read_text("utf-8")
    outcome = replace(EDIT, plan=plan_of(("a.py", "f")), steps=(EDIT,))
    before = CommandResult(("pytest",), 1, "", 0.5)
    outcome = replace(outcome, before=before, failures=(Failure("f", "m", (Frame("a", 1),)),))
    missing = {key for key in _keys(json.loads(render(outcome))) if f"`{key}`" not in described}
    assert missing == set()


def _keys(value):
    match value:
        case dict():
            for key, inner in value.items():
                yield key
                yield from _keys(inner)
        case list():
            for inner in value:
                yield from _keys(inner)


def test_a_change_that_the_model_did_not_write_has_no_token_probability() -> None:
    made = replace(proposal(TESTS).best, tokens=Tokens())
    shown = replace(EDIT, proposal=replace(proposal(), candidates=(made,)))
    assert json.loads(render(shown))["proposal"]["candidates"][0]["token_probability"] is None


def test_without_log_probabilities_there_is_no_token_probability() -> None:
    made = replace(proposal(TESTS).best, tokens=Tokens(20, None))
    shown = replace(EDIT, proposal=replace(proposal(), candidates=(made,)))
    assert json.loads(render(shown))["proposal"]["candidates"][0]["token_probability"] is None


def test_the_document_says_what_was_read():
    whole = ContextFile("a.py", "a = 1\n", (), 7)
    part = ContextFile("b.py", "⋮\n", (), 9, whole=False, shown=("one", "two"), full_tokens=4100)
    context = Context((whole, part), "c.py", 3, 19, 100, ("d.py",))
    document = json.loads(render(replace(EDIT, context=context)))
    assert document["context"] == {
        "tokens": 19,
        "budget": 100,
        "outline_tokens": 3,
        "files": [
            {"path": "a.py", "tokens": 7, "whole": True, "file_tokens": 7, "units": None},
            {
                "path": "b.py",
                "tokens": 9,
                "whole": False,
                "file_tokens": 4100,
                "units": ["one", "two"],
            },
        ],
        "unread": ["d.py"],
    }


def test_keys_and_passwords_are_not_in_the_document():
    key = "ghp_" + "q8Zk3vTb9XwLm2Rd7Yc5Hn4Jg6Pf1Ks0abcd"
    changes = (
        Change("client.py", b"a = 1\n", f"a = '{key}'\n".encode()),
        Change(".env", b"DB_PASSWORD=abcdef\nPORT=1\n", b"DB_PASSWORD=abcdef\nPORT=2\n"),
    )
    found = proposal(SYNTAX)
    best = replace(found.best, changes=changes)
    outcome = replace(
        EDIT, task=f"Use {key}", answer=key, proposal=replace(found, candidates=(best,))
    )
    text = render(outcome)
    assert key not in text
    assert "abcdef" not in text
    assert "DB_PASSWORD=REDACTED_SECRET_VALUE" in text
    assert "PORT=2" in text
    (candidate,) = json.loads(text)["proposal"]["candidates"]
    assert candidate["changes"][0]["hunks"][0]["new"] == ["a = 'REDACTED_GITHUB_TOKEN'\n"]
    assert json.loads(render_error(ModelError(f"No {key}.")))["error"]["message"] == (
        "No REDACTED_GITHUB_TOKEN."
    )
