"""Fixtures: a repository, a state directory, an app on them, and waiting for threads."""

import contextlib
import gc
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from textual.css.query import NoMatches
from textual.pilot import Pilot

from assistant.ui.app import AssistantApp
from assistant.ui.screens.file import FileScreen
from tests.ui.shop import make_repository
from tests.ui.stage import Player, make_services

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


@pytest.fixture
def app(shop: Path, state: Path) -> AssistantApp:
    return AssistantApp(make_services(shop, state))


@pytest.fixture
def opened(until: Until) -> Callable[[Pilot[None], str], Awaitable[FileScreen]]:
    """Opens a file with /open and returns its screen."""

    async def open_file(pilot: Pilot[None], argument: str) -> FileScreen:
        main = pilot.app.screen
        await until(pilot, lambda: main.session and not main.status.value.running)
        main.action_prompt()
        main.prompt.set_text(f"/open {argument}")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, FileScreen))
        await until(pilot, lambda: pilot.app.screen.view.has_focus)
        return pilot.app.screen

    return open_file


@pytest.fixture
def still(shop: Path, state: Path, until):
    """Creates an app without animations."""

    def make(player: Player | None = None, **options) -> AssistantApp:
        tasks = (player or Player(shop)).tasks()
        app = AssistantApp(make_services(shop, state, tasks=tasks, **options), clock=lambda: 100.0)
        app.animation_level = "none"
        return app

    return make
