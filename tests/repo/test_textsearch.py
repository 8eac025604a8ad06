"""Searching the repository, with git and with ripgrep's output."""

import base64
import json
import shutil
import subprocess
from pathlib import Path

import pytest

from assistant.errors import RepositoryError, UsageError
from assistant.repo import textsearch
from assistant.repo.git import Repository
from assistant.repo.searchoutput import Hit, git_hit, hit_of, ripgrep_hit
from assistant.repo.textsearch import MOST_PER_FILE, Query, TextSearch


@pytest.fixture
def repository(tmp_path) -> Repository:
    root = tmp_path / "repository"
    files = {
        ".gitignore": b"ignored.txt\n",
        "a.py": b"total = 1\nprint(Total, total)\r\nx = (1)\n",
        "folder with space/b.txt": b"caf\xe9 total\n",
        "ignored.txt": b"total\n",
        ".env": b"total=secret\n",
        "binary": b"\0total\n",
        "many.txt": b"many\n" * (MOST_PER_FILE + 5),
        "long.js": b"x" * 5_000 + b"needle" + b"y" * 5_000 + b"\n",
    }
    for path, data in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(data)
    subprocess.run(["git", "init", "-q", root], check=True)
    return Repository.open(root)


programs = pytest.mark.parametrize(
    "program",
    [
        "git",
        pytest.param("rg", marks=pytest.mark.skipif(not shutil.which("rg"), reason="no ripgrep")),
    ],
)


@pytest.fixture
def found(repository, monkeypatch):
    def search(program: str, text: str, *, regex: bool = False, most: int = 2_000):
        if program == "git":
            monkeypatch.setattr(textsearch, "_ripgrep", lambda folder: "")
        run = TextSearch(repository.git, Query(text, regex), most=most)
        hits = sorted((h for b in run.batches() for h in b), key=lambda h: (h.path, h.line))
        return hits, run.limited

    return search


@programs
def test_hits_have_place_text_and_what_matched(found, program) -> None:
    hits, limited = found(program, "total")
    assert hits == [
        Hit("a.py", 1, 0, "total = 1", ((0, 5),)),
        Hit("a.py", 2, 6, "print(Total, total)", ((6, 11), (13, 18))),
        Hit("folder with space/b.txt", 1, 5, "caf\udce9 total", ((5, 10),)),
    ], "ignored and binary files and secrets are left out"
    assert not limited


@programs
def test_an_upper_case_letter_makes_case_count(found, program) -> None:
    hits, _ = found(program, "Total")
    assert [(hit.line, hit.spans) for hit in hits] == [(2, ((6, 11),))]


@programs
def test_text_is_literal_unless_asked_otherwise(found, program) -> None:
    assert [hit.line for hit in found(program, "(1)")[0]] == [3]
    assert found(program, "tot[a-z]+", regex=True)[0][0].spans == ((0, 5),)
    assert found(program, "tot[a-z]+")[0] == []


@programs
def test_a_regular_expression_that_is_none_is_said(found, program) -> None:
    with pytest.raises(UsageError, match="no regular expression") as raised:
        found(program, "(", regex=True)
    assert "ctrl+t" in raised.value.hint


@programs
def test_the_number_of_hits_is_limited(found, program) -> None:
    hits, limited = found(program, "many")
    assert len(hits) == MOST_PER_FILE
    assert limited
    hits, limited = found(program, "a", most=2)
    assert len(hits) == 2
    assert limited


@programs
def test_a_long_line_is_cut_around_its_match(found, program) -> None:
    (hit,) = found(program, "needle")[0]
    start, end = hit.spans[0]
    assert hit.text[start:end] == "needle"
    assert hit.column == 5_000
    assert len(hit.text) <= 300


def test_a_search_that_was_stopped_ends_without_an_error(repository) -> None:
    search = TextSearch(repository.git, Query("total"))
    search.stop()
    assert list(search.batches()) == []


def test_stopping_ends_the_program(repository, monkeypatch, tmp_path) -> None:
    data = {"path": {"text": "./a.py"}, "lines": {"text": "x"}, "line_number": 1, "submatches": []}
    record = json.dumps({"type": "match", "data": data})
    (tmp_path / "record").write_text(record + "\n")
    endless = tmp_path / "rg"
    endless.write_text(f"#!/bin/sh\nexec cat '{tmp_path}/record' /dev/zero\n")
    endless.chmod(0o755)
    monkeypatch.setattr(textsearch, "_ripgrep", lambda folder: str(endless))
    search = TextSearch(repository.git, Query("x"))
    batches = search.batches()
    assert next(batches)[0].path == "a.py"
    process = search._process
    search.stop()
    assert list(batches) == []
    assert process.poll() is not None


def test_a_program_that_cannot_start_is_an_error(repository, monkeypatch) -> None:
    monkeypatch.setattr(textsearch, "_ripgrep", lambda folder: str(Path("/nowhere/rg")))
    with pytest.raises(RepositoryError, match="cannot be started"):
        list(TextSearch(repository.git, Query("x")).batches())


def test_ripgrep_inside_the_repository_is_not_run(repository, monkeypatch) -> None:
    fake = repository.root / "rg"
    fake.write_text("#!/bin/sh\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{repository.root}:/usr/bin:/bin")
    assert textsearch._ripgrep(repository.root) != str(fake)


def test_ripgreps_messages_are_read() -> None:
    def message(kind: str, path: dict, line: dict, spans) -> bytes:
        matches = [{"start": a, "end": b} for a, b in spans]
        data = {"path": path, "lines": line, "line_number": 7, "submatches": matches}
        return json.dumps({"type": kind, "data": data}).encode()

    plain = message("match", {"text": "./a/b.py"}, {"text": "über x\r\n"}, [(6, 7)])
    assert ripgrep_hit(plain) == Hit("a/b.py", 7, 5, "über x", ((5, 6),))
    raw = {"bytes": base64.b64encode(b"\xff x\n").decode()}
    odd = message("match", {"bytes": base64.b64encode(b"./\xe9").decode()}, raw, [(2, 3)])
    assert ripgrep_hit(odd) == Hit("\udce9", 7, 2, "\udcff x", ((2, 3),))
    for other in (
        message("begin", {"text": "a"}, {"text": ""}, []),
        b"",
        b"{}",
        b"[1]",
        b"nonsense",
    ):
        assert ripgrep_hit(other) is None


def test_lines_of_git_that_are_no_hits_are_skipped() -> None:
    assert git_hit(b"Binary file x matches") is None
    assert git_hit(b"a.py\0notanumber\0x") is None
    assert git_hit(b"a.py\x003\0x\x1b[7my\x1b[mz\r") == Hit("a.py", 3, 1, "xyz", ((1, 2),))


def test_spans_outside_the_shown_part_are_dropped() -> None:
    hit = hit_of("a", 1, "ab" + "-" * 400, [(0, 2), (399, 401)])
    assert hit.spans == ((0, 2),)
