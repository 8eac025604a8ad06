"""Helpers shared by the tests of pulls."""

from pathlib import Path

from assistant.models.progress import PullProgress
from assistant.models.store import ModelStore


def ignore(progress: PullProgress) -> None:
    pass


def leftovers(store: ModelStore) -> list[Path]:
    """Files in the store other than converted folders and locks."""
    return sorted(
        (
            path
            for folder in (".downloads", ".staging")
            for path in (store.layout.root / folder).rglob("*")
            if path.is_file()
        ),
        key=lambda path: path.name,
    )
