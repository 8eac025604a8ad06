"""Identifies the program version behind a result, with the commit if run from a checkout."""

from pathlib import Path

from assistant.errors import RepositoryError
from assistant.repo.files import FileState
from assistant.repo.git import Repository
from assistant.version import __version__

PACKAGE = Path(__file__).resolve().parents[1]


def program_version(package: Path = PACKAGE) -> str:
    """The version, with the commit and a mark for changed files if run from a checkout.

    An installed package has no commit, even if its folder is inside some repository.
    """
    try:
        repository = Repository.open(package)
        if repository.root.resolve() != package.parent:
            return __version__
        snapshot = repository.snapshot()
    except RepositoryError:
        return __version__
    states = {file.state for file in snapshot.files if file.path.startswith(f"{package.name}/")} - {
        FileState.IGNORED
    }
    if not snapshot.head or not states - {FileState.UNTRACKED}:
        return __version__
    changed = ".changed" if states != {FileState.TRACKED} else ""
    return f"{__version__}+{snapshot.head[:7]}{changed}"
