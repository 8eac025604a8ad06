"""Creates git repositories for demos and evaluations.

Ignores the user's git configuration, including hooks, templates, signing and identity.
"""

import os
import shutil
import subprocess
from pathlib import Path

from assistant.errors import RepositoryError

_TIMEOUT_SECONDS = 60


def make_repository(folder: Path) -> None:
    """Makes the folder a repository with one commit of all its files.

    Raises RepositoryError if git is missing or fails.
    """
    _git(folder, "init", "--quiet", "--template=", "--initial-branch=main")
    _git(folder, "add", "--all", "--force")
    _git(folder, "commit", "--quiet", "--allow-empty", "--message=Start")


def _git(folder: Path, *arguments: str) -> None:
    program = shutil.which("git")
    if program is None:
        raise RepositoryError("git was not found.", hint="Install git 2.28 or later.")
    environment = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    environment |= {
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
        "GIT_AUTHOR_NAME": "assistant",
        "GIT_AUTHOR_EMAIL": "assistant@localhost",
        "GIT_COMMITTER_NAME": "assistant",
        "GIT_COMMITTER_EMAIL": "assistant@localhost",
    }
    try:
        subprocess.run(
            [program, *arguments],
            cwd=folder,
            env=environment,
            check=True,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_TIMEOUT_SECONDS,
        )
    except subprocess.CalledProcessError as error:
        reason = (error.stderr or error.stdout).strip().splitlines()
        raise RepositoryError(
            f"git {arguments[0]} failed in {folder}: {reason[-1] if reason else error.returncode}",
            hint="Check that git 2.28 or later is installed and that the disk is not full.",
        ) from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise RepositoryError(
            f"git {arguments[0]} could not be run in {folder}: {error}",
            hint="Check that git 2.28 or later is installed.",
        ) from error
