"""The history and the store of bytes: kept, bounded, never trusted blindly."""

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


def test_an_entry_comes_back_as_it_went(journal: Journal) -> None:
    first, second = _committed(journal, b"1"), _committed(journal, b"2")
    assert journal.entries() == (first, second)
    assert [entry.id for entry in journal.entries()] == ["000001", "000002"]


def test_the_journal_comes_back_as_it_went(journal: Journal) -> None:
    entry = _committed(journal, b"1")
    prepared = Prepared("t1", entry.steps, ("d", "d/e"), entry)
    assert journal.prepared() is None
    journal.prepare(prepared)
    assert journal.prepared() == prepared
    assert not journal.committed(prepared)
    journal.finish()
    journal.finish()
    assert journal.prepared() is None


def test_stored_bytes_are_checked(journal: Journal) -> None:
    digest = journal.put(b"data")
    assert journal.get(digest) == b"data"
    (journal.folder / "objects" / digest).write_bytes(b"Data")
    with pytest.raises(ApplyError, match="damaged") as caught:
        journal.get(digest)
    assert caught.value.hint
    assert journal.put(b"data") == digest
    assert journal.get(digest) == b"data"
    with pytest.raises(ApplyError, match="lacks"):
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
def test_an_entry_that_cannot_be_read_is_left_out_and_its_bytes_kept(
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


def test_the_history_is_bounded_by_number(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_KEPT_ENTRIES", 2)
    entries = [_committed(journal, b"%d" % number) for number in range(4)]
    journal.prune()
    assert journal.entries() == tuple(entries[2:])
    assert len(list((journal.folder / "objects").iterdir())) == 2
    assert journal.next_entry("next", (), "").id == "000005"


def test_the_history_is_bounded_by_size_but_keeps_the_latest(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_KEPT_BYTES", 25)
    entries = [_committed(journal, b"%d" % number * 10) for number in range(4)]
    journal.prune()
    assert journal.entries() == tuple(entries[2:])
    monkeypatch.setattr(module, "_KEPT_BYTES", 1)
    journal.prune()
    assert journal.entries() == (entries[3],)
    assert journal.entries()[0].state is EntryState.APPLIED


def test_a_store_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    folder = tmp_path / "j"
    folder.mkdir(mode=0o755)
    folder.chmod(0o755)
    Journal(folder, System()).open()
    assert folder.stat().st_mode & 0o077 == 0


def test_a_journal_that_cannot_be_read_is_an_error(journal: Journal) -> None:
    (journal.folder / "journal.json").mkdir()
    with pytest.raises(ApplyError, match="damaged") as caught:
        journal.prepared()
    assert caught.value.hint


def test_left_over_temporaries_do_not_get_in_the_way(journal: Journal) -> None:
    digest = hashlib.sha256(b"whole").hexdigest()
    (journal.folder / "objects" / f".{digest}.{os.getpid()}.tmp").write_bytes(b"partial")
    assert journal.get(journal.put(b"whole")) == b"whole"
    journal.prune()
    assert list((journal.folder / "objects").iterdir()) == []
