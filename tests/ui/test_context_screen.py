"""The context screen: what will be sent, what was sent, and the selection there."""

import pytest

from assistant.context.bundle import Selected
from assistant.engine.scripted import ScriptedEngine
from assistant.ui.app import AssistantApp
from assistant.ui.screens.context import ContextScreen
from assistant.ui.screens.file import FileScreen
from assistant.ui.widgets.parts import PartText
from tests.ui.stage import make_services, real_tasks


@pytest.fixture
def app(shop, state) -> AssistantApp:
    engine = ScriptedEngine(lambda _: "It adds up prices.")
    return AssistantApp(make_services(shop, state, tasks=real_tasks(), engine=engine))


def names(screen: ContextScreen) -> list[str]:
    return [row.name for row in screen.list._rows]


def reasons(screen: ContextScreen) -> list[str]:
    return [row.reason for row in screen.list._rows]


def at(screen: ContextScreen, name: str) -> None:
    screen.list.cursor = names(screen).index(name)


async def opened(pilot, until, text: str = "") -> ContextScreen:
    main = pilot.app.screen
    await until(pilot, lambda: main.session)
    main.prompt.set_text(text)
    await pilot.press("f2")
    await until(pilot, lambda: isinstance(pilot.app.screen, ContextScreen))
    screen = pilot.app.screen
    await until(pilot, lambda: names(screen))
    return screen


async def test_what_a_question_would_read_and_why(app, until) -> None:
    async with app.run_test(size=(140, 40)) as pilot:
        screen = await opened(pilot, until, "/ask How does Cart.total add up the prices?")
        assert names(screen)[0] == "instructions"
        assert "shop/cart.py" in names(screen)
        assert "task" in names(screen)
        at(screen, "shop/cart.py")
        await pilot.pause()
        text = "\n".join(line for line, _ in screen.query_one(PartText)._lines)
        assert "named in the task" in text
        assert "def total(self)" in text
        title = "".join(part for part, _ in screen.title_bar._left)
        assert "what will be sent with the next question" in title
        bar = "".join(part for part, _ in screen.bar._left)
        assert "tokens" in bar
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, FileScreen))
        assert app.screen.file.path == "shop/cart.py"


async def test_space_selects_and_deselects(app, until) -> None:
    async with app.run_test(size=(140, 40)) as pilot:
        main = app.screen
        screen = await opened(pilot, until, "/ask How does Cart.total add up the prices?")
        at(screen, "shop/cart.py")
        await pilot.press("space")
        await until(pilot, lambda: "you selected it" in reasons(screen))
        assert main.controllers.selection.selected == (Selected("shop/cart.py"),)
        at(screen, "shop/cart.py")
        await pilot.press("space")
        await until(pilot, lambda: "you selected it" not in reasons(screen))
        assert main.controllers.selection.selected == ()
        screen.list.cursor = 0
        await pilot.press("space")
        assert main.controllers.selection.selected == (), "the instructions are no file"


async def test_a_unit_is_added_by_its_completed_path(app, until) -> None:
    async with app.run_test(size=(140, 40)) as pilot:
        main = app.screen
        screen = await opened(pilot, until)
        await pilot.press("plus")
        screen.input.value = "cart.p"
        await until(pilot, lambda: screen.suggestions.completion)
        await pilot.press("tab")
        assert screen.input.value == "shop/cart.py"
        screen.input.value = "shop/cart.py::nothing"
        await pilot.press("enter")
        await until(pilot, lambda: screen.problem.error)
        assert "has no nothing" in screen.problem.error.message
        screen.input.value = "absent.txt"
        await until(pilot, lambda: screen.suggestions.completion is None)
        await pilot.press("enter")
        await until(pilot, lambda: "is no file or folder" in screen.problem.error.message)
        screen.input.value = "shop/cart.py::total"
        await until(pilot, lambda: screen.suggestions.completion)
        await pilot.press("down", "up", "enter")
        item = Selected("shop/cart.py", "Cart.total")
        await until(pilot, lambda: main.controllers.selection.selected == (item,))
        await until(pilot, lambda: "you selected Cart.total" in reasons(screen))
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is main)


async def test_what_was_sent_last(app, until) -> None:
    async with app.run_test(size=(140, 40)) as pilot:
        main = app.screen
        screen = await opened(pilot, until)
        await pilot.press("t")
        await until(pilot, lambda: not names(screen))
        assert "Nothing was sent yet" in screen.list.nothing_yet
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is main)
        main.prompt.set_text("/ask How does Cart.total add up?")
        await pilot.press("enter")
        await until(pilot, lambda: main.job is None and main.controllers.commands)
        await until(pilot, lambda: any("looked in" in text for _, text in main.log_view.entries))
        screen = await opened(pilot, until)
        await pilot.press("t")
        await until(pilot, lambda: "shop/cart.py" in names(screen))
        right = "".join(part for part, _ in screen.bar._right)
        assert "tokens sent" in right


async def test_a_selection_that_cannot_be_sent_says_why(app, until, shop) -> None:
    async with app.run_test(size=(140, 40)) as pilot:
        main = app.screen
        await until(pilot, lambda: main.session)
        main.files.select((Selected("shop/cart.py"),))
        (shop / "shop" / "cart.py").unlink()
        main.prompt.set_text("/edit Round the total")
        await pilot.press("f2")
        await until(pilot, lambda: isinstance(app.screen, ContextScreen))
        screen = app.screen
        await until(pilot, lambda: screen.problem.error)
        assert "shop/cart.py" in screen.problem.error.message
        await pilot.press("escape")
        assert screen.problem.error is None
        assert app.screen is screen
