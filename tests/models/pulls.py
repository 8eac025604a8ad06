"""What tests of pulls share."""

from pathlib import Path

from assistant.models.progress import PullProgress
from assistant.models.store import ModelStore


def ignore(progress: PullProgress) -> None:
    pass


def leftovers(store: ModelStore) -> list[Path]:
    """What lies in the store besides converted folders and locks."""
    return sorted(
        (
            path
            for place in (".downloads", ".staging")
            for path in (store.layout.root / place).rglob("*")
            if path.is_file()
        ),
        key=lambda path: path.name,
    )
