"""Text of the file screen is saved, and not lost."""

import subprocess

from assistant.ui.screens.dialogs import ConfirmDialog
from assistant.ui.screens.main import MainScreen
from tests.ui.keys import enter
from tests.ui.shop import CART


async def test_a_save_keeps_bytes_and_can_be_undone(app, shop, until, opened) -> None:
    file = shop / "shop/cart.py"
    before = b"\xef\xbb\xbf" + CART.replace("\n", "\r\n").encode().removesuffix(b"\r\n")
    file.write_bytes(before)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot, "shop/cart.py")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: screen.title_bar._note == "nothing to save")
        await pilot.press("#", "!", "backspace", "space")
        assert screen.changed
        await pilot.press("ctrl+s")
        await until(pilot, lambda: file.read_bytes() == before.replace(b'"""The', b'# """The', 1))
        await until(pilot, lambda: not screen.changed)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, MainScreen))
        entry = app.screen.session.writer.entries()[-1]
        assert (entry.title, entry.paths) == ("Edit shop/cart.py", ("shop/cart.py",))
        await until(
            pilot,
            lambda: (
                ("good", "Saved: Edit shop/cart.py (shop/cart.py)") in app.screen.log_view.entries
            ),
        )
        app.screen.prompt.set_text("")
        await pilot.press("escape", "ctrl+z")
        await until(pilot, lambda: file.read_bytes() == before)


async def test_a_save_does_not_end_a_review(app, until, opened) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        main = app.screen
        await until(pilot, lambda: main.session)
        await enter(pilot, "/edit totals", "enter")
        await until(pilot, lambda: main.review.proposal is not None and main.job is None)
        screen = await opened(pilot, "README.md")
        await pilot.press("x", "ctrl+s")
        await until(pilot, lambda: not screen.changed)
        await pilot.press("escape")
        await until(pilot, lambda: main.status.value.phase.startswith("saved"))
        assert main.review.proposal is not None


async def test_unsaved_text_is_not_lost_without_asking(app, until, opened) -> None:
    async with app.run_test() as pilot:
        screen = await opened(pilot, "shop/cart.py")
        await pilot.press("x", "escape")
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
        await pilot.press("n")
        await until(pilot, lambda: app.screen is screen)
        assert screen.view.text == "x" + CART
        await pilot.press("ctrl+q")
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
        await pilot.press("n")
        await until(pilot, lambda: app.screen is screen)
        await pilot.press("ctrl+z")
        assert not screen.changed
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, MainScreen))


async def test_what_changed_on_disk_is_not_overwritten(app, shop, until, opened) -> None:
    file = shop / "shop/cart.py"
    async with app.run_test() as pilot:
        screen = await opened(pilot, "shop/cart.py")
        await pilot.press("x")
        file.write_text("theirs\n")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: screen.problem.error)
        assert "changed on disk" in screen.problem.error.message
        assert "Nothing was overwritten" in screen.problem.error.hint
        assert file.read_text() == "theirs\n"
        assert screen.changed


async def test_a_file_that_changes_on_disk_is_read_again(app, shop, until, opened) -> None:
    file = shop / "shop/cart.py"
    async with app.run_test() as pilot:
        screen = await opened(pilot, "shop/cart.py:5")
        file.write_text("# theirs\n" + CART)
        screen.file_work.look()
        await until(pilot, lambda: screen.view.text.startswith("# theirs"))
        assert screen.view.position[0] == 4
        await pilot.press("x")
        file.write_text("# theirs again\n")
        screen.file_work.look()
        await until(pilot, lambda: screen.problem.error)
        assert screen.changed
        file.unlink()
        screen.file_work.look()
        await until(pilot, lambda: "removed" in screen.problem.error.message)


async def test_a_fast_burst_of_keys_keeps_its_order(app, shop, until, opened) -> None:
    async with app.run_test() as pilot:
        await opened(pilot, "shop/cart.py")
        await pilot.press("a", "b", "backspace", "c", "left", "d", "end", "enter", "ctrl+s")
        wanted = CART.split("\n")[0]
        text = f"adc{wanted}\n\n" + CART.partition("\n")[2]
        await until(pilot, lambda: (shop / "shop/cart.py").read_text() == text)


async def test_undo_on_the_command_line_covers_a_save(app, shop, state, until, opened) -> None:
    from assistant.apply.writer import Writer

    async with app.run_test() as pilot:
        screen = await opened(pilot, "shop/cart.py")
        await pilot.press("x", "ctrl+s")
        await until(pilot, lambda: (shop / "shop/cart.py").read_text() == "x" + CART)
        await until(pilot, lambda: not screen.changed)
    Writer(shop, state).undo()
    assert (shop / "shop/cart.py").read_text() == CART
    status = subprocess.run(
        ["git", "status", "--porcelain", "shop"], cwd=shop, capture_output=True, check=True
    )
    assert status.stdout == b""


async def test_a_save_that_fails_keeps_the_text(app, until, opened, monkeypatch) -> None:
    from assistant.errors import ApplyError

    def fail(self, reviewed):
        raise ApplyError("Nothing was written: disk full.", hint="Check disk space.")

    monkeypatch.setattr("assistant.apply.writer.Writer.apply", fail)
    async with app.run_test() as pilot:
        screen = await opened(pilot, "shop/cart.py")
        await pilot.press("x", "ctrl+s")
        await until(pilot, lambda: screen.problem.error)
        assert screen.problem.error.message == "Nothing was written: disk full."
        assert screen.problem.error.hint == "Check disk space. Your text is still here."
        assert screen.changed
