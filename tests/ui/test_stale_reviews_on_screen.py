"""A file that changes on disk while its proposal is under review."""

import pytest

from assistant.errors import StaleFile
from assistant.proposal.changes import Change
from assistant.review.decisions import Decision, Review
from assistant.review.rebasing import rebased
from assistant.solving.rebasing import remade
from assistant.solving.values import Candidate, Proposal
from assistant.ui.app import AssistantApp
from assistant.ui.controllers.rebasing import notice
from tests.ui.manyfiles import PRICES, reviewed, three_files
from tests.ui.shop import CART, CART_FIXED
from tests.ui.stage import make_services

_TOP = '"""The shopping cart: what is in it and what it costs."""\n'
_MINE = '"""My cart."""\n'
_TOTAL = "            total += item.price\n"


async def test_hunks_carry_over_to_the_changed_file_and_are_written(shop, state, until) -> None:
    app = AssistantApp(make_services(shop, state))
    cart = shop / "shop/cart.py"
    async with app.run_test(size=(110, 40)) as pilot:
        screen = app.screen
        panel = await reviewed(pilot, until, three_files())
        await pilot.press("a", "r", "F", "N")
        cart.write_text(CART.replace(_TOP, _MINE + "\n"))
        await pilot.press("w")
        await until(pilot, lambda: screen.problem.error)
        assert isinstance(screen.problem.error, StaleFile)
        assert "shop/cart.py changed on disk" in screen.problem.error.message
        assert "5 hunks as before" in screen.problem.error.hint
        assert cart.read_text() == CART.replace(_TOP, _MINE + "\n"), "nothing is written yet"
        assert panel.review.decisions["shop/cart.py#1"] is Decision.ACCEPTED
        assert panel.review.decisions["shop/cart.py#2"] is Decision.REJECTED
        assert panel.undecided == 2
        assert panel.review.changes[0].old.startswith(_MINE.encode())

        await pilot.press("escape", "w")
        rejected = CART_FIXED[CART_FIXED.index("        if not 0 <=") :].split("    def")[0]
        kept = CART_FIXED.replace(rejected, "        return self.total() - percent\n\n")
        await until(pilot, lambda: cart.read_text() == kept.replace(_TOP, _MINE + "\n"))


async def test_a_conflict_is_shown_and_left_to_the_user(shop, state, until) -> None:
    app = AssistantApp(make_services(shop, state))
    cart = shop / "shop/cart.py"
    mine = CART.replace(_TOTAL, "            total += item.price * 2\n")
    async with app.run_test(size=(110, 40)) as pilot:
        screen = app.screen
        panel = await reviewed(pilot, until, three_files())
        await pilot.press("A")
        cart.write_text(mine)
        await pilot.press("w")
        await until(pilot, lambda: screen.problem.error)
        assert "4 hunks as before, 1 to decide again" in screen.problem.error.hint
        assert panel.diff.current == "shop/cart.py#1"
        assert panel.undecided == 1

        def text() -> str:
            return "\n".join(strip.text for strip in screen._compositor.render_strips())

        await until(pilot, lambda: "! changed on disk" in text())
        assert "1 !" in text(), "the bar counts conflicts"
        assert "−             total += item.price * 2" in text(), "the user's line is shown"
        await pilot.press("escape", "A")
        assert panel.undecided == 1, "it is not accepted with all others"
        await pilot.press("r", "w")
        wanted = CART_FIXED.replace(
            "total += item.price * item.quantity", "total += item.price * 2"
        ).replace("        return round_money(total)\n", "        return total\n")
        await until(pilot, lambda: (shop / "shop/taxes.py").exists())
        assert cart.read_text() == wanted


async def test_decisions_made_while_it_is_made_again_are_kept(
    shop, state, until, monkeypatch
) -> None:
    from assistant.ui.controllers import rebasing

    app = AssistantApp(make_services(shop, state))
    async with app.run_test(size=(110, 40)) as pilot:
        panel = await reviewed(pilot, until, three_files())
        calls = []

        def slow(proposal, reviews, index, rebase):
            calls.append(index)
            if len(calls) == 1:
                app.call_from_thread(panel.action_decide, "rejected")
            return remade(proposal, reviews, index, rebase)

        monkeypatch.setattr(rebasing, "remade", slow)
        await pilot.press("a")
        (shop / "shop/cart.py").write_text(CART.replace(_TOP, _MINE))
        await pilot.press("w")
        await until(pilot, lambda: app.screen.problem.error)
        assert len(calls) == 2
        assert panel.review.decisions["shop/cart.py#2"] is Decision.REJECTED


async def test_a_review_whose_lines_are_all_there_is_closed(shop, state, until) -> None:
    app = AssistantApp(make_services(shop, state))
    async with app.run_test(size=(110, 40)) as pilot:
        screen = app.screen
        panel = await reviewed(pilot, until, three_files())
        await pilot.press("A")
        (shop / "shop/cart.py").write_text(CART_FIXED)
        (shop / "shop/prices.py").write_text(PRICES)
        (shop / "shop/taxes.py").write_text('"""Taxes."""\n\nRATE = 0.19\n')
        await pilot.press("w")
        await until(pilot, lambda: panel.proposal is None)
        note = "The files have all of it already; nothing was written"
        assert ("note", note) in screen.log_view.entries


async def test_files_that_cannot_be_read_are_an_error_and_keep_the_review(
    shop, state, until
) -> None:
    app = AssistantApp(make_services(shop, state))
    async with app.run_test(size=(110, 40)) as pilot:
        screen = app.screen
        panel = await reviewed(pilot, until, three_files())
        await pilot.press("A")
        before = panel.review
        (shop / "shop/cart.py").write_text(CART.replace(_TOP, _MINE))
        (shop / "shop/prices.py").unlink()
        (shop / "shop/prices.py").symlink_to("cart.py")
        await pilot.press("w")
        await until(pilot, lambda: screen.problem.error)
        assert "symbolic link" in screen.problem.error.message
        assert panel.review is before


@pytest.mark.parametrize(
    ("edited", "message", "hint"),
    [
        ({"a": b"0\nx\n"}, "a changed", "2 hunks as before, 1 hunk already there. Press w"),
        ({"a": b"0\n9\n"}, "a changed", "2 hunks as before, 1 to decide again, as you"),
        (
            {"a": b"9\n1\n", "b": b"3\n2\n", "c": b"3\n2\n"},
            "a and 2 more files changed",
            "(hunks 1, 2, 3)",
        ),
    ],
)
def test_the_notice_says_what_became_of_the_hunks(edited, message, hint) -> None:
    changes = tuple(Change(path, b"0\n1\n", b"0\nx\n") for path in "abc")
    review = Review.of("t", changes).decide_all(Decision.ACCEPTED)
    files = {path: edited.get(path, b"0\n1\n") for path in "abc"}
    proposal = Proposal("t", (Candidate(1, changes),))
    error = notice(remade(proposal, (review,), 0, lambda each: rebased(each, files)))
    assert error.message.startswith(f"{message} on disk")
    assert hint in error.hint
    assert ("Press w" in error.hint) == ("(hunks" not in hint)
