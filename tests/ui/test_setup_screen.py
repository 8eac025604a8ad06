"""The model screen, at first launch and later."""

import threading

from assistant.errors import Cancelled, ModelError
from assistant.models.progress import PullProgress
from assistant.ui.app import AssistantApp
from assistant.ui.screens.main import MainScreen
from assistant.ui.screens.setup import SetupScreen
from assistant.ui.widgets.problem import Problem
from tests.ui.fakesetup import FakeSetup
from tests.ui.stage import make_services


async def test_the_first_launch_downloads_a_model_and_opens_the_repository(
    shop, state, until
) -> None:
    setup = FakeSetup(is_ready=False, reports=(PullProgress("downloading", 5, 10, 1.0, 5.0),))
    app = AssistantApp(make_services(shop, state, setup=setup))
    async with app.run_test() as pilot:
        await until(
            pilot, lambda: isinstance(app.screen, SetupScreen) and app.screen.models.current
        )
        assert app.screen.models.current.recommended
        await pilot.press("down", "enter")
        await until(pilot, lambda: isinstance(app.screen, MainScreen) and app.screen.session)
        assert setup.pulled == ["qwen2.5-coder-0.5b"]


async def test_a_download_can_be_stopped_and_resumed(shop, state, until) -> None:
    setup = FakeSetup(is_ready=False, hold=threading.Event())
    app = AssistantApp(make_services(shop, state, setup=setup))
    async with app.run_test() as pilot:
        await until(
            pilot, lambda: isinstance(app.screen, SetupScreen) and app.screen.models.current
        )
        await pilot.press("enter")
        await until(pilot, lambda: app.screen.has_class("-pulling"))
        await pilot.press("escape")
        problem = app.screen.query_one(Problem)
        await until(pilot, lambda: problem.error)
        assert isinstance(problem.error, Cancelled)
        setup.hold.set()
        await pilot.press("r")
        await until(pilot, lambda: setup.pulled)


async def test_a_failed_download_shows_the_error_and_can_be_retried(shop, state, until) -> None:
    error = ModelError("The hub cannot be reached.", hint="Check the network.")
    setup = FakeSetup(is_ready=False, failure=error)
    app = AssistantApp(make_services(shop, state, setup=setup))
    async with app.run_test() as pilot:
        await until(
            pilot, lambda: isinstance(app.screen, SetupScreen) and app.screen.models.current
        )
        await pilot.press("enter")
        await until(pilot, lambda: app.screen.query_one(Problem).error is error)
        assert not app.screen.has_class("-pulling")
        setup.failure = None
        await pilot.press("r")
        await until(pilot, lambda: setup.pulled)


async def test_leaving_the_model_screen_at_first_launch_ends_the_app(shop, state, until) -> None:
    app = AssistantApp(make_services(shop, state, setup=FakeSetup(is_ready=False)))
    async with app.run_test() as pilot:
        await until(
            pilot, lambda: isinstance(app.screen, SetupScreen) and app.screen.models.current
        )
        await pilot.press("escape")
        await until(pilot, lambda: not app.is_running or app._exit)


async def test_the_model_can_be_switched(shop, state, until) -> None:
    app = AssistantApp(make_services(shop, state))
    async with app.run_test() as pilot:
        screen = app.screen
        await until(pilot, lambda: screen.session)
        first = screen.session
        await pilot.press(*"/model qwen2.5-coder-0.5b", "enter")
        await until(
            pilot, lambda: isinstance(app.screen, SetupScreen) and app.screen.models.current
        )
        assert app.screen.models.current.name == "qwen2.5-coder-0.5b"
        await pilot.press("enter")
        await until(pilot, lambda: app.screen is screen and screen.session is not first)
        assert first.workspace.engine.closed
