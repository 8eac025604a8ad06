"""A session's file: what was recorded is what is read, whatever happens to the file."""

import json
import os
import stat
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistant.sessions.file import SessionFile, read_entries
from assistant.sessions.records import (
    KINDS,
    Decided,
    Logged,
    Planned,
    Proposed,
    ReviewClosed,
    Selection,
    TaskBegan,
)
from assistant.sessions.state import state_of
from tests.sessions.kit import BY_KIND, NEW, RECORDS, candidate, proposal


def create(path: Path, largest: int = 2**20) -> SessionFile:
    path.unlink(missing_ok=True)
    return SessionFile.create(path, Path("/repo"), lambda: 5.0, largest)


def read(path: Path) -> list:
    return [entry.record for entry in read_entries(path.read_bytes())]


quick = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


@quick
@given(st.lists(RECORDS, max_size=6))
def test_what_is_recorded_is_what_is_read(tmp_path, records) -> None:
    path = tmp_path / "a.jsonl"
    file = create(path, 2**30)
    for record in records:
        assert file.add(record)
    file.close()
    assert read(path) == records


def test_every_kind_is_drawn_by_the_property() -> None:
    assert set(BY_KIND) == set(KINDS.values())


@quick
@given(st.lists(RECORDS, min_size=1, max_size=4), st.data())
def test_a_file_that_was_cut_anywhere_has_what_was_complete(tmp_path, records, data) -> None:
    path = tmp_path / "a.jsonl"
    file = create(path, 2**30)
    ends = []
    for record in records:
        file.add(record)
        ends.append(path.stat().st_size)
    file.close()
    cut = data.draw(st.integers(0, path.stat().st_size))
    os.truncate(path, cut)
    whole = [record for record, end in zip(records, ends, strict=True) if end <= cut]
    assert read(path) == whole

    file = SessionFile(path, lambda: 6.0)
    file.add(Logged("note", "later"))
    file.add(records[0])
    file.close()
    assert read(path) == [*whole, Logged("note", "later"), records[0]]


def test_a_record_without_its_line_feed_does_not_come_back(tmp_path) -> None:
    path = tmp_path / "a.jsonl"
    file = create(path)
    file.add(TaskBegan("round", "edit"))
    file.close()
    os.truncate(path, path.stat().st_size - 1)
    assert read(path) == []
    file = SessionFile(path, lambda: 6.0)
    file.add(Logged("note", "later"))
    file.close()
    assert read(path) == [Logged("note", "later")]


@quick
@given(st.binary(max_size=300), st.integers(0, 2**32))
def test_damage_costs_the_lines_that_it_hits(tmp_path, noise, seed) -> None:
    path = tmp_path / "a.jsonl"
    file = create(path)
    file.add(TaskBegan("round", "edit"))
    file.close()
    at = seed % (path.stat().st_size + 1)
    data = path.read_bytes()
    path.write_bytes(data[:at] + noise + data[at + len(noise) :])
    found = read(path)
    assert len(found) <= 1
    file = SessionFile(path, lambda: 6.0)
    file.add(Logged("note", "later"))
    file.close()
    assert read(path)[-1] == Logged("note", "later")


_CHILD = textwrap.dedent(
    """
    import os, sys
    from pathlib import Path
    from assistant.sessions.file import SessionFile
    from assistant.sessions.records import Proposed
    from tests.sessions.kit import candidate, proposal
    file = SessionFile.create(Path(sys.argv[1]), Path("/repo"), lambda: 1.0, 2**30)
    write, left = os.write, int(sys.argv[2])
    def half(fd, data):
        # Writes part of a line, and then waits for the kill.
        global left
        if fd == file._fd and len(data) > left >= 0:
            write(fd, bytes(data)[:left])
            print("written", flush=True)
            sys.stdin.read()
        if fd == file._fd:
            left -= len(data)
        return write(fd, data)
    os.write = half
    for number in range(1000):
        file.add(Proposed(proposal(candidate(number, b"%d" % number * 400))))
    """
)


@pytest.mark.parametrize("written", [0, 1, 700, 3_000, 20_011, 150_000])
def test_a_killed_process_loses_at_most_the_line_that_it_was_writing(tmp_path, written) -> None:
    path = tmp_path / "a.jsonl"
    child = subprocess.Popen(
        [sys.executable, "-P", "-c", _CHILD, path, str(written)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(Path.cwd())},
    )
    assert child.stdout.readline() == b"written\n"
    child.kill()
    child.communicate()
    assert child.returncode == -9

    data = path.read_bytes()
    complete = data[: data.rindex(b"\n") + 1].count(b'{"kind": "proposal"')
    found = read(path)
    assert [each.proposal.best.id for each in found] == list(range(complete))
    assert all(
        each == Proposed(proposal(candidate(n, b"%d" % n * 400))) for n, each in enumerate(found)
    )

    file = SessionFile(path, lambda: 2.0)  # the lock is free again
    file.add(Logged("note", "later"))
    file.close()
    assert read(path)[-1] == Logged("note", "later")
    assert len(read(path)) == complete + 1


def test_unknown_kinds_and_fields_of_a_later_version_are_skipped(tmp_path) -> None:
    path = tmp_path / "a.jsonl"
    file = create(path)
    file.add(Logged("note", "one"))
    file.close()
    row = json.loads(path.read_text().splitlines()[-1])
    row["record"]["colour"] = "red"
    more = [{"kind": "hologram", "time": 1, "record": {"x": 1}}, row]
    with path.open("a") as handle:
        handle.writelines(json.dumps(each) + "\n" for each in more)
    assert read(path) == [Logged("note", "one")] * 2


def test_a_missing_field_takes_its_default_and_a_wrong_one_costs_the_record(tmp_path) -> None:
    path = tmp_path / "a.jsonl"
    rows = [
        {"kind": "task", "time": 1, "record": {"task": "a", "kind": "ask"}},
        {"kind": "task", "time": 1, "record": {"task": 7, "kind": "ask"}},
        {"kind": "task", "time": 1, "record": {"kind": "ask"}},
        {"kind": "task", "time": "now", "record": {"task": "a", "kind": "ask"}},
        {"kind": "write", "time": 1, "record": {"verb": "burnt", "title": "a"}},
        {"kind": "selection", "time": 1, "record": {"items": [{"path": "a", "unit": True}]}},
        {"kind": "decisions", "time": 1, "record": {"candidate": True, "decisions": []}},
        {"kind": "decisions", "time": 1, "record": {"candidate": 0, "decisions": [["a"]]}},
        {"kind": "log", "time": 1, "record": [1]},
        {"kind": "log", "time": 1},
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert read(path) == [TaskBegan("a", "ask")]


def test_a_proposal_whose_content_is_missing_is_left_out(tmp_path) -> None:
    path = tmp_path / "a.jsonl"
    file = create(path)
    file.add(Proposed(proposal()))
    file.close()
    lines = path.read_bytes().splitlines(keepends=True)
    content = next(n for n, line in enumerate(lines) if b'"content"' in line)
    path.write_bytes(b"".join(lines[:content] + lines[content + 1 :]))
    assert read(path) == []

    file = SessionFile(path, lambda: 6.0)  # writes again what is missing
    file.add(Proposed(proposal()))
    file.close()
    assert read(path) == [Proposed(proposal())]


def test_content_is_stored_once(tmp_path) -> None:
    path = tmp_path / "a.jsonl"
    file = create(path)
    file.add(Proposed(proposal()))
    before = path.stat().st_size
    file.add(Proposed(proposal()))
    file.close()
    data = path.read_bytes()
    assert data.count(b'{"kind": "content"') == 4, "old, two candidates, and the file in context"
    assert b'{"kind": "content"' not in data[before:]


def test_the_file_is_private_and_open_in_one_process(tmp_path) -> None:
    path = tmp_path / "a.jsonl"
    file = create(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(BlockingIOError):
        SessionFile(path, lambda: 6.0)
    file.close()
    SessionFile(path, lambda: 6.0).close()


def test_a_link_is_not_followed(tmp_path) -> None:
    other = tmp_path / "other"
    other.write_text("")
    (tmp_path / "a.jsonl").symlink_to(other)
    with pytest.raises(OSError, match="symbolic"):
        SessionFile(tmp_path / "a.jsonl", lambda: 6.0)
    with pytest.raises(FileExistsError):
        SessionFile.create(tmp_path / "a.jsonl", Path("/repo"), lambda: 5.0)


def noise(number: int) -> bytes:
    return bytes(os.urandom(3_000)) + b"%d\n" % number


def test_a_full_session_keeps_what_is_open_and_what_came_last(tmp_path) -> None:
    path = tmp_path / "a.jsonl"
    largest = 60_000
    file = create(path, largest)
    file.add(TaskBegan("the first task", "edit"))
    selection = Selection(())
    file.add(selection)
    for number in range(40):
        file.add(Proposed(proposal(candidate(number, noise(number)))))
        file.add(ReviewClosed("rejected"))
        file.add(Logged("note", f"entry {number}"))
    plan = Planned("a plan", ())
    file.add(plan)
    kept = Proposed(proposal(candidate(99, noise(99))))
    decided = Decided(0, (), (("h", (b"a" * 500,)),))
    file.add(kept)
    file.add(decided)
    for number in range(400):
        file.add(Logged("note", f"later {number} " + "x" * 300))
    file.close()
    assert path.stat().st_size <= largest
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    found = read(path)
    assert [each for each in found if isinstance(each, Proposed)] == [kept]
    assert {selection, plan, decided} <= set(found)
    state = state_of(found)
    assert state.review.proposed == kept
    assert state.review.decided == (decided,)
    assert state.log[-1][1].startswith("later 399 ")
    assert "entry 0" not in [text for _, text in state.log]
    assert json.loads(path.read_text().splitlines()[0])["kind"] == "session"


def test_a_record_that_is_too_large_is_refused_and_the_rest_goes_on(tmp_path) -> None:
    path = tmp_path / "a.jsonl"
    file = create(path, 5_000)
    assert not file.add(Proposed(proposal(candidate(1, NEW * 400 + os.urandom(9_000)))))
    assert file.add(Logged("note", "small"))
    file.close()
    assert read(path) == [Logged("note", "small")]


def test_after_a_write_that_failed_in_the_middle_later_lines_are_read(
    tmp_path, monkeypatch
) -> None:
    path = tmp_path / "a.jsonl"
    file = create(path)
    write = os.write
    budget = [30]

    def full(fd: int, data: bytes) -> int:
        if budget[0] == 0:
            raise OSError(28, "No space left on device")
        done = write(fd, bytes(data)[: budget[0]])
        budget[0] -= done
        return done

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(OSError, match="No space"):
        file.add(Logged("note", "lost"))
    monkeypatch.setattr(os, "write", write)
    file.add(Logged("note", "kept"))
    file.close()
    assert read(path) == [Logged("note", "kept")]
