"""The history and the content store are persistent, limited in size and verified."""

import hashlib
import json
import os
from pathlib import Path

import pytest

from assistant.apply import journal as module
from assistant.apply.journal import Entry, EntryState, Image, Journal, Prepared, Step
from assistant.apply.system import System
from assistant.errors import ApplyError


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    journal = Journal(tmp_path / "j", System())
    journal.open()
    return journal


def _committed(journal: Journal, data: bytes) -> Entry:
    step = Step("p\udcff/ä", None, Image(journal.put(data), 0o644))
    entry = journal.next_entry("title", (step,), "")
    journal.commit(entry)
    return entry


def test_an_entry_round_trips(journal: Journal) -> None:
    first, second = _committed(journal, b"1"), _committed(journal, b"2")
    assert journal.entries() == (first, second)
    assert [entry.id for entry in journal.entries()] == ["000001", "000002"]


def test_the_journal_round_trips(journal: Journal) -> None:
    entry = _committed(journal, b"1")
    prepared = Prepared("t1", entry.steps, ("d", "d/e"), entry)
    assert journal.prepared() is None
    journal.prepare(prepared)
    assert journal.prepared() == prepared
    assert not journal.committed(prepared)
    journal.finish()
    journal.finish()
    assert journal.prepared() is None


def test_stored_content_is_verified(journal: Journal) -> None:
    digest = journal.put(b"data")
    assert journal.get(digest) == b"data"
    (journal.folder / "objects" / digest).write_bytes(b"Data")
    with pytest.raises(ApplyError, match="damaged") as caught:
        journal.get(digest)
    assert caught.value.hint
    assert journal.put(b"data") == digest
    assert journal.get(digest) == b"data"
    with pytest.raises(ApplyError, match="missing"):
        journal.get("0" * 64)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda record: record.pop("steps"),
        lambda record: record.update(format=2),
        lambda record: record.update(state="else"),
        lambda record: record.update(steps=3),
    ],
)
def test_an_unreadable_entry_is_left_out_and_its_content_kept(
    journal: Journal, spoil: object
) -> None:
    first, second = _committed(journal, b"1"), _committed(journal, b"2")
    file = journal.folder / "entries" / f"{first.id}.json"
    record = json.loads(file.read_bytes())
    spoil(record)  # type: ignore[operator]
    file.write_text(json.dumps(record))
    assert journal.entries() == (second,)
    journal.prune()
    assert first.steps[0].after is not None
    assert journal.get(first.steps[0].after.digest) == b"1"
    assert journal.next_entry("third", (), "").id == "000003"


def test_the_number_of_entries_is_limited(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_MAX_ENTRIES", 2)
    entries = [_committed(journal, b"%d" % number) for number in range(4)]
    journal.prune()
    assert journal.entries() == tuple(entries[2:])
    assert len(list((journal.folder / "objects").iterdir())) == 2
    assert journal.next_entry("next", (), "").id == "000005"


def test_the_size_is_limited_but_the_latest_entry_is_kept(journal: Journal) -> None:
    journal = Journal(journal.folder, System(), limit=25)
    entries = [_committed(journal, b"%d" % number * 10) for number in range(4)]
    journal.prune()
    assert journal.entries() == tuple(entries[2:])
    journal = Journal(journal.folder, System(), limit=1)
    journal.prune()
    assert journal.entries() == (entries[3],)
    assert journal.entries()[0].state is EntryState.APPLIED


def test_a_store_readable_by_others_is_made_private(tmp_path: Path) -> None:
    folder = tmp_path / "j"
    folder.mkdir(mode=0o755)
    folder.chmod(0o755)
    Journal(folder, System()).open()
    assert folder.stat().st_mode & 0o077 == 0


def test_an_unreadable_journal_is_an_error(journal: Journal) -> None:
    (journal.folder / "journal.json").mkdir()
    with pytest.raises(ApplyError, match="cannot be read: Is a directory") as caught:
        journal.prepared()
    assert caught.value.hint


def test_leftover_temporary_files_are_replaced(journal: Journal) -> None:
    digest = hashlib.sha256(b"whole").hexdigest()
    (journal.folder / "objects" / f".{digest}.{os.getpid()}.tmp").write_bytes(b"partial")
    assert journal.get(journal.put(b"whole")) == b"whole"
    journal.prune()
    assert list((journal.folder / "objects").iterdir()) == []
