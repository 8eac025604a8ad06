"""Consent is private and valid for one repository, exact command and confinement."""

import stat
from pathlib import Path

import pytest

from assistant.checks.commands import parse_command
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
