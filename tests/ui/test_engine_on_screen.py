"""/engine: the question before code leaves the machine, and the status line."""

from dataclasses import replace

import pytest

from assistant.engine.base import EngineInfo
from assistant.ui.app import AssistantApp
from assistant.ui.screens.dialogs import ConfirmDialog
from tests.ui.stage import IdleEngine, make_services

ADDRESS = "http://gpu.example:8000"


class ServerEngine(IdleEngine):
    def info(self) -> EngineInfo:
        return EngineInfo("coder", "vLLM", "", 8192, 0, 0, 0.0, address=ADDRESS)


class Sending:
    """Asks for one address until it is allowed."""

    def __init__(self) -> None:
        self.allowed: list[str] = []

    def asks_for(self, name: str) -> str:
        return ADDRESS if name == ADDRESS and ADDRESS not in self.allowed else ""

    def allow(self, address: str) -> None:
        self.allowed.append(address)


def services_of(shop, state, sending, opened, **settings):
    services = make_services(shop, state, engine=ServerEngine())
    open_workspace = services.open_workspace

    def opening(name):
        opened.append(name)
        return open_workspace(name)

    changed = replace(services.settings, **settings)
    return replace(services, open_workspace=opening, sending=sending, settings=changed)


async def test_a_server_elsewhere_is_asked_for_and_the_status_line_tells_it(
    shop, state, until
) -> None:
    sending, opened = Sending(), []
    app = AssistantApp(services_of(shop, state, sending, opened))
    async with app.run_test(size=(80, 24)) as pilot:
        screen = app.screen
        await until(pilot, lambda: screen.session)
        await pilot.press(*f"/engine {ADDRESS}", "enter")
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
        assert opened == [""]
        await pilot.click("#yes")
        await until(pilot, lambda: opened == ["", ADDRESS])
        assert sending.allowed == [ADDRESS]
        await until(pilot, lambda: screen.status.value.info)
        assert "sent to gpu.example:8000" in screen.status.render_line(0).text


async def test_no_leaves_the_engine_as_it_is(shop, state, until) -> None:
    sending, opened = Sending(), []
    app = AssistantApp(services_of(shop, state, sending, opened))
    async with app.run_test() as pilot:
        screen = app.screen
        await until(pilot, lambda: screen.session)
        await pilot.press(*f"/engine {ADDRESS}", "enter")
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
        await pilot.click("#no")
        await until(pilot, lambda: app.screen is screen)
        assert opened == [""]
        assert sending.allowed == []


@pytest.mark.parametrize("setting", ["engine", "host"])
async def test_no_at_the_start_runs_the_model_here(shop, state, until, setting) -> None:
    class Configured(Sending):
        def asks_for(self, name: str) -> str:
            return ADDRESS if name == "" else ""

    opened: list[str] = []
    app = AssistantApp(services_of(shop, state, Configured(), opened, **{setting: ADDRESS}))
    async with app.run_test() as pilot:
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
        assert opened == []
        await pilot.click("#no")
        await until(pilot, lambda: opened == ["local"])


async def test_an_address_is_needed(shop, state, until) -> None:
    app = AssistantApp(services_of(shop, state, Sending(), []))
    async with app.run_test() as pilot:
        screen = app.screen
        await until(pilot, lambda: screen.session)
        await pilot.press(*"/engine", "enter")
        await until(pilot, lambda: screen.problem.error)
        assert "/engine needs the address" in screen.problem.error.message
