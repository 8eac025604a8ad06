"""Earlier writes from the command line: looked at, undone and redone by number."""

import itertools
import json
from datetime import datetime

import pytest

from assistant.apply.origin import Origin
from assistant.apply.writer import Writer
from assistant.cli import composition
from assistant.proposal.changes import Change
from assistant.review.decisions import Decision, Review

KEY = "ghp_" + "q8Zk3vTb9XwLm2Rd7Yc5Hn4Jg6Pf1Ks0abcd"
TEXTS = [
    b"a\n1\nb\n2\nc\n",
    b"A\n1\nb\n2\nc\n",
    b"A\n1\nb\n2\nC " + KEY.encode() + b"\x1b[31m\n",
]


@pytest.fixture
def written(repo):
    """Two writes to a file; its path."""
    file = repo / "letters.txt"
    file.write_bytes(TEXTS[0])
    writer = Writer(repo, composition.load_settings().state_dir)
    for old, new in itertools.pairwise(TEXTS):
        review = Review.of("Capitals", (Change("letters.txt", old, new),))
        writer.apply(review.decide_all(Decision.ACCEPTED).reviewed())
    return file


def test_the_diff_of_a_write_is_shown_without_keys_and_escapes(written, run):
    code, out, _ = run("log", "--diff", "1")
    assert code == 0
    assert "-a\n+A\n" in out
    assert "C" not in out
    second = run("log", "--diff", "2")[1]
    assert "+C REDACTED_GITHUB_TOKEN\\x1b[31m\n" in second
    document = json.loads(run("log", "--diff", "1", "--json")[1])
    assert (document["id"], "-a\n+A\n" in document["diff"]) == ("000001", True)


def test_the_list_has_task_files_hunks_checks_model_and_time(repo, run):
    change = Change("new.txt", None, b"a\n")
    review = Review.of("A file", (change,)).decide_all(Decision.ACCEPTED)
    origin = Origin(
        "write a\x1b[31m file\nwith a", "tiny", "tests pass", ("pytest: passed, 2 passed",)
    )
    writer = composition.open_writer(repo, composition.load_settings())
    entry = writer.apply(review.reviewed(), origin)
    when = f"{datetime.fromtimestamp(entry.time).astimezone():%Y-%m-%d %H:%M}"
    assert run("log")[1].splitlines() == [
        f"000001  {when}  applied  A file",
        "        task: write a\\x1b[31m file",
        "        new.txt",
        "        1 hunk",
        "        checks: tests pass",
        "          pytest: passed, 2 passed",
        "        model: tiny",
    ]
    (document,) = json.loads(run("log", "--json")[1])["entries"]
    found = {key: document[key] for key in ("hunks", "model", "verdict", "checks")}
    assert found == {
        "hunks": 1,
        "model": "tiny",
        "verdict": "tests pass",
        "checks": ["pytest: passed, 2 passed"],
    }


def test_the_limit_of_the_history_is_a_setting(repo, run, monkeypatch):
    monkeypatch.setenv("ASSISTANT_UNDO_MEGABYTES", "0")
    writer = composition.open_writer(repo, composition.load_settings())
    for name in ("a", "b"):
        change = Change(name, None, b"text\n")
        writer.apply(Review.of(name, (change,)).decide_all(Decision.ACCEPTED).reviewed())
    assert [entry.title for entry in writer.entries()] == ["b"]
    monkeypatch.setenv("ASSISTANT_UNDO_MEGABYTES", "-1")
    code, _, err = run("log")
    assert code == 2
    assert "expected 0 or more" in err


def test_an_earlier_write_is_undone_and_redone_by_its_number(written, run):
    code, out, _ = run("undo", "1")
    assert (code, out) == (0, "Undone: Capitals (letters.txt)\n")
    assert written.read_bytes() == TEXTS[2].replace(b"A", b"a", 1)
    assert run("redo", "1")[:2] == (0, "Redone: Capitals (letters.txt)\n")
    assert written.read_bytes() == TEXTS[2]


@pytest.mark.parametrize("arguments", [("undo", "9"), ("redo", "9"), ("log", "--diff", "9")])
def test_a_number_that_is_not_there_is_an_error(written, run, arguments):
    code, out, err = run(*arguments)
    assert (code, out) == (1, "")
    assert "There is no write with the number 9 here." in err
    assert "hint: `assistant log` lists them" in err
    assert written.read_bytes() == TEXTS[2]


def test_the_diff_of_a_file_for_secrets_shows_no_value(repo, run):
    old, new = b"DB_PASSWORD=abcdef\nPORT=1\n", b"DB_PASSWORD=ghijkl\nPORT=2\n"
    (repo / ".env").write_bytes(old)
    review = Review.of("Port", (Change(".env", old, new),)).decide_all(Decision.ACCEPTED)
    Writer(repo, composition.load_settings().state_dir).apply(review.reviewed())
    out = run("log", "--diff", "1")[1]
    assert "+PORT=2" in out
    assert "abcdef" not in out
    assert "ghijkl" not in out
    assert out.count("REDACTED_SECRET_VALUE") == 2
