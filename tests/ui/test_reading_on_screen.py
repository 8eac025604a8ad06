"""What the files pane shows of a selection before it is sent, and the log afterwards."""

from assistant.context.bundle import Context, ContextFile, Selected
from assistant.repo.units import Unit, UnitKind
from assistant.solving.events import AnswerReady, ContextRead, NamesMissing
from assistant.ui.app import AssistantApp
from assistant.ui.services import Tasks
from tests.ui.stage import make_services


def write_long_file(root) -> None:
    body = "".join(
        f"def other_{n}(a, b):\n    total = a * {n} + b\n    return total\n\n\n" for n in range(900)
    )
    (root / "shop/long.py").write_text(body + "def last_one():\n    return 1\n")


async def test_the_pane_shows_how_much_of_each_selected_file_is_read(shop, state, until) -> None:
    write_long_file(shop)
    app = AssistantApp(make_services(shop, state))
    async with app.run_test(size=(140, 40)) as pilot:
        screen = app.screen
        await until(pilot, lambda: screen.session)
        reading = screen.panes.files_pane.reading
        assert not reading.display
        screen.files.select((Selected("shop/prices.py"), Selected("shop/long.py")))
        await until(pilot, lambda: "units" in reading.text)
        assert "prices.py" in reading.text
        assert "whole · " in reading.text
        assert " of 901 units · " in reading.text
        context = screen.session.reading(screen.controllers.selection.selected, "")
        files = sum(file.tokens for file in context.files)
        await until(pilot, lambda: screen.status.value.used == files)
        screen.files.action_clear()
        await until(pilot, lambda: not reading.display)


async def test_what_is_read_follows_the_task_as_it_is_typed(shop, state, until) -> None:
    write_long_file(shop)
    app = AssistantApp(make_services(shop, state))
    async with app.run_test(size=(140, 40)) as pilot:
        screen = app.screen
        await until(pilot, lambda: screen.session)
        reading = screen.panes.files_pane.reading
        screen.files.select((Selected("shop/long.py"),))
        await until(pilot, lambda: "units" in reading.text)
        before = reading.text
        await pilot.press(*"last_one")
        await until(pilot, lambda: reading.text != before)
        assert "1 of 901 units" in reading.text


async def test_units_that_do_not_fit_are_refused_before_sending(shop, state, until) -> None:
    write_long_file(shop)
    app = AssistantApp(make_services(shop, state))
    async with app.run_test(size=(140, 40)) as pilot:
        screen = app.screen
        await until(pilot, lambda: screen.session)
        units = tuple(Selected("shop/long.py", f"other_{n}") for n in range(900))
        screen.files.file_tree.selection.update(dict.fromkeys(units))
        screen.files.select((Selected("shop/long.py", "last_one"),))
        await until(pilot, lambda: "over the limit" in screen.panes.files_pane.reading.text)
        assert "select fewer of them" in " ".join(screen.panes.files_pane.reading.text.split())


async def test_the_log_tells_what_was_read(shop, state, until) -> None:
    units = tuple(
        Unit("a.py", name, UnitKind.FUNCTION, line, line, name, "")
        for line, name in enumerate("abc", 1)
    )
    part = ContextFile("a.py", "b\n", units, 3100, whole=False, shown=("b",), full_tokens=41_000)

    def ask(workspace, request, cancel):
        yield ContextRead(Context((part,), "", 0, 3100, 6000))
        yield NamesMissing(("fn_9_9",))
        yield AnswerReady("Yes.")

    app = AssistantApp(make_services(shop, state, tasks=Tasks(ask, ask, ask, ask)))
    async with app.run_test() as pilot:
        await until(pilot, lambda: app.screen.session)
        await pilot.press(*"/ask why", "enter")
        told = "read a.py: 1 of 3 units · 3,100 of 41,000 tokens"
        await until(pilot, lambda: ("note", told) in app.screen.log_view.entries)
        missing = "in no file of the repository: fn_9_9"
        await until(pilot, lambda: ("note", missing) in app.screen.log_view.entries)
