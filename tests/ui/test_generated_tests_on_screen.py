"""Generated tests: they need the user's command and a sandbox."""

import pytest

from assistant.solving.events import CandidateStarted, Phase, PhaseStarted
from assistant.ui.app import AssistantApp
from tests.ui.stage import Player, make_services


@pytest.mark.parametrize(("confinement", "said"), [("bubblewrap", True), ("limits only", False)])
async def test_generated_tests_are_toggled_and_need_a_sandbox(
    shop, state, until, confinement, said
) -> None:
    player = Player(shop)
    app = AssistantApp(make_services(shop, state, tasks=player.tasks()))
    async with app.run_test() as pilot:
        screen = app.screen
        await until(pilot, lambda: screen.session)
        screen.session.workspace.runner._confinement = confinement
        await pilot.press(*"/generated-tests", "enter")
        await until(pilot, lambda: bool(screen.problem.error) is not said)
        if not said:
            assert "Install bubblewrap" in screen.problem.error.hint
        await pilot.press("ctrl+u", *"/edit totals", "enter")
        await until(pilot, lambda: player.requests and screen.phase == "idle")
        assert [request.generated_tests for request in player.requests] == [said]
        if said:
            await pilot.press("i", *"/generated-tests", "enter")
            await pilot.press(*"/edit totals", "enter")
            await until(pilot, lambda: len(player.requests) == 2 and screen.phase == "idle")
            assert player.requests[1].generated_tests is False


async def test_generated_tests_are_off_by_default(shop, state, until) -> None:
    player = Player(shop)
    app = AssistantApp(make_services(shop, state, tasks=player.tasks()))
    async with app.run_test() as pilot:
        await until(pilot, lambda: app.screen.session)
        await pilot.press(*"/edit totals", "enter")
        await until(pilot, lambda: player.requests)
        assert player.requests[0].generated_tests is False


async def test_generated_tests_are_not_called_candidates(shop, state, until) -> None:
    app = AssistantApp(make_services(shop, state, tasks=Player(shop).tasks()))
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: app.screen.session)
        activity = app.screen.review.activity
        for phase, said in (
            (Phase.TESTING, "tests to rank"),
            (Phase.WRITING, "candidate 1"),
        ):
            activity.show(PhaseStarted(phase, "calc.py"))
            activity.show(CandidateStarted(1))
            assert activity._rows[-1].detail.startswith(said)
