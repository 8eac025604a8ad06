"""Snapshots of every screen: empty, busy, with an error, narrow and wide. The clock is fixed."""

import threading

import pytest

from assistant.errors import ContextError
from assistant.solving.events import CandidateStarted, Event, ThoughtStreamed
from assistant.solving.values import Proposal
from assistant.ui.screens.dialogs import ConsentDialog
from tests.ui.manyfiles import reviewed, three_files
from tests.ui.shop import CART
from tests.ui.stage import Player
from tests.ui.still import SIZES, idle, opened, typed


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_empty(snap_compare, still, until, size) -> None:
    assert snap_compare(still(), terminal_size=size, run_before=lambda p: opened(p, until))


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_plan(snap_compare, still, until, size) -> None:
    async def run(pilot) -> None:
        await typed(pilot, until, "count quantities in @shop/cart.py ")
        await until(pilot, lambda: len(pilot.app.screen.plan.steps) == 4)
        await until(pilot, idle(pilot))
        await until(pilot, lambda: pilot.app.screen.status.value.used)
        await pilot.press("a", "j", "r")
        pilot.app.clear_notifications()
        await pilot.pause()

    assert snap_compare(still(), terminal_size=size, run_before=run)


@pytest.mark.parametrize("size", [*SIZES, (200, 60)], ids=str)
@pytest.mark.parametrize("theme", ["assistant-dark", "assistant-light", "assistant-contrast"])
def test_diff(snap_compare, still, until, size, theme) -> None:
    async def run(pilot) -> None:
        await typed(pilot, until, "/edit count quantities")
        await until(pilot, lambda: pilot.app.screen.review.proposal)
        await until(pilot, lambda: pilot.app.screen.review.diff._colours.new)
        await pilot.press("a", "r")
        await until(pilot, idle(pilot))

    assert snap_compare(still(theme=theme), terminal_size=size, run_before=run)


@pytest.mark.parametrize(
    "theme", ["contrast-light", "safe-dark", "safe-light", "moss", "dusk", "frost", "terminal"]
)
def test_diff_in_other_themes(snap_compare, still, until, theme) -> None:
    async def run(pilot) -> None:
        await typed(pilot, until, "/edit count quantities")
        await until(pilot, lambda: pilot.app.screen.review.proposal)
        await until(pilot, lambda: pilot.app.screen.review.diff._colours.new)
        await pilot.press("a", "r")
        await until(pilot, idle(pilot))

    app = still(theme=f"assistant-{theme}")
    assert snap_compare(app, terminal_size=(120, 34), run_before=run)


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("theme", ["assistant-dark", "assistant-light", "assistant-contrast"])
def test_lines_of_a_hunk(snap_compare, still, until, size, theme) -> None:
    """A range, and a hunk that is decided in part, in a proposal of several files."""

    async def run(pilot) -> None:
        await opened(pilot, until)
        panel = await reviewed(pilot, until, three_files())
        await until(pilot, lambda: panel.diff._colours.new)
        await pilot.press("v", "j", "r", "v", "a", "escape", "n", "v", "j", "j")

    assert snap_compare(still(theme=theme), terminal_size=size, run_before=run)


def test_two_columns(snap_compare, still, until) -> None:
    async def run(pilot) -> None:
        await opened(pilot, until)
        panel = await reviewed(pilot, until, three_files())
        await until(pilot, lambda: panel.diff._colours.new)
        await pilot.press("vertical_line", "a", "r", "v", "G", "a")

    assert snap_compare(still(), terminal_size=(150, 40), run_before=run)


def test_a_review_made_again(snap_compare, still, shop, until) -> None:
    async def run(pilot) -> None:
        await opened(pilot, until)
        panel = await reviewed(pilot, until, three_files())
        await pilot.press("A")
        (shop / "shop/cart.py").write_text(CART.replace("+= item.price", "+= 2 * item.price"))
        await pilot.press("w")
        await until(pilot, lambda: pilot.app.screen.problem.error)
        await until(pilot, lambda: panel.diff._colours.new)
        pilot.app.clear_notifications()

    assert snap_compare(still(), terminal_size=(110, 36), run_before=run)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_busy(snap_compare, still, shop, until, size) -> None:
    player = Player(shop, hold=threading.Event())

    async def run(pilot) -> None:
        await typed(pilot, until, "/edit count quantities")
        await until(pilot, lambda: pilot.app.screen.status.value.phase == "checking")
        await until(pilot, lambda: len(pilot.app.screen.review.activity._rows) == 9)

    assert snap_compare(still(player), terminal_size=size, run_before=run)
    player.hold.set()


class Thinker(Player):
    """Reasons before it writes."""

    def _writing(self, proposal: Proposal) -> list[Event]:
        events = super()._writing(proposal)
        at = next(n for n, each in enumerate(events) if isinstance(each, CandidateStarted))
        text = (
            "The total has to count each item as often as its quantity says. So I multiply the "
            "price by the quantity before I add it.\n\nA discount is a percentage: 10 takes a "
            "tenth away, and nothing outside of 0 to 100 makes sense.\n"
        )
        thoughts = [ThoughtStreamed(f"{word} ") for word in text.split(" ")]
        return [*events[:at], *thoughts, *events[at:]]


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("unfolded", [False, True], ids=["folded", "unfolded"])
def test_reasoning(snap_compare, still, shop, until, size, unfolded) -> None:
    player = Thinker(shop, hold=threading.Event())

    async def run(pilot) -> None:
        await typed(pilot, until, "/edit count quantities")
        await until(pilot, lambda: pilot.app.screen.status.value.phase == "checking")
        await until(pilot, lambda: len(pilot.app.screen.review.activity._rows) == 9)
        await pilot.press("tab", "3")
        if unfolded:
            await pilot.press("enter")

    assert snap_compare(still(player), terminal_size=size, run_before=run)
    player.hold.set()


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_error(snap_compare, still, shop, until, size) -> None:
    error = ContextError(
        "The selection does not fit: 9,200 of 8,192 tokens.",
        hint="Deselect shop/orders.py (1,400 tokens), or select single units of it.",
    )

    async def run(pilot) -> None:
        await typed(pilot, until, "/edit count quantities")
        await until(pilot, lambda: pilot.app.screen.problem.error)

    assert snap_compare(still(Player(shop, failure=error)), terminal_size=size, run_before=run)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_checks_of_a_fix(snap_compare, still, until, size) -> None:
    async def run(pilot) -> None:
        screen = pilot.app.screen
        await typed(pilot, until, "/fix")
        await until(pilot, lambda: isinstance(pilot.app.screen, ConsentDialog))
        pilot.app.screen.query_one("#once").press()
        await until(pilot, lambda: screen.review.proposal and screen.job is None)
        await pilot.press("4", "home", "j", "enter")

    assert snap_compare(still(), terminal_size=size, run_before=run)


def test_consent(snap_compare, still, until, monkeypatch) -> None:
    monkeypatch.setattr("assistant.checks.runner.CheckRunner.confinement", "bubblewrap")

    async def run(pilot) -> None:
        await typed(pilot, until, "/fix")
        await until(pilot, lambda: isinstance(pilot.app.screen, ConsentDialog))
        pilot.app.screen.query_one("#once").focus()
        pilot.app.clear_notifications()

    assert snap_compare(still(), terminal_size=(80, 24), run_before=run)
