"""Fixtures: a repository, a state directory, and waiting for threads."""

import contextlib
import gc
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from textual.css.query import NoMatches
from textual.pilot import Pilot

from tests.ui.shop import make_repository

Until = Callable[[Pilot[None], Callable[[], object]], Awaitable[None]]


@pytest.fixture(scope="session", autouse=True)
def settled() -> None:
    """What earlier tests left in memory is not searched for garbage again and again: the pilot
    waits until the process is idle."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A committed repository with one changed and one untracked file."""
    return make_repository(tmp_path / "shop")


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


@pytest.fixture
def until() -> Until:
    """Runs the app until a condition holds, or fails the test."""

    async def wait(pilot: Pilot[None], condition: Callable[[], object]) -> None:
        for _ in range(1500):
            with contextlib.suppress(NoMatches):  # the screen is not composed yet
                if condition():
                    await pilot.pause()
                    return
            await pilot.pause(0.01)
        raise AssertionError("the condition did not become true")

    return wait
