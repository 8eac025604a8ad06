"""A repository, a state folder, and waiting for what threads bring."""

import contextlib
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from textual.css.query import NoMatches
from textual.pilot import Pilot

from tests.ui.shop import make_repository

Until = Callable[[Pilot[None], Callable[[], object]], Awaitable[None]]


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A committed repository with one changed and one untracked file."""
    return make_repository(tmp_path / "shop")


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


@pytest.fixture
def until() -> Until:
    """Lets the app run until a condition holds; fails the test when it never does."""

    async def wait(pilot: Pilot[None], condition: Callable[[], object]) -> None:
        for _ in range(1500):
            with contextlib.suppress(NoMatches):  # a screen that is not composed yet
                if condition():
                    await pilot.pause()
                    return
            await pilot.pause(0.01)
        raise AssertionError("what was waited for did not happen")

    return wait
