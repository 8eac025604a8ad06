"""Undo, redo and commit of what was written."""

import subprocess

from assistant.ui.app import AssistantApp
from tests.ui.shop import CART, CART_FIXED
from tests.ui.stage import make_services


def git(root, *arguments: str) -> bytes:
    return subprocess.run(["git", *arguments], cwd=root, check=True, capture_output=True).stdout


async def apply_everything(pilot, until, shop) -> None:
    screen = pilot.app.screen
    await until(pilot, lambda: screen.session)
    await pilot.press(*"/edit totals", "enter")
    await until(pilot, lambda: screen.review.proposal is not None)
    await pilot.press("A", "w")
    await until(pilot, lambda: (shop / "shop/cart.py").read_text() == CART_FIXED)
    await until(pilot, lambda: screen.review.proposal is None)


async def test_a_write_can_be_undone_from_the_task_line(shop, state, until) -> None:
    app = AssistantApp(make_services(shop, state))
    file = shop / "shop/cart.py"
    before = file.read_bytes()
    async with app.run_test() as pilot:
        screen = app.screen
        await apply_everything(pilot, until, shop)
        await until(pilot, lambda: screen.focused is screen.prompt.input)
        written = file.read_bytes()

        await pilot.press(*"a", "ctrl+z")
        assert screen.prompt.input.text == ""
        await pilot.press("ctrl+y")
        assert screen.prompt.input.text == "a"
        assert file.read_bytes() == written, "typing is undone first"

        await pilot.press("ctrl+z", "ctrl+z")
        await until(pilot, lambda: file.read_bytes() == before)
        screen.prompt.set_text("")
        await pilot.press("ctrl+y")
        await until(pilot, lambda: file.read_bytes() == written)


async def test_undo_asks_before_it_keeps_later_edits(shop, state, until) -> None:
    app = AssistantApp(make_services(shop, state))
    file = shop / "shop/cart.py"
    async with app.run_test() as pilot:
        screen = app.screen
        await apply_everything(pilot, until, shop)
        file.write_text(file.read_text().replace('"""The shopping cart', '"""My shopping cart'))
        edited = file.read_text()
        await pilot.press("ctrl+z")
        await until(pilot, lambda: app.screen is not screen)
        await pilot.press("n")
        await until(pilot, lambda: app.screen is screen)
        assert file.read_text() == edited
        await pilot.press("ctrl+z")
        await until(pilot, lambda: app.screen is not screen)
        await pilot.press("y")
        wanted = CART.replace('"""The shopping cart', '"""My shopping cart')
        await until(pilot, lambda: file.read_text() == wanted)


async def test_undo_without_a_write_shows_an_error(shop, state, until) -> None:
    app = AssistantApp(make_services(shop, state))
    async with app.run_test() as pilot:
        await until(pilot, lambda: app.screen.session)
        await pilot.press(*"/undo", "enter")
        await until(pilot, lambda: app.screen.problem.error)


async def test_commit_commits_what_was_written(shop, state, until) -> None:
    for name, value in (("user.name", "Ada"), ("user.email", "ada@example.org")):
        git(shop, "config", name, value)
    app = AssistantApp(make_services(shop, state))
    async with app.run_test() as pilot:
        screen = app.screen
        await apply_everything(pilot, until, shop)
        await pilot.press(*"/commit", "space", *"Count quantities", "enter")
        await until(pilot, lambda: screen.status.value.phase == "committed")
    assert git(shop, "log", "-1", "--format=%s") == b"Count quantities\n"
    assert git(shop, "status", "--porcelain") == b" M README.md\n?? notes.txt\n"
