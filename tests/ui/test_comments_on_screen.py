"""Comments on lines of the review: written, shown, stored, sent with the next prompt."""

from dataclasses import replace

import pytest

from assistant.errors import EngineError, UsageError
from assistant.review.comments import comment_on
from assistant.ui.app import AssistantApp
from assistant.ui.commands import Command
from assistant.ui.controllers.sessions import LAST
from assistant.ui.screens.reason import ReasonDialog
from assistant.ui.screens.remark import RemarkDialog
from tests.ui.keys import enter
from tests.ui.redrawstage import DISCOUNTED, Script
from tests.ui.seeing import drawn
from tests.ui.shop import CART_FIXED
from tests.ui.stage import Player, make_services, real_tasks


@pytest.fixture
def script(shop, state, until):
    return lambda *answers, **options: Script(shop, state, until, list(answers), **options)


def shown(app) -> str:
    return "".join(text for text, _ in drawn(app))


async def comment(told, pilot, text: str) -> None:
    """Writes a comment with `c`."""
    await pilot.press("c")
    await told.until(pilot, lambda: isinstance(told.app.screen, RemarkDialog))
    await pilot.press("f7")
    await enter(pilot, text, "ctrl+s")
    await told.until(pilot, lambda: not isinstance(told.app.screen, RemarkDialog))


def texts(told) -> list[str]:
    return [each.text for each in told.review.body.comments]


async def test_a_comment_on_lines_is_shown_stored_edited_and_removed(script, shop, state) -> None:
    told = script()
    async with told.app.run_test(size=(120, 40)) as pilot:
        await told.propose(pilot)
        await pilot.press("g", "n", "v", "j")
        await comment(told, pilot, "who calls it with 101?")
        (kept,) = told.review.body.comments
        assert (kept.path, kept.quoted[0].strip()) == (
            "shop/cart.py",
            "if not 0 <= percent <= 100:",
        )
        assert "✎  who calls it with 101?" in shown(told.app)
        words = shown(told.app).replace(" ", "")
        assert words.index("ifnot0<=percent") < words.index("whocallsit")
        assert words.index("whocallsit") < words.index("raiseValueError")
        await pilot.press("escape")
        await comment(told, pilot, "the whole hunk")
        assert texts(told) == ["who calls it with 101?", "the whole hunk"]

    later = script(reopen=LAST)
    async with later.app.run_test(size=(120, 40)) as pilot:
        await later.until(pilot, lambda: later.review.proposal and len(texts(later)) == 2)
        await later.until(pilot, lambda: "the whole hunk" in shown(later.app))
        await pilot.press("g", "n")
        await comment(later, pilot, "")
        assert texts(later) == ["who calls it with 101?"]
        await pilot.press("v", "j")
        await comment(later, pilot, "why?")
        assert texts(later) == ["why?"]


async def test_comments_go_with_the_hunk_that_is_sent_back(script) -> None:
    told = script(DISCOUNTED)
    async with told.app.run_test(size=(120, 40)) as pilot:
        await told.propose(pilot)
        await pilot.press("g")
        await comment(told, pilot, "on another hunk")
        await pilot.press("n")
        await comment(told, pilot, "no error here")
        before = told.review.review
        await pilot.press("s")
        await told.until(pilot, lambda: isinstance(told.app.screen, ReasonDialog))
        assert "1 comment goes along" in shown(told.app)
        await pilot.press("ctrl+s")
        await told.until(pilot, lambda: told.review.review is not before)
        asked = told.engine.requests[0].messages[-1].content
        line = 1 + CART_FIXED.split("\n").index("        if not 0 <= percent <= 100:")
        assert "not right: Comments on its lines: no error here\n\nshop/cart.py, line" in asked
        assert f"shop/cart.py, line {line}:\n>         if not 0 <= percent <= 100:\n" in asked
        assert "on another hunk" not in asked
        assert texts(told) == ["on another hunk"]


async def test_a_hunk_that_cannot_be_drawn_again_keeps_its_comments(script) -> None:
    told = script(EngineError("The worker died."))
    async with told.app.run_test(size=(120, 40)) as pilot:
        await told.propose(pilot)
        await comment(told, pilot, "no error here")
        await told.send_back(pilot, "no")
        await told.idle(pilot)
        assert texts(told) == ["no error here"]


async def test_the_next_task_reads_the_comments_and_then_they_are_gone(script, shop, state) -> None:
    told = script(EngineError("The worker died."), "It counts.")
    tasks = replace(Player(shop).tasks(), ask=real_tasks().ask)
    told.app = AssistantApp(make_services(shop, state, engine=told.engine, tasks=tasks))
    async with told.app.run_test(size=(120, 40)) as pilot:
        screen = told.app.screen
        await told.propose(pilot)
        await comment(told, pilot, "exact cents")
        await pilot.press("R", "w")
        await told.until(pilot, lambda: told.review.proposal is None)
        for left in (["exact cents"], []):
            screen.action_prompt()
            await enter(pilot, "/ask why", "enter")
            await told.until(pilot, lambda: screen.prompt.input.text == "")
            await told.idle(pilot)
            assert texts(told) == left, "they stay while no answer has come"
        asked = told.engine.requests[-1].messages[-1].content
        heading = "# What the user said about lines of an earlier proposal\n\nshop/cart.py, line "
        assert heading in asked
        assert asked.index("exact cents") < asked.index("# Question")


async def test_comments_are_listed_and_dropped(script) -> None:
    told = script()
    async with told.app.run_test(size=(120, 40)) as pilot:
        screen = told.app.screen
        await told.propose(pilot)
        await comment(told, pilot, "exact cents")
        commands = screen.controllers.commands
        with pytest.raises(UsageError, match="takes no text"):
            commands.run(Command("comments", "all"))
        commands.run(Command("comments", ""))
        assert screen.log_view.entries[-1][1].endswith(": exact cents")
        commands.run(Command("comments", "drop"))
        assert texts(told) == []


async def test_a_plan_leaves_the_comments_to_its_steps(shop, state, until) -> None:
    player = Player(shop)
    app = AssistantApp(make_services(shop, state, tasks=player.tasks()))
    async with app.run_test(size=(120, 40)) as pilot:
        screen = app.screen
        await until(pilot, lambda: screen.session)
        await enter(pilot, "/edit totals", "enter")
        await until(pilot, lambda: screen.review.proposal and screen.job is None)
        review = screen.review.review
        kept = comment_on(review, review.hunks[0].id, (), "exact cents")
        screen.controllers.comments._set((kept,))
        await pilot.press("R", "w")
        screen.action_prompt()
        await enter(pilot, "/plan totals", "enter")
        await until(pilot, lambda: len(screen.plan.steps) == 4 and screen.job is None)
        assert player.requests[-1].said.comments == ()
        await pilot.press("enter")
        await until(pilot, lambda: screen.review.proposal and screen.job is None)
        assert player.requests[-1].said.comments == (kept,)
        assert screen.review.body.comments == ()
