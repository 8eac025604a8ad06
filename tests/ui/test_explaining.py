"""/explain shows in the log how the candidates came about."""

from assistant.ui.app import AssistantApp
from tests.ui.stage import Player, make_services


async def test_explain_shows_the_source_and_rank_of_every_candidate(shop, state, until) -> None:
    app = AssistantApp(make_services(shop, state, tasks=Player(shop).tasks()))
    async with app.run_test(size=(120, 40)) as pilot:
        screen = app.screen
        await until(pilot, lambda: screen.session)
        log = screen.log_view
        await pilot.press(*"/edit totals", "enter")
        await until(pilot, lambda: screen.review.proposal and screen.phase == "idle")
        await pilot.press("i", *"/explain", "enter")
        await until(pilot, lambda: any("best first" in each.text for each in log._entries))
        said = next(each.text for each in log._entries if "best first" in each.text)
        assert "1. candidate 1, rewrite: not tested" in said
        assert "after candidate 1 by votes" in said
        kinds = [kind for kind, text in log.entries if text]
        asked = max(n for n, entry in enumerate(log.entries) if entry == ("you", "/explain"))
        assert "best first" in log.entries[asked + 1][1], kinds
