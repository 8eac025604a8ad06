"""Consent is private and valid for one repository, exact command and confinement."""

import json
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from assistant.checks.commands import CheckCommand, parse_command
from assistant.checks.consent import Consents
from assistant.errors import CheckError

COMMAND = parse_command("make test")


def test_no_consent_is_granted_at_first(tmp_path: Path) -> None:
    assert not Consents(tmp_path / "state").granted(tmp_path, COMMAND)
    assert not (tmp_path / "state").exists()


def test_consent_is_persistent(tmp_path: Path) -> None:
    Consents(tmp_path / "state").grant(tmp_path, COMMAND)
    assert Consents(tmp_path / "state").granted(tmp_path, COMMAND)


def test_a_repository_can_have_several_consents(tmp_path: Path) -> None:
    consents = Consents(tmp_path / "state")
    consents.grant(tmp_path, COMMAND)
    consents.grant(tmp_path, parse_command("make check"))
    assert consents.granted(tmp_path, COMMAND)
    assert consents.granted(tmp_path, parse_command("make check"))


@pytest.mark.parametrize("other", ["make", "make test x", "'make test'", "make tests"])
def test_a_similar_command_needs_its_own_consent(tmp_path: Path, other: str) -> None:
    consents = Consents(tmp_path / "state")
    consents.grant(tmp_path, COMMAND)
    assert not consents.granted(tmp_path, parse_command(other))


def test_another_repository_needs_its_own_consent(tmp_path: Path) -> None:
    consents = Consents(tmp_path / "state")
    consents.grant(tmp_path / "a", COMMAND)
    assert not consents.granted(tmp_path / "b", COMMAND)


def test_a_weaker_confinement_needs_its_own_consent(tmp_path: Path) -> None:
    consents = Consents(tmp_path / "state")
    consents.grant(tmp_path, COMMAND, confinement="bubblewrap")
    assert consents.granted(tmp_path, COMMAND, confinement="bubblewrap")
    assert not consents.granted(tmp_path, COMMAND, confinement="limits only")


def test_consent_can_be_revoked(tmp_path: Path) -> None:
    consents = Consents(tmp_path / "state")
    consents.grant(tmp_path, COMMAND)
    consents.revoke(tmp_path)
    consents.revoke(tmp_path)
    assert not consents.granted(tmp_path, COMMAND)


def test_the_record_is_private(tmp_path: Path) -> None:
    Consents(tmp_path / "state").grant(tmp_path, COMMAND)
    (record,) = (tmp_path / "state" / "consents").iterdir()
    assert stat.S_IMODE(record.stat().st_mode) == 0o600
    assert stat.S_IMODE(record.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("damage", ["", "[]", "{}", '{"root": "00", "consents": ["x"]}', "\x00"])
def test_a_damaged_record_counts_as_no_consent(tmp_path: Path, damage: str) -> None:
    consents = Consents(tmp_path / "state")
    consents.grant(tmp_path, COMMAND)
    (record,) = (tmp_path / "state" / "consents").iterdir()
    record.write_text(damage)
    assert not consents.granted(tmp_path, COMMAND)


def test_an_unwritable_state_directory_is_an_error_with_a_hint(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file where a folder should be")
    with pytest.raises(CheckError) as caught:
        Consents(tmp_path / "state").grant(tmp_path, COMMAND)
    assert caught.value.hint


def suggested(root: Path, name: str, text: str, command: str) -> CheckCommand:
    (root / name).write_text(text)
    return replace(parse_command(command), source=name)


@pytest.mark.parametrize(
    ("name", "before", "same", "other", "command"),
    [
        ("Makefile", "test:\n\tpytest\n", "test:\n\tpytest\n", "test:\n\tcurl x\n", "make test"),
        (
            "package.json",
            '{"scripts": {"test": "jest"}, "version": "1"}',
            '{"version": "2", "scripts": {"test": "jest"}}',
            '{"scripts": {"test": "curl x"}, "version": "1"}',
            "npm test --silent",
        ),
        (
            "pyproject.toml",
            "[tool.pytest.ini_options]\naddopts = '-q'\n",
            "[project]\nname = 'x'\n[tool.pytest.ini_options]\naddopts = '-q'\n",
            "[tool.pytest.ini_options]\naddopts = '-p evil'\n",
            "python -m pytest -q",
        ),
        ("pyproject.toml", "[tool.pytest]\n", "[tool.pytest]\n", "[tool.", "python -m pytest -q"),
        ("conftest.py", "a = 1\n", "a = 2\n", None, "python -m pytest -q"),
    ],
)
def test_a_command_asks_again_once_what_suggested_it_has_changed(
    tmp_path, name, before, same, other, command
) -> None:
    consents = Consents(tmp_path / "state")
    found = suggested(tmp_path, name, before, command)
    consents.grant(tmp_path, found, confinement="bubblewrap")
    (tmp_path / name).write_text(same)
    assert consents.granted(tmp_path, found, confinement="bubblewrap")
    if other is None:
        return
    (tmp_path / name).write_text(other)
    assert not consents.granted(tmp_path, found, confinement="bubblewrap")
    typed = parse_command(command)
    assert not consents.granted(tmp_path, typed, confinement="bubblewrap"), "however it is given"
    (tmp_path / name).unlink()
    assert not consents.granted(tmp_path, found, confinement="bubblewrap")
    consents.grant(tmp_path, typed, confinement="bubblewrap")
    assert consents.granted(tmp_path, found, confinement="bubblewrap"), "typed by the user"


def test_agreements_are_listed_for_all_repositories_and_taken_back_one_by_one(tmp_path) -> None:
    consents = Consents(tmp_path / "state", clock=lambda: 5.0)
    a, b = tmp_path / "a", tmp_path / "b"
    a.mkdir()
    consents.grant(a, suggested(a, "Makefile", "test:\n", "make test"), confinement="bubblewrap")
    consents.allow_sending(b, "http://box:80")
    consents.decline(b, parse_command("cd x && make"))
    found = consents.agreements()
    assert [(each.root, each.what) for each in found] == [
        (a, "run: make test (bubblewrap)"),
        (b, "do not run unasked: cd x && make"),
        (b, "send code to http://box:80"),
    ]
    assert (found[0].about.time, found[0].about.source) == (5.0, "Makefile")
    consents.take_back(found[2:])
    assert not consents.may_send(b, "http://box:80")
    assert consents.declined(b, parse_command("cd x && make"))
    consents.take_back(found)
    assert consents.agreements() == ()
    assert list((tmp_path / "state" / "consents").iterdir()) == []


def test_records_of_earlier_versions_count_and_have_no_time(tmp_path) -> None:
    consents = Consents(tmp_path / "state")
    consents.grant(tmp_path, COMMAND, confinement="bubblewrap")
    (file,) = (tmp_path / "state" / "consents").iterdir()
    record = json.loads(file.read_text())
    del record["about"]
    file.write_text(json.dumps(record))
    assert consents.granted(tmp_path, COMMAND, confinement="bubblewrap")
    (found,) = consents.agreements()
    assert found.about.time == 0.0


@pytest.mark.parametrize("damage", ["", "[]", '{"root": "zz"}', '{"root": "00", "consents": [1]}'])
def test_damaged_records_are_not_listed(tmp_path, damage) -> None:
    consents = Consents(tmp_path / "state")
    consents.grant(tmp_path, COMMAND)
    (file,) = (tmp_path / "state" / "consents").iterdir()
    file.write_text(damage)
    assert consents.agreements() == ()


def test_a_record_under_the_name_of_another_repository_is_not_listed(tmp_path) -> None:
    consents = Consents(tmp_path / "state")
    consents.grant(tmp_path, COMMAND)
    (file,) = (tmp_path / "state" / "consents").iterdir()
    file.rename(file.with_name("0" * 32 + ".json"))
    assert consents.agreements() == ()
