"""Every attack is tried in every sandbox that works here: what gets through is in SECURITY.md."""

import subprocess
from pathlib import Path

import pytest

from assistant.checks.sandbox import Confinement
from tests.redteam.inside import ATTACKS, SAFE
from tests.redteam.known import OPEN, page
from tests.redteam.outside import GAMES, Host, attacks_inside, host, implementations, play

isolated = pytest.mark.parametrize("how", implementations())


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory):
    root = make_target(tmp_path_factory.mktemp("target"))
    with host(root, tmp_path_factory.mktemp("host")) as found:
        yield found


def make_target(root: Path) -> Path:
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    (root / "data.txt").write_text("one\n")
    return root


@isolated
def test_only_what_is_known_gets_through(there: Host, how: Confinement) -> None:
    got = attacks_inside(there, how)
    assert got.keys() == ATTACKS.keys()
    through = {name for name, what in got.items() if what is not None}
    assert through <= OPEN.keys(), {name: got[name] for name in through - OPEN.keys()}


@isolated
@pytest.mark.parametrize("name", GAMES)
def test_games_with_the_copy_achieve_nothing(there: Host, how: Confinement, name: str) -> None:
    assert play(there, how, name) is None


def test_an_attack_that_works_is_seen(there: Host) -> None:
    """Without a sandbox those that do no harm get through: they fail for no other reason."""
    got = attacks_inside(there, "limits only")
    assert set(got) == set(SAFE)
    assert None not in got.values(), got


def test_what_is_open_is_on_the_page() -> None:
    text = page().read_text(encoding="utf-8")
    assert all(reason in text for reason in OPEN.values())
