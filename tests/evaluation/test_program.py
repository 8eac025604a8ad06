"""A result names the program that made it, down to the commit where there is one."""

from pathlib import Path

import pytest

from assistant.evaluation.program import program_version
from assistant.headless.scratch import make_repository
from assistant.repo.git import Repository
from assistant.version import __version__


@pytest.fixture
def package(tmp_path: Path) -> Path:
    folder = tmp_path / "checkout" / "assistant"
    folder.mkdir(parents=True)
    (folder / "version.py").write_text("")
    make_repository(folder.parent)
    return folder


def test_a_checkout_tells_its_commit(package: Path) -> None:
    head = Repository.open(package).head_commit()
    assert program_version(package) == f"{__version__}+{head[:7]}"
    (package.parent / "notes.txt").write_text("beside the program")
    assert program_version(package) == f"{__version__}+{head[:7]}"


@pytest.mark.parametrize("name", ["version.py", "added.py"])
def test_a_changed_checkout_says_so(package: Path, name: str) -> None:
    (package / name).write_text("CHANGED = True\n")
    assert program_version(package).endswith(".changed")


def test_the_repository_around_an_installed_package_is_not_its_own(package: Path) -> None:
    installed = package.parent / ".venv" / "lib" / "assistant"
    installed.mkdir(parents=True)
    assert program_version(installed) == __version__


def test_without_a_repository_there_is_the_version(tmp_path: Path) -> None:
    assert program_version(tmp_path) == __version__
