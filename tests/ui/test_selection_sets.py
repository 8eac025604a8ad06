"""/select: a selection is saved under a name, completed, selected again, listed and deleted."""

from assistant.context.bundle import Selected
from assistant.ui.app import AssistantApp
from assistant.ui.commands import parse_command
from tests.ui.stage import make_services

CART = Selected("shop/cart.py")
TOTAL = Selected("shop/cart.py", "Cart.total")
PRICES = Selected("shop/prices.py")


def run(main, text: str) -> None:
    main.controllers.commands.run(parse_command(text, "plan"))


async def test_a_saved_selection_is_selected_again(shop, state, until) -> None:
    app = AssistantApp(make_services(shop, state))
    async with app.run_test(size=(140, 40)) as pilot:
        main = app.screen
        await until(pilot, lambda: main.session)
        main.files.select((TOTAL, PRICES))
        run(main, "/select save money")
        main.files.action_clear()
        assert main.controllers.commands.arguments("select") == ("money", "save ", "delete money")
        run(main, "/select money")
        await until(pilot, lambda: main.controllers.selection.selected == (TOTAL, PRICES))
        run(main, "/select")
        entry = ("note", "money: shop/cart.py::Cart.total, shop/prices.py")
        assert entry in main.log_view.entries
        main.prompt.set_text("/select mo")
        await until(pilot, lambda: main.prompt.suggestions.completion)
        assert "money" in [s.label for s in main.prompt.suggestions.completion.suggestions]
        run(main, "/select delete money")
        assert main.controllers.commands.arguments("select") == ("save ",)
        run(main, "/select")
        assert main.log_view.entries[-1] == ("note", "No selection is saved yet: /select save NAME")


async def test_what_is_gone_is_said(shop, state, until) -> None:
    app = AssistantApp(make_services(shop, state))
    async with app.run_test(size=(140, 40)) as pilot:
        main = app.screen
        await until(pilot, lambda: main.session)
        main.files.select((TOTAL, PRICES))
        run(main, "/select save money")
        text = (shop / "shop" / "cart.py").read_text()
        (shop / "shop" / "cart.py").write_text(text.replace("def total", "def sum_up"))
        run(main, "/select money")
        await until(pilot, lambda: main.controllers.selection.selected == (PRICES,))
        assert main.log_view.entries[-1] == (
            "note",
            "1 file or unit of money selected; not there any more: shop/cart.py::Cart.total",
        )


async def test_an_unknown_name_is_an_error_with_a_hint(shop, state, until) -> None:
    app = AssistantApp(make_services(shop, state))
    async with app.run_test(size=(140, 40)) as pilot:
        main = app.screen
        await until(pilot, lambda: main.session)
        main.prompt.set_text("/select nothing")
        main.prompt._send()
        await until(pilot, lambda: main.problem.error)
        assert "no selection nothing" in main.problem.error.message
        (state / "selections").mkdir(parents=True)
        (state / "selections" / main.controllers.sets._sets(main.session)._file.name).write_text(
            "{"
        )
        assert main.controllers.commands.arguments("select") == ()
