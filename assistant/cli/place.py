"""Confirmation before a task runs on a whole home directory or file system."""

from pathlib import Path

import click

from assistant.cli import composition
from assistant.errors import RepositoryError


def require_meant(root: Path, *, yes: bool) -> None:
    """Asks for confirmation if the repository is the home directory or the file system root.

    Raises RepositoryError if the user declines or cannot be prompted.
    """
    if yes or root.resolve() not in (Path.home().resolve(), Path("/")):
        return
    if composition.terminal() and click.confirm(f"Really work on all of {root}?", err=True):
        return
    raise RepositoryError(
        f"The repository here is all of {root}.",
        hint="Run it in the repository you mean, or pass --yes.",
    )
