"""Owns which program made a result: its version, and the commit where it runs from a checkout.

Refuses to change anything.
"""

from pathlib import Path

from assistant.errors import RepositoryError
from assistant.repo.files import FileState
from assistant.repo.git import Repository
from assistant.version import __version__

PACKAGE = Path(__file__).resolve().parents[1]


def program_version(package: Path = PACKAGE) -> str:
    """The version; from a checkout with its commit, and a word where files of it are changed.

    An installed package has no commit: the repository that its folder may lie in is not its own.
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
