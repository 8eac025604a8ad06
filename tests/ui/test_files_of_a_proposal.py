"""The list of files above a diff."""

from assistant.proposal.changes import Change, ChangeKind
from assistant.review.decisions import Decision, Review
from assistant.ui.app import AssistantApp
from assistant.ui.tally import FileTally, tally
from assistant.ui.widgets.changedfiles import ChangedFiles
from tests.ui.manyfiles import proposal_of, reviewed, three_files
from tests.ui.shop import CART, CART_FIXED
from tests.ui.stage import make_services


def test_a_review_is_counted_by_hunk_and_by_file() -> None:
    review = three_files().reviews[0]
    review = review.decide("shop/cart.py#1", Decision.ACCEPTED)
    review = review.decide("shop/cart.py#2", Decision.REJECTED)
    review = review.decide_lines("shop/prices.py#1", {0}, Decision.ACCEPTED)
    counts = tally(review)
    assert (counts.accepted, counts.rejected, counts.begun, counts.untouched) == (1, 1, 1, 2)
    assert (counts.total, counts.open, counts.writes) == (5, 3, 2)
    assert counts.files == (
        FileTally("shop/cart.py", ChangeKind.MODIFY, 6, 4, 2, 3),
        FileTally("shop/prices.py", ChangeKind.MODIFY, 1, 1, 0, 1),
        FileTally("shop/taxes.py", ChangeKind.CREATE, 3, 0, 0, 1),
    )


def test_conflicts_are_counted_while_they_are_open() -> None:
    review = three_files().reviews[0]
    conflict = Review(
        review.title, review.changes, review.hunks, review.decisions, review.edits,
        conflicts=frozenset({"shop/prices.py#1"}),
    )  # fmt: skip
    assert tally(conflict).conflicts == 1
    assert tally(conflict.decide("shop/prices.py#1", Decision.REJECTED)).conflicts == 0


def lines_of(files: ChangedFiles) -> list[str]:
    return [files.draw(n, files.size.width).text for n in range(files.line_count)]


async def test_each_file_has_its_counts_and_one_key_goes_to_the_next(shop, state, until) -> None:
    app = AssistantApp(make_services(shop, state))
    async with app.run_test(size=(90, 40)) as pilot:
        panel = await reviewed(pilot, until, three_files())
        files = panel.query_one(ChangedFiles)
        await until(pilot, lambda: files.size.height == 2)
        cells = " ".join(lines_of(files))
        assert "▌M shop/cart.py" in cells
        assert "+6 −4  0/3" in cells
        assert " A shop/taxes.py" in cells
        assert "+3 −0  0/1" in cells

        await pilot.press("N")
        assert panel.diff.current == "shop/prices.py#1"
        await until(pilot, lambda: "▌M shop/prices.py" in " ".join(lines_of(files)))
        await pilot.press("N", "N")
        assert panel.diff.current == "shop/taxes.py#1"
        await pilot.press("P", "P", "P")
        assert panel.diff.current == "shop/cart.py#1"


async def test_a_key_accepts_what_is_open_of_one_file(shop, state, until) -> None:
    app = AssistantApp(make_services(shop, state))
    async with app.run_test(size=(90, 40)) as pilot:
        panel = await reviewed(pilot, until, three_files())
        await pilot.press("r", "F")
        decisions = panel.review.decisions
        assert decisions["shop/cart.py#1"] is Decision.REJECTED, "what is decided stays"
        assert decisions["shop/cart.py#2"] is decisions["shop/cart.py#3"] is Decision.ACCEPTED
        assert panel.diff.current == "shop/prices.py#1", "the next file is next"
        assert panel.undecided == 2
        files = panel.query_one(ChangedFiles)
        assert "+6 −4  3/3" in " ".join(lines_of(files))


async def test_a_click_goes_to_a_file(shop, state, until) -> None:
    app = AssistantApp(make_services(shop, state))
    async with app.run_test(size=(90, 40)) as pilot:
        panel = await reviewed(pilot, until, three_files())
        files = panel.query_one(ChangedFiles)
        await until(pilot, lambda: files.size.height == 2)
        await pilot.click(files, offset=(files.size.width - 5, 0))
        assert panel.diff.current == "shop/prices.py#1"
        await pilot.click(files, offset=(5, 1))
        assert panel.diff.current == "shop/taxes.py#1"
        assert app.screen.focused is panel.diff


async def test_a_single_file_has_no_list_and_many_scroll(shop, state, until) -> None:
    app = AssistantApp(make_services(shop, state))
    async with app.run_test(size=(90, 40)) as pilot:
        change = Change("shop/cart.py", CART.encode(), CART_FIXED.encode())
        panel = await reviewed(pilot, until, proposal_of(change))
        files = panel.query_one(ChangedFiles)
        assert not files.display
        await pilot.press("N", "P")
        assert panel.diff.current == "shop/cart.py#1"

        long = "a_folder_with_a_long_name/and_a_module_{:02}.py"
        many = [Change(long.format(n), None, b"x\n") for n in range(30)]
        panel.show(proposal_of(*many))
        await until(pilot, lambda: files.display and files.size.height == 5)
        await pilot.press(*["N"] * 9)
        assert panel.diff.current == f"{long.format(9)}#1"
        await until(pilot, lambda: files.scroll_offset.y > 0)
        line = 9 // files._columns
        assert files.scroll_offset.y <= line < files.scroll_offset.y + 5
