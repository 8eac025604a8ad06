"""Apps that store sessions, and what tests do with them."""

from pathlib import Path

from assistant.ui.app import AssistantApp
from assistant.ui.screens.sessions import SessionsDialog
from tests.ui.keys import enter
from tests.ui.stage import make_services


def make_app(shop: Path, state: Path, reopen: str = "", **options) -> AssistantApp:
    return AssistantApp(make_services(shop, state, **options), reopen=reopen)


async def opened(pilot, until) -> None:
    await until(pilot, lambda: pilot.app.screen.session)


async def submit(pilot, until, text: str) -> None:
    await opened(pilot, until)
    screen = pilot.app.screen
    screen.action_prompt()
    await enter(pilot, text, "enter")
    await until(pilot, lambda: screen.prompt.input.text == "")


def idle(screen):
    return lambda: screen.job is None and screen.phase == "idle"


async def resumed(pilot, until) -> None:
    """Waits until the log says what it said."""
    await opened(pilot, until)
    await until(pilot, lambda: pilot.app.screen.log_view.entries)


async def make_sessions(shop, state, until, *tasks: str) -> None:
    """Stores one session for each task, in this order."""
    app = make_app(shop, state)
    async with app.run_test() as pilot:
        for task in tasks:
            await submit(pilot, until, "/new")
            await submit(pilot, until, task)
            await until(pilot, lambda: app.screen.controllers.sessions.recorder.session)
            await until(pilot, lambda: app.screen.job is None)


def titles(dialog: SessionsDialog) -> list[str]:
    return [each.title for each in dialog.list._shown]
