"""Owns the question whether a task is really meant for the repository it was started in."""

from pathlib import Path

import click

from assistant.cli import composition
from assistant.errors import RepositoryError


def require_meant(root: Path, *, yes: bool) -> None:
    """Asks when the repository is the home directory or the root of the file system.

    Raises RepositoryError when nobody can be asked, or the answer is no.
    """
    if yes or root.resolve() not in (Path.home().resolve(), Path("/")):
        return
    if composition.terminal() and click.confirm(f"Really work on all of {root}?", err=True):
        return
    raise RepositoryError(
        f"The repository here is all of {root}.",
        hint="Start in the repository that is meant, or give --yes.",
    )
