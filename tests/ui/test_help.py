"""The help screen: made from the bindings, those of the focus first, on every screen."""

import importlib
import inspect
import pkgutil

import pytest
from textual.binding import Binding

import assistant.ui
from assistant.ui.app import AssistantApp
from assistant.ui.keyhelp import key_sections, meaning_of
from assistant.ui.screens.dialogs import ConfirmDialog
from assistant.ui.screens.help import HelpDialog
from assistant.ui.screens.setup import SetupScreen
from tests.ui.fakesetup import FakeSetup
from tests.ui.stage import make_services
from tests.ui.test_themes_on_screen import show_everything


def declared() -> list[tuple[str, Binding]]:
    """All bindings that classes of the UI declare, with the name of the class."""
    found: dict[type, None] = {}
    for module in pkgutil.walk_packages(assistant.ui.__path__, "assistant.ui."):
        for value in vars(importlib.import_module(module.name)).values():
            if inspect.isclass(value) and value.__module__.startswith("assistant.ui"):
                found[value] = None
    return [
        (owner.__name__, binding)
        for owner in found
        for binding in Binding.make_bindings(vars(owner).get("BINDINGS", ()))
    ]


def test_every_key_says_what_it_does() -> None:
    silent = {
        (owner, binding.key)
        for owner, binding in declared()
        if not meaning_of(binding) and not binding.system
    }
    assert silent == set()
    assert len(declared()) > 60


@pytest.fixture
def app(shop, state) -> AssistantApp:
    return AssistantApp(make_services(shop, state))


async def test_the_help_has_every_binding_of_the_main_screen(app, until) -> None:
    async with app.run_test() as pilot:
        await until(pilot, lambda: app.screen.session)
        shown = {row for section in key_sections(app.screen) for row in section.rows}
        nodes = [app, app.screen, *app.screen.query("*")]
        names = {owner.__name__ for node in nodes for owner in type(node).__mro__}
        meanings = {meaning for _, meaning in shown}
        keys = {key for keys, _ in shown for key in keys.split("  ")}
        for owner, binding in declared():
            if owner in names and not binding.system:
                assert meaning_of(binding) in meanings, (owner, binding)
                assert app.get_key_display(binding) in keys, (owner, binding)


@pytest.mark.parametrize(
    ("key", "first"),
    [("4", "Checks"), ("1", "Files"), ("2", "Plan"), ("3", "In the diff"), ("i", "Task line")],
)
async def test_the_keys_of_the_focused_pane_come_first(app, until, key, first) -> None:
    async with app.run_test() as pilot:
        await show_everything(pilot, until)
        await pilot.press("escape", key)
        await pilot.press("f1")
        assert isinstance(app.screen, HelpDialog)
        titles = [section.title for section in app.screen._sections]
        assert titles[0] == first
        assert titles.count(first) == 1
        assert "Everywhere" in titles
        text = str(app.screen.query_one("VerticalScroll Static").content)
        assert text.startswith(f"{first}\n")
        assert "/undo" in text


async def test_f1_and_the_question_mark_close_the_help_again(app, until) -> None:
    async with app.run_test() as pilot:
        await until(pilot, lambda: app.screen.session)
        for key in ("f1", "question_mark"):
            await pilot.press("escape", "1", key)
            assert isinstance(app.screen, HelpDialog)
            await pilot.press(key)
            assert not isinstance(app.screen, HelpDialog)


async def test_help_works_on_a_dialog_and_shows_its_keys(app, until) -> None:
    async with app.run_test() as pilot:
        await until(pilot, lambda: app.screen.session)
        app.push_screen(ConfirmDialog("Leave?", "Really?", yes="Leave"))
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
        await pilot.press("f1")
        rows = [row for section in app.screen._sections for row in section.rows]
        assert ("y", "yes") in rows
        await pilot.press("escape")
        assert isinstance(app.screen, ConfirmDialog)


async def test_help_works_on_the_model_screen(shop, state, until) -> None:
    app = AssistantApp(make_services(shop, state, setup=FakeSetup(is_ready=False)))
    async with app.run_test() as pilot:
        await until(pilot, lambda: isinstance(app.screen, SetupScreen))
        await until(pilot, lambda: app.screen.models.current)
        await pilot.press("question_mark")
        assert app.screen._sections[0].title == "Model list"
        assert ("⏎", "use this model") in app.screen._sections[0].rows
