"""Named selections: kept per repository, private, and never half written."""

import json
import os
import stat
from pathlib import Path

import pytest

from assistant.context.bundle import Selected
from assistant.errors import UsageError
from assistant.sessions.selections import SelectionSets

ITEMS = (Selected("src/a.py"), Selected("b.py", "Cart.total"), Selected("docs"))


@pytest.fixture
def sets(tmp_path: Path) -> SelectionSets:
    return SelectionSets(tmp_path / "state", tmp_path / "repo")


def file_of(sets: SelectionSets) -> Path:
    return sets._file


def test_a_set_is_what_was_saved_in_this_repository(sets, tmp_path) -> None:
    assert sets.names == ()
    sets.save("checkout", ITEMS)
    sets.save("api-2", ITEMS[:1])
    again = SelectionSets(tmp_path / "state", tmp_path / "repo")
    assert again.names == ("api-2", "checkout")
    assert again.load("checkout") == ITEMS
    again.save("checkout", ITEMS[1:])
    assert sets.load("checkout") == ITEMS[1:]
    assert SelectionSets(tmp_path / "state", tmp_path / "other").names == ()


def test_only_the_user_may_read_them(sets) -> None:
    sets.save("a", ITEMS)
    assert stat.S_IMODE(file_of(sets).stat().st_mode) == 0o600
    assert stat.S_IMODE(file_of(sets).parent.stat().st_mode) == 0o700
    assert [each.name for each in file_of(sets).parent.iterdir()] == [file_of(sets).name]


def test_deleting(sets) -> None:
    sets.save("a", ITEMS)
    sets.delete("a")
    assert sets.names == ()
    with pytest.raises(UsageError, match="no selection a"):
        sets.delete("a")


@pytest.mark.parametrize("name", ["", "save", "delete", "a b", "../a", "-a", "x" * 41, "a/b"])
def test_bad_names_are_refused(sets, name) -> None:
    with pytest.raises(UsageError, match="cannot be the name"):
        sets.save(name, ITEMS)
    assert not file_of(sets).exists()


def test_nothing_is_no_set(sets) -> None:
    with pytest.raises(UsageError, match="Nothing is selected"):
        sets.save("a", ())


def test_an_unknown_name_lists_those_there_are(sets) -> None:
    with pytest.raises(UsageError) as caught:
        sets.load("a")
    assert "/select save" in caught.value.hint
    sets.save("b", ITEMS)
    with pytest.raises(UsageError) as caught:
        sets.load("a")
    assert "b" in caught.value.hint


@pytest.mark.parametrize(
    "damage", ["{", "[]", '{"format": 1}', '{"format": 1, "sets": {"a": [1]}}']
)
def test_a_damaged_file_is_said_and_kept(sets, damage) -> None:
    sets.save("a", ITEMS)
    file_of(sets).write_text(damage)
    with pytest.raises(UsageError, match="Cannot read"):
        sets.save("b", ITEMS)
    assert file_of(sets).read_text() == damage


def test_a_later_format_is_left_alone(sets) -> None:
    sets.save("a", ITEMS)
    file_of(sets).write_text(json.dumps({"format": 2, "sets": {}}))
    with pytest.raises(UsageError, match="later version"):
        _ = sets.names


def test_what_cannot_be_written_is_said(sets, monkeypatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fdopen", full)
    with pytest.raises(UsageError, match="Cannot write"):
        sets.save("a", ITEMS)
