"""What is accepted is checked before it is written."""

import pytest

from assistant.checks.commands import parse_command
from assistant.checks.results import Status, Verdict
from assistant.proposal.changes import Change
from tests.ui.redrawstage import Script
from tests.ui.shop import CART


@pytest.fixture
def script(shop, state, until):
    return lambda *answers, **options: Script(shop, state, until, list(answers), **options)


async def test_checking_a_part_runs_on_exactly_what_is_accepted(script, shop) -> None:
    told = script()
    async with told.app.run_test(size=(170, 40)) as pilot:
        await told.propose(pilot)
        await told.decide(pilot)
        told.app.screen.session.check = parse_command("python -m unittest discover -s tests")
        await told.until(pilot, lambda: "○ part not checked" in told.shown())
        await pilot.press("x")
        await told.until(pilot, lambda: told.review.part is not None)
        part = told.review.part
        assert part.numbers == (1,)
        expected = CART.replace("total += item.price\n", "total += item.price * item.quantity\n")
        expected = expected.replace("        return total\n", "        return round_money(total)\n")
        assert part.changes == (Change("shop/cart.py", CART.encode(), expected.encode()),)
        assert (shop / "shop/cart.py").read_text() == CART, "nothing is written"
        assert told.app.screen.panes.active == "checks"
        await told.until(pilot, lambda: "Accepted part: hunk 1 of 3" in told.shown())
        assert " part: ○ not tested" in told.shown() or " part: ✗ failed" in told.shown()
        assert "not what is accepted now; x checks that" in told.shown()


async def test_a_failing_part_is_not_shown_with_the_verdict_of_the_whole(script, shop) -> None:
    told = script()
    async with told.app.run_test(size=(170, 40)) as pilot:
        await told.propose(pilot)
        code = "import sys; sys.exit('percentage:' not in open('shop/cart.py').read())"
        told.app.screen.session.check = parse_command(f'python -c "{code}"')
        await pilot.press("g", "a", "n", "r", "x")
        await told.until(pilot, lambda: told.review.part is not None)
        assert told.review.part.verdict is Verdict.FAILED
        failed = [each for each in told.review.part.evidence if each.status is Status.FAILED]
        assert [each.judge for each in failed] == ["tests"]
        assert told.review.proposal.best.verdict is not Verdict.FAILED


async def test_a_part_holds_only_for_the_decisions_it_was_checked_with(script) -> None:
    told = script()
    async with told.app.run_test(size=(170, 40)) as pilot:
        await told.propose(pilot)
        await told.decide(pilot)
        await pilot.press("x")
        await told.until(pilot, lambda: told.review.part is not None)
        assert "decisions have changed" not in told.shown()
        await pilot.press("3", "g", "n", "a")
        await told.until(pilot, lambda: "decisions have changed" in told.shown())
        assert "○ part not checked" in told.shown()


async def test_with_nothing_accepted_there_is_nothing_to_check(script) -> None:
    told = script()
    async with told.app.run_test(size=(120, 40)) as pilot:
        await told.propose(pilot)
        await pilot.press("x")
        await told.until(pilot, lambda: told.app.screen.problem.error is not None)
        assert told.app.screen.problem.error.message.startswith("No hunk is accepted")
