"""The status and the activity view tell how much is written, and how long it will take."""

import threading

from assistant.checks.results import Evidence, Status
from assistant.solving.events import (
    CandidateStarted,
    CheckFinished,
    Phase,
    PhaseStarted,
    ProposalReady,
    TextStreamed,
)
from assistant.solving.pace import Reached
from assistant.ui.amounts import reached_words
from assistant.ui.app import AssistantApp
from assistant.ui.widgets.activity import Activity
from tests.ui.stage import Player, cart_proposal, make_services


class Writing(Player):
    """Writes one candidate in two parts; the second waits."""

    def __init__(self, root) -> None:
        super().__init__(root)
        self.go_on, self.end = threading.Event(), threading.Event()

    def edit(self, request):
        return Waiting(self)


class Waiting(list):
    """Events of which some wait, as `Player` takes them: all but the last, then the last."""

    def __init__(self, player: Writing) -> None:
        super().__init__([ProposalReady(cart_proposal(player.root))])
        self._player = player

    def __getitem__(self, at):
        return self._events() if isinstance(at, slice) else super().__getitem__(at)

    def _events(self):
        yield PhaseStarted(Phase.WRITING, "shop/cart.py::Cart.total")
        yield CandidateStarted(1, expected=100)
        for _ in range(10):
            yield TextStreamed(1, "x", -0.1)
        self._player.go_on.wait(60)
        for _ in range(20):
            yield TextStreamed(1, "x", -0.1)
        self._player.end.wait(60)


def line(app, number: int) -> str:
    activity = app.screen.query_one(Activity)
    return "".join(piece.text for piece in activity.draw(number, 100))


async def test_what_is_written_and_the_time_left_are_shown(shop, state, until) -> None:
    now = [100.0]
    player = Writing(shop)
    services = make_services(shop, state, tasks=player.tasks())
    app = AssistantApp(services, clock=lambda: now[0])
    app.animation_level = "none"
    async with app.run_test(size=(120, 40)) as pilot:
        screen = app.screen
        await until(pilot, lambda: screen.session)
        await pilot.press(*"/edit totals", "enter")
        status = screen.status
        await until(pilot, lambda: status.value.reached == Reached(10, 100, False))
        shown = "".join(text for text, _ in status._left_parts())
        assert "writing ━━━━━━━━ 10%" in shown
        assert "left" not in shown, "no speed is known yet"
        assert "candidate 1 · 10 of about 100 tokens " in line(app, 2)
        now[0] += 1
        player.go_on.set()
        await until(pilot, lambda: status.value.reached == Reached(30, 100, False, left=3.5))
        shown = "".join(text for text, _ in status._left_parts())
        assert shown.endswith("writing ━━━━━━━━ 30%  1.0s · 3.5s left")
        assert "candidate 1 · 30 of about 100 tokens, 3.5s left" in line(app, 2)
        now[0] += 1
        await until(pilot, lambda: status.value.reached == Reached(30, 100, False, left=2.5))
        player.end.set()
        await until(pilot, lambda: screen.phase == "idle")
        assert status.value.reached is None


def test_only_what_is_known_is_put_into_words() -> None:
    assert reached_words(None) == ""
    assert reached_words(Reached(10, 100, reading=False)) == "10 of about 100 tokens"
    assert reached_words(Reached(10, 0, reading=False)) == ""
    assert reached_words(Reached(10, 100, reading=True)) == ""
    assert reached_words(Reached(10, 100, reading=True, left=4.0)) == "4.0s left"


async def test_a_tool_that_is_not_used_is_told_beside_what_fails(shop, state, until) -> None:
    unused = Evidence("linters", Status.SKIPPED, "mypy is not used: it takes longer than 20 s")

    class Skipping(Player):
        def fix(self, request):
            *events, ready = super().fix(request)
            return [*events, CheckFinished(-1, unused), ready]

    app = AssistantApp(make_services(shop, state, tasks=Skipping(shop).tasks()))
    async with app.run_test(size=(120, 40)) as pilot:
        screen = app.screen
        await until(pilot, lambda: screen.session)
        await pilot.press(*"/fix", "enter")
        await until(pilot, lambda: app.screen is not screen)
        await pilot.click("#once")
        await until(pilot, lambda: screen.review.proposal and screen.phase == "idle")
        names = [check.judge for check in screen.checks.checks]
        assert names[:4] == [
            "python -m pytest -q",
            "test_total_counts_quantities",
            "test_discount_is_a_percentage",
            "linters",
        ]
        assert ("note", unused.detail) in screen.log_view.entries
