"""The sessions of a repository: listing, finding, deleting, limits; and the recorder."""

import errno
import json
import os
import stat
from pathlib import Path

import pytest

from assistant.context.bundle import Selected
from assistant.errors import UsageError
from assistant.sessions.file import SessionFile
from assistant.sessions.recorder import Recorder
from assistant.sessions.records import (
    Decided,
    Logged,
    Planned,
    Proposed,
    ReviewClosed,
    Selection,
    TaskBegan,
    TaskEnded,
    Wrote,
)
from assistant.sessions.store import Limits, SessionStore
from assistant.solving.events import Step, StepState, Verb
from tests.sessions.kit import candidate, proposal

STEPS = tuple(Step(n, Verb.EDIT, "a.py", "", "do", StepState.ACCEPTED) for n in (1, 2))


@pytest.fixture
def store(tmp_path) -> SessionStore:
    return SessionStore(tmp_path / "state", tmp_path / "repo")


def stored(store: SessionStore, *records, at: float | None = None) -> str:
    file = store.create()
    for record in records:
        file.add(record)
    file.close()
    if at is not None:
        os.utime(file.path, (at, at))
    return file.path.stem


def test_a_summary_says_what_was_left_open(store) -> None:
    done = Planned("t", (STEPS[0], Step(2, Verb.EDIT, "a.py", "", "do", StepState.DONE)))
    cases = {
        "": (TaskBegan("  \n round it\nplease", "edit"), TaskEnded()),
        "interrupted": (TaskBegan("round it", "edit"),),
        "proposal open": (TaskBegan("round it", "edit"), Proposed(proposal()), TaskEnded()),
        "0 of 2 steps done": (TaskBegan("round it", "plan"), Planned("t", STEPS), TaskEnded()),
        "1 of 2 steps done": (TaskBegan("round it", "plan"), done, TaskEnded()),
    }
    closings = (ReviewClosed(), Wrote("applied", "t", ("a.py",)))
    for state, records in cases.items():
        summary = store.summary(stored(store, *records))
        assert (summary.title, summary.state, summary.tasks) == ("round it", state, 1)
    for closing in closings:
        records = (TaskBegan("round it", "edit"), Proposed(proposal()), closing, TaskEnded())
        assert store.summary(stored(store, *records)).state == ""
    undone = (TaskBegan("a", "edit"), Proposed(proposal()), Wrote("undone", '"applied"'))
    assert store.summary(stored(store, *undone, TaskEnded())).state == "proposal open"


def test_a_session_without_words_is_named_after_its_command(store) -> None:
    assert store.summary(stored(store, TaskBegan("", "fix"))).title == "/fix"
    assert store.summary(stored(store, Wrote("applied", "t"))).title == "no task"


def test_a_title_is_one_line_without_control_characters(store) -> None:
    title = store.summary(stored(store, TaskBegan("red\x1b[31m\tx", "ask"))).title
    assert title == "red\\x1b[31m\\tx"


def test_the_session_that_was_written_to_last_comes_first(store) -> None:
    ids = [stored(store, TaskBegan(str(n), "ask"), at=at) for n, at in enumerate((5, 9, 7))]
    assert [each.id for each in store.summaries()] == [ids[1], ids[2], ids[0]]


def test_sessions_belong_to_one_repository(tmp_path, store) -> None:
    session = stored(store, TaskBegan("a", "ask"))
    other = SessionStore(tmp_path / "state", tmp_path / "other")
    assert other.summaries() == ()
    with pytest.raises(UsageError, match="no session"):
        other.records(session)


def test_folders_and_files_are_private_whatever_they_were(tmp_path, store) -> None:
    (tmp_path / "state/sessions").mkdir(parents=True, mode=0o755)
    stored(store, TaskBegan("a", "ask"))
    for path in (tmp_path / "state/sessions").rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)
    assert stat.S_IMODE((tmp_path / "state/sessions").stat().st_mode) == 0o700


def test_a_session_is_found_by_the_begin_or_the_end_of_its_id(store) -> None:
    session = stored(store, TaskBegan("a", "ask"))
    assert store.find(session) == store.find(session[:10]) == store.find(session[-4:]) == session
    stored(store, TaskBegan("b", "ask"))
    with pytest.raises(UsageError, match="2 sessions match"):
        store.find(session[:2])
    for wrong in ("", "x", "../" + session):
        with pytest.raises(UsageError):
            store.find(wrong)


@pytest.mark.parametrize("wrong", ["", "../../etc/passwd", "20200101-000000-abcd", "x"])
def test_only_ids_of_this_repository_are_read_or_deleted(tmp_path, store, wrong) -> None:
    for call in (store.open, store.records, store.summary, store.delete):
        with pytest.raises(UsageError, match="There is no session"):
            call(wrong)


def test_an_open_session_is_neither_opened_again_nor_deleted(store) -> None:
    file = store.create()
    with pytest.raises(UsageError, match="open in another window"):
        store.open(file.path.stem)
    with pytest.raises(UsageError, match="is open"):
        store.delete(file.path.stem)
    stored(store, TaskBegan("a", "ask"))
    assert store.delete_all() == 1
    assert [each.id for each in store.summaries()] == [file.path.stem]
    file.close()
    store.delete(file.path.stem)
    assert store.summaries() == ()
    assert list(store.folder.iterdir()) == []


def test_a_session_of_a_later_version_is_listed_and_not_read(store) -> None:
    session = stored(store, TaskBegan("a", "ask"), TaskEnded())
    path = store.folder / f"{session}.jsonl"
    first, *rest = path.read_text().splitlines(keepends=True)
    path.write_text("".join([json.dumps({**json.loads(first), "format": 2}) + "\n", *rest]))
    assert store.summary(session).state == "of a later version"
    for call in (store.open, store.records):
        with pytest.raises(UsageError, match="later version"):
            call(session)


def test_the_oldest_sessions_over_the_limits_are_removed(tmp_path) -> None:
    store = SessionStore(tmp_path, tmp_path / "repo", limits=Limits(sessions=3))
    ids = [stored(store, TaskBegan(str(n), "ask"), at=n) for n in range(5)]
    assert [each.id for each in store.summaries()] == [ids[4], ids[3], ids[2]]

    held = store.open(ids[2])
    stored(store, TaskBegan("5", "ask"), at=5)
    assert ids[2] in {each.id for each in store.summaries()}, "it is open"
    held.close()

    large = Logged("note", "x" * 9_000)
    store = SessionStore(tmp_path, tmp_path / "large", limits=Limits(size=20_000))
    ids = [stored(store, TaskBegan(str(n), "ask"), large, at=n) for n in range(5)]
    assert [each.id for each in store.summaries()] == [ids[4], ids[3], ids[2]]


# The recorder


class Reports(list):
    def __call__(self, text: str) -> None:
        self.append(text)


@pytest.fixture
def reports() -> Reports:
    return Reports()


@pytest.fixture
def recorder(store, reports):
    recorder = Recorder(lambda: store, reports)
    yield recorder
    recorder.close()


def records(store: SessionStore) -> list:
    return list(store.records(store.summaries()[0].id))


def test_a_session_begins_with_a_task_and_has_what_was_there_before(store, recorder) -> None:
    recorder.add(Selection((Selected("old.py"),)))
    recorder.add(Selection((Selected("a.py"),)))
    recorder.add(Logged("note", "hello"))
    recorder.add(ReviewClosed())
    assert recorder.session == ""
    assert store.summaries() == ()
    recorder.add(TaskBegan("a", "ask"))
    assert recorder.session == store.summaries()[0].id
    selection = Selection((Selected("a.py"),))
    assert records(store) == [selection, Logged("note", "hello"), TaskBegan("a", "ask")]


def test_what_has_not_changed_is_not_recorded_again(store, recorder) -> None:
    decided = Decided(0, ())
    for record in (TaskBegan("a", "edit"), Proposed(proposal()), decided, decided):
        recorder.add(record)
    assert len(records(store)) == 3
    recorder.add(Proposed(proposal(candidate(7))))
    recorder.add(decided)
    assert records(store)[-1] == decided, "it is about another proposal now"


def test_going_on_appends_to_the_same_session(store, recorder, reports) -> None:
    recorder.add(TaskBegan("a", "edit"))
    recorder.add(Selection((Selected("a.py"),)))
    recorder.add(Planned("t", STEPS))
    session = recorder.session
    recorder.close()
    recorder.add(TaskBegan("another", "ask"))
    recorder.go_on(recorder.read(session))
    recorder.add(Selection((Selected("a.py"),)))
    recorder.add(Planned("t", STEPS))
    recorder.add(TaskBegan("b", "edit"))
    expected = [
        TaskBegan("a", "edit"),
        Selection((Selected("a.py"),)),
        Planned("t", STEPS),
        TaskEnded("interrupted"),
        TaskBegan("b", "edit"),
    ]
    assert list(store.records(session)) == expected
    with pytest.raises(UsageError, match="open already"):
        recorder.read(session)
    assert len(store.summaries()) == 2
    assert reports == []


def test_a_full_disk_is_reported_once_and_stops_nothing(
    store, recorder, reports, monkeypatch
) -> None:
    recorder.add(TaskBegan("a", "ask"))

    def full(self, record):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(SessionFile, "add", full)
    assert recorder.keeps
    recorder.add(Logged("note", "b"))
    recorder.add(Logged("note", "c"))
    assert reports == ["This session cannot be stored: No space left on device."]
    assert not recorder.keeps


def test_a_proposal_that_is_too_large_is_reported_and_closes_the_one_before(
    tmp_path, reports
) -> None:
    store = SessionStore(tmp_path, tmp_path / "repo", limits=Limits(largest=20_000))
    recorder = Recorder(lambda: store, reports)
    recorder.add(TaskBegan("a", "edit"))
    recorder.add(Proposed(proposal()))
    recorder.add(Proposed(proposal(candidate(1, os.urandom(30_000)))))
    recorder.close()
    assert records(store)[-1] == ReviewClosed("too large to be stored")
    assert reports == ["This proposal is too large to be kept when the program ends."]


def test_without_a_repository_nothing_is_stored(tmp_path, reports) -> None:
    recorder = Recorder(lambda: None, reports)
    recorder.add(TaskBegan("a", "ask"))
    assert recorder.session == ""
    with pytest.raises(UsageError):
        recorder.read("20200101-000000-abcd")
    assert reports == []


def test_a_file_that_cannot_be_read_is_an_error(store, recorder, monkeypatch) -> None:
    session = stored(store, TaskBegan("a", "ask"))

    def unreadable(self, *arguments):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", unreadable)
    with pytest.raises(UsageError, match="cannot be read: Permission denied"):
        recorder.read(session)
