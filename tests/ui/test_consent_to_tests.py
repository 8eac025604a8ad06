"""The first edit without a check asks once whether the repository's tests may run."""

import pytest

from assistant.checks.sandbox import detect, isolates
from assistant.ui.app import AssistantApp
from assistant.ui.screens.dialogs import ConfirmDialog
from tests.ui.stage import Player, make_services

pytestmark = pytest.mark.skipif(not isolates(detect()), reason="no full sandbox on this machine")


@pytest.mark.parametrize(("button", "allowed"), [("#yes", True), ("#no", False)])
async def test_the_answer_is_remembered(shop, state, until, button, allowed) -> None:
    player = Player(shop)
    app = AssistantApp(make_services(shop, state, tasks=player.tasks(), asks_for_tests=True))
    async with app.run_test() as pilot:
        screen = app.screen
        await until(pilot, lambda: screen.session)
        await pilot.press(*"/edit totals", "enter")
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
        assert player.requests == []
        await pilot.click(button)
        await until(pilot, lambda: player.requests and screen.phase == "idle")
        await pilot.press("i", *"/edit totals", "enter")
        await until(pilot, lambda: len(player.requests) == 2 and screen.phase == "idle")
        assert [request.tests for request in player.requests] == [allowed, allowed]


async def test_leaving_the_question_open_runs_no_tests(shop, state, until) -> None:
    player = Player(shop)
    app = AssistantApp(make_services(shop, state, tasks=player.tasks(), asks_for_tests=True))
    async with app.run_test() as pilot:
        screen = app.screen
        await until(pilot, lambda: screen.session)
        await pilot.press(*"/edit totals", "enter")
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
        await pilot.press("escape")
        await until(pilot, lambda: player.requests and screen.phase == "idle")
        assert player.requests[0].tests is False
