"""Deciding single lines of a hunk in the diff."""

import pytest
from textual.widgets import Static

from assistant.proposal.changes import Change
from assistant.review.decisions import Decision
from assistant.review.lines import LineDecisions
from assistant.ui.app import AssistantApp
from assistant.ui.screens.dialogs import ConfirmDialog
from tests.ui.manyfiles import proposal_of, reviewed
from tests.ui.shop import CART
from tests.ui.stage import make_services

_OLD = "        return self.total() - percent\n"
_NEW = """\
        if percent < 0:
            percent = 0
        return self.total() * (100 - percent)
"""
_CHANGED = CART.replace(_OLD, _NEW).replace("    quantity: int = 1\n", "    quantity: int = 2\n")
_HUNK = "shop/cart.py#2"
"""One removed line, 0, and three added ones."""


@pytest.fixture
def panel(shop, state, until):
    """Runs an app whose cursor is on the hunk with four lines."""
    app = AssistantApp(make_services(shop, state))

    async def opened(pilot):
        change = Change("shop/cart.py", CART.encode(), _CHANGED.encode())
        panel = await reviewed(pilot, until, proposal_of(change))
        await pilot.press("n")
        assert panel.diff.current == _HUNK
        return panel

    return app, opened


def _decided(panel) -> LineDecisions:
    return panel.review.line_decisions(panel.review.hunk(_HUNK))


async def test_exactly_the_range_is_accepted_and_written(panel, until, shop) -> None:
    app, opened = panel
    async with app.run_test(size=(110, 30)) as pilot:
        review = await opened(pilot)
        await pilot.press("v", "j", "j", "k")
        assert review.diff.chosen == {0, 1}
        await pilot.press("down", "down", "down", "up", "a")
        assert _decided(review) == LineDecisions(frozenset({0, 1, 2}))
        assert review.diff.chosen == {3}, "the next open line is chosen"
        await pilot.press("r")
        assert _decided(review).rejected == {3}
        assert review.diff.chosen == frozenset()
        assert review.diff.current == "shop/cart.py#1", "and then the next open hunk"
        await pilot.press("r", "w")
        wanted = CART.replace(_OLD, "".join(_NEW.splitlines(keepends=True)[:2]))
        await until(pilot, lambda: (shop / "shop/cart.py").read_text() == wanted)


async def test_a_part_that_does_not_parse_is_written_only_after_a_question(
    panel, until, shop
) -> None:
    app, opened = panel
    async with app.run_test(size=(110, 30)) as pilot:
        review = await opened(pilot)
        await pilot.press("v", "j", "v", "a")
        assert _decided(review) == LineDecisions(frozenset({1}))
        await pilot.press("w")
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
        body = str(app.screen.query_one(".text", Static).content)
        assert "does not parse: shop/cart.py:" in body
        await pilot.press("n")
        await until(pilot, lambda: not isinstance(app.screen, ConfirmDialog))
        assert (shop / "shop/cart.py").read_text() == CART
        await pilot.press("w")
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
        await pilot.press("y")
        await until(pilot, lambda: (shop / "shop/cart.py").read_text() != CART)


async def test_a_range_can_begin_at_any_line_and_escape_leaves_it(panel) -> None:
    app, opened = panel
    async with app.run_test(size=(110, 30)) as pilot:
        review = await opened(pilot)
        await pilot.press("v", "j", "j", "v")
        assert review.diff.chosen == {2}
        await pilot.press("G")
        assert review.diff.chosen == {2, 3}, "a range stays in its hunk"
        await pilot.press("g")
        assert review.diff.chosen == {0, 1, 2}, "and may go up"
        await pilot.press("escape")
        assert review.diff.chosen == frozenset()
        assert app.screen.focused is review.diff
        assert review.review.decisions[_HUNK] is Decision.UNDECIDED
        await pilot.press("a")
        assert review.review.decisions[_HUNK] is Decision.ACCEPTED


async def test_a_range_ends_where_the_cursor_leaves_the_hunk(panel) -> None:
    app, opened = panel
    async with app.run_test(size=(110, 30)) as pilot:
        review = await opened(pilot)
        for keys in (("n", "p"), ("vertical_line",), ("o",)):
            await pilot.press("v", "j")
            assert review.diff.chosen
            await pilot.press(*keys)
            assert not review.diff.chosen
            review.diff.current = _HUNK


async def test_lines_are_reset_and_the_rest_is_decided_with_the_hunk(panel) -> None:
    app, opened = panel
    async with app.run_test(size=(110, 30)) as pilot:
        review = await opened(pilot)
        await pilot.press("v", "j", "r")
        await pilot.press("escape", "v")
        assert review.diff.chosen == {2}, "a range begins at an open line"
        await pilot.press("k", "u")
        assert _decided(review) == LineDecisions(rejected=frozenset({0}))
        await pilot.press("escape", "a")
        assert _decided(review) == LineDecisions(frozenset({1, 2, 3}), frozenset({0}))
        assert review.undecided == 1


async def test_the_screen_says_what_is_chosen_and_what_is_decided(panel, until) -> None:
    app, opened = panel
    async with app.run_test(size=(110, 30)) as pilot:
        review = await opened(pilot)

        def text() -> str:
            return "\n".join(strip.text for strip in app.screen._compositor.render_strips())

        await pilot.press("v", "j")
        await until(pilot, lambda: "2 lines selected" in text())
        assert "a accept lines" in text()
        assert "v start here" in text()
        assert "−│" in text()
        assert "+│" in text()
        await pilot.press("r")
        await until(pilot, lambda: "2 of 4 lines rejected, 2 open" in text())
        await pilot.press("u", "escape", "u", "v", "j", "a", "r", "escape")
        await until(pilot, lambda: "2 of 4 lines accepted, 1 open" in text())
        assert "−✓" in text()
        assert "+✗" in text()
        assert "selected" not in text()
        assert "1 ◐" in text()
        assert review.undecided == 2


async def test_a_click_moves_the_end_of_a_range(panel) -> None:
    app, opened = panel
    async with app.run_test(size=(110, 30)) as pilot:
        review = await opened(pilot)
        await pilot.press("v")
        diff = review.diff
        row = diff._range.start + 2 - int(diff.scroll_offset.y)
        await pilot.click(diff, offset=(20, row))
        assert diff.chosen == {0, 1, 2}


async def test_a_range_beside_each_other_has_both_lines_of_a_row(panel) -> None:
    app, opened = panel
    async with app.run_test(size=(110, 30)) as pilot:
        review = await opened(pilot)
        await pilot.press("vertical_line", "v", "G")
        assert review.diff.chosen == {0, 1, 2, 3}
        await pilot.press("g")
        rows = [review.diff.chosen]
        for _ in range(2):
            await pilot.press("v", "j", "v")
            rows.append(review.diff.chosen)
        assert [set(row) for row in rows] == [{1}, {2}, {0, 3}]


async def test_an_empty_file_has_no_lines_to_choose(shop, state, until) -> None:
    app = AssistantApp(make_services(shop, state))
    async with app.run_test(size=(110, 30)) as pilot:
        review = await reviewed(pilot, until, proposal_of(Change("empty.py", None, b"")))
        await pilot.press("v")
        assert review.diff.chosen == frozenset()
        await pilot.press("a")
        assert review.review.decisions["empty.py#1"] is Decision.ACCEPTED
