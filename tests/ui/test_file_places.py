"""From the file screen to other places: matches, lines, units, names, the task line."""

from assistant.context.bundle import Selected
from assistant.ui.screens.file import FileScreen
from assistant.ui.screens.outline import GoToDialog
from assistant.ui.screens.search import PlacesScreen
from tests.ui.keys import enter
from tests.ui.shop import CART, line_of


async def test_find_goes_through_the_matches(app, until, opened) -> None:
    async with app.run_test() as pilot:
        screen = await opened(pilot, "shop/cart.py")
        await pilot.press("ctrl+f")
        await enter(pilot, "total")
        bar = screen.find_bar
        count = CART.lower().count("total")
        assert len(screen.view._matches.found) == count
        assert screen.view.selected_text.lower() == "total"
        first = screen.view.search_start
        await pilot.press("enter")
        assert screen.view.search_start > first
        await pilot.press("up")
        assert screen.view.search_start == first
        await pilot.press("up")
        assert bar._count._right[0][0] == f"{count} of {count} "
        await enter(pilot, "zzz")
        assert bar._count._right[0][0] == "nothing "
        await pilot.press("escape")
        assert not bar.is_open
        assert screen.view.has_focus
        assert isinstance(app.screen, FileScreen)


async def test_find_works_in_a_file_that_is_only_read(app, shop, until, opened) -> None:
    (shop / "big.txt").write_bytes(b"nothing here\n" * 200_000 + b"one needle, two needle\n")
    async with app.run_test() as pilot:
        screen = await opened(pilot, "big.txt")
        await pilot.press("ctrl+f")
        await enter(pilot, "needle")
        assert screen.view.search_start == (200_000, 4)
        await pilot.press("enter")
        assert screen.view.search_start == (200_000, 16)
        await pilot.press("enter")
        assert screen.view.search_start == (200_000, 4)


async def test_go_to_a_line_or_a_unit(app, until, opened) -> None:
    async with app.run_test() as pilot:
        screen = await opened(pilot, "shop/cart.py")
        await pilot.press("ctrl+l")
        await until(pilot, lambda: isinstance(app.screen, GoToDialog))
        await pilot.press("1", "2", "enter")
        await until(pilot, lambda: app.screen is screen and screen.view.position[0] == 11)
        await pilot.press("ctrl+l")
        await until(pilot, lambda: isinstance(app.screen, GoToDialog))
        await enter(pilot, "disc")
        await until(pilot, lambda: app.screen.list.units)
        await pilot.press("enter")
        at = line_of(CART, "def discounted")
        await until(pilot, lambda: app.screen is screen and screen.view.position[0] == at)
        await pilot.press("ctrl+l")
        await until(pilot, lambda: isinstance(app.screen, GoToDialog) and app.screen.list.units)
        assert app.screen.list.current.name == "Cart.discounted"
        await pilot.press("up", "escape")
        await until(pilot, lambda: app.screen is screen)
        assert screen.view.position[0] == at


async def test_definition_and_uses_of_a_name(app, until, opened) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot, "shop/cart.py")
        line = line_of(CART, "return self.total()")
        screen.view.go_to(line, CART.split("\n")[line].index("total"))
        await pilot.press("f12")
        await until(pilot, lambda: screen.view.position[0] == line_of(CART, "def total"))
        await pilot.press("f12")
        await until(pilot, lambda: screen.title_bar._note == "this is the definition")
        await pilot.press("f24")
        await until(pilot, lambda: isinstance(app.screen, PlacesScreen))
        places = app.screen
        lines = [r.hit.line - 1 for r in places.list.results.rows if hasattr(r, "hit")]
        assert line in lines
        await pilot.press("down", "enter")
        await until(pilot, lambda: isinstance(app.screen, FileScreen) and app.screen is not screen)
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is places)
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is screen)


async def test_a_definition_in_another_file_opens_it(app, until, opened) -> None:
    async with app.run_test() as pilot:
        screen = await opened(pilot, "shop/cart.py")
        line = line_of(CART, "import round_money")
        screen.view.go_to(line, CART.split("\n")[line].index("round_money"))
        await pilot.press("f12")
        await until(pilot, lambda: isinstance(app.screen, FileScreen) and app.screen is not screen)
        assert app.screen.file.path == "shop/prices.py"
        assert app.screen.view.position[0] == 3
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is screen)


async def test_without_a_name_f12_says_so(app, until, opened) -> None:
    async with app.run_test() as pilot:
        screen = await opened(pilot, "shop/cart.py:2")
        await pilot.press("f12")
        await until(pilot, lambda: screen.problem.error)
        assert screen.problem.error.message == "There is no name here."
        await pilot.press("escape")
        assert screen.problem.error is None


async def test_the_search_for_a_name_can_be_stopped(app, until, opened, monkeypatch) -> None:
    import threading

    started, release = threading.Event(), threading.Event()

    def slow(self, at, data, check):
        started.set()
        release.wait(20)
        check()
        raise AssertionError("it was cancelled")

    monkeypatch.setattr("assistant.ui.fileaccess.FileAccess.references", slow)
    async with app.run_test() as pilot:
        screen = await opened(pilot, "shop/cart.py")
        await pilot.press("shift+f12")
        await until(pilot, started.is_set)
        assert screen.file_work.searching
        await pilot.press("escape")
        assert not screen.file_work.searching
        release.set()
        await pilot.pause()
        assert app.screen is screen
        assert screen.problem.error is None


async def test_a_range_goes_to_the_task_line_as_its_unit(app, until, opened) -> None:
    async with app.run_test() as pilot:
        screen = await opened(pilot, "shop/cart.py")
        main = app.screen_stack[0]
        screen.view.go_to(line_of(CART, "total = 0.0"))
        await pilot.press("shift+down", "x", "ctrl+r")
        await until(pilot, lambda: screen.problem.error)
        assert screen.problem.error.message == "This text is not saved yet."
        await pilot.press("ctrl+z", "shift+down", "ctrl+r")
        await until(pilot, lambda: app.screen is main)
        await until(pilot, lambda: main.focused is main.prompt.input)
        assert tuple(main.files.file_tree.selection) == (Selected("shop/cart.py", "Cart.total"),)


async def test_a_range_over_everything_selects_the_file(app, until, opened) -> None:
    async with app.run_test() as pilot:
        await opened(pilot, "shop/cart.py")
        main = app.screen_stack[0]
        await pilot.press("f7", "ctrl+r")
        await until(pilot, lambda: app.screen is main)
        assert tuple(main.files.file_tree.selection) == (Selected("shop/cart.py"),)
