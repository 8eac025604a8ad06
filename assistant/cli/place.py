"""What is asked before a task runs: on a whole home directory, or without a sandbox."""

from pathlib import Path

import click

from assistant.cli import composition
from assistant.errors import RepositoryError

NOT_CONFINED = (
    "in a copy but without a sandbox, which this machine does not have: with your permissions and "
    "network access"
)


def require_meant(root: Path, *, yes: bool, option: str = ", or pass --yes") -> None:
    """Asks for confirmation if the repository is the home directory or the file system root.

    `option` is the end of the hint where there is an option that says yes.

    Raises RepositoryError if the user declines or cannot be prompted.
    """
    if yes or root.resolve() not in (Path.home().resolve(), Path("/")):
        return
    if composition.terminal() and click.confirm(f"Really work on all of {root}?", err=True):
        return
    raise RepositoryError(
        f"The repository here is all of {root}.",
        hint=f"Run it in the repository you mean{option}.",
    )


def repository_above(folder: Path) -> Path | None:
    """The nearest folder at or above this one that has a .git; runs no git."""
    start = folder.absolute()
    return next((at for at in (start, *start.parents) if (at / ".git").exists()), None)
