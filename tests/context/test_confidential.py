"""What of a selection asks for a confirmation, and which values are known to be secret."""

import subprocess

import pytest

from assistant.context.bundle import Selected
from assistant.context.confidential import (
    SecretValues,
    Sighting,
    has_folders,
    sightings,
    values_in,
)
from assistant.repo.git import Repository

KEY = "ghp_" + "q8Zk3vTb9XwLm2Rd7Yc5Hn4Jg6Pf1Ks0abcd"


@pytest.fixture
def guarded(repository: Repository) -> Repository:
    root = repository.root
    (root / ".env").write_text("PORT=8080\nDB_PASSWORD=hunter2hunter2\n")
    (root / "pkg" / "client.py").write_text(
        f"def connect():\n    return 1\n\n\ndef login():\n    return '{KEY}'\n"
    )
    return repository


def test_a_secret_file_and_a_line_with_a_key_are_named(guarded) -> None:
    found = sightings(guarded, [Selected(".env"), Selected("pkg/client.py")])
    assert found == (Sighting(".env", 0, ""), Sighting("pkg/client.py", 6, "GitHub token"))
    texts = [each.text for each in found]
    assert texts[0] == ".env is a file for secrets by its name"
    assert texts[1] == "pkg/client.py:6 looks like it has a secret (GitHub token)"
    assert KEY not in "".join(texts)


def test_a_unit_counts_only_with_its_own_lines(guarded) -> None:
    assert sightings(guarded, [Selected("pkg/client.py", "connect")]) == ()
    (found,) = sightings(guarded, [Selected("pkg/client.py", "login")])
    assert found.line == 6
    assert sightings(guarded, [Selected("pkg/client.py", "gone")]) == ()
    assert sightings(guarded, [Selected(".env", "block 1")]) == (Sighting(".env", 0, ""),)


def test_what_cannot_be_read_asks_nothing(guarded) -> None:
    (guarded.root / "image").write_bytes(b"\0\1")
    for path in ("gone.py", "image", "../x", "pkg/prices.py"):
        assert sightings(guarded, [Selected(path)]) == ()


@pytest.mark.parametrize("folder", [".", "pkg"])
def test_the_lines_of_a_folder_are_named_and_its_secret_files_are_not_read(guarded, folder) -> None:
    (guarded.root / "pkg" / ".env").write_text("DB_PASSWORD=hunter2hunter2\n")
    found = sightings(guarded, [Selected(folder)])
    assert found == (Sighting("pkg/client.py", 6, "GitHub token"),)
    both = sightings(guarded, [Selected(folder), Selected("pkg/client.py", "connect")])
    assert both == (), "of a file that is selected by units, no more is read"


def test_only_a_part_of_a_huge_folder_is_searched(guarded, monkeypatch) -> None:
    (guarded.root / "pkg" / "large.py").write_text(f"x = 1\n{'# ' * 2000}\nTOKEN = '{KEY[:-1]}e'\n")
    monkeypatch.setattr("assistant.context.confidential._MOST_OF_FOLDERS", 3000)
    selection = [Selected("pkg")]
    assert [each.path for each in sightings(guarded, selection)] == ["pkg/client.py"]
    assert values_in(guarded, selection) == {KEY}, "what is not asked for is not read either"


def test_the_values_of_a_selection_are_those_asked_for(guarded) -> None:
    assert values_in(guarded, [Selected("pkg/client.py", "connect")]) == frozenset()
    assert values_in(guarded, [Selected("pkg")]) == {KEY}
    assert values_in(guarded, [Selected(".env")]) == {"hunter2hunter2"}
    assert values_in(guarded, [], f"use {KEY}") == {KEY}


def test_only_folders_take_long(guarded) -> None:
    assert not has_folders(guarded, [Selected("pkg/client.py"), Selected(".env")])
    assert has_folders(guarded, [Selected("pkg/client.py"), Selected("pkg")])


def test_the_values_of_secret_files_are_known(guarded) -> None:
    root = guarded.root
    (root / "deploy").mkdir()
    (root / "deploy" / ".env.production").write_text("SECRET_KEY=k9f8e7d6c5b4\n")
    (root / ".gitignore").write_text(".env*\nbuild/\n")
    (root / "build").mkdir()
    (root / "build" / ".env").write_text("PASSWORD=never-read-1\n")
    subprocess.run(["git", "-C", str(root), "add", ".gitignore"], check=True)
    values = SecretValues(guarded)
    assert values() == {"hunter2hunter2", "k9f8e7d6c5b4"}
    (root / ".env").write_text("DB_PASSWORD=another1another\n")
    (root / "id_rsa").write_text("TOKEN=abcdefgh\n")
    assert values() == {"another1another", "k9f8e7d6c5b4", "abcdefgh"}
    (root / ".env").unlink()
    assert values() == {"k9f8e7d6c5b4", "abcdefgh"}


def test_a_repository_that_cannot_be_listed_has_no_known_values(guarded, monkeypatch) -> None:
    def fail(folder: object) -> list[str]:
        raise OSError(5, "Input/output error")

    values = SecretValues(guarded)
    assert values() == {"hunter2hunter2"}
    monkeypatch.setattr("pathlib.Path.iterdir", fail)
    (guarded.root / "id_rsa").write_text("TOKEN=abcdefgh\n")
    assert values() == {"hunter2hunter2"}, "what git has listed"
    monkeypatch.setattr("assistant.context.confidential.ignored_files", fail)
    assert SecretValues(guarded)() == frozenset()
