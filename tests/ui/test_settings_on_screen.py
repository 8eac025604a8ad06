"""The settings screen and the diagnosis: reading, changing, and what goes wrong."""

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from assistant.errors import ModelError
from assistant.models.doctor import Row
from assistant.preferences import Preferences
from assistant.ui.app import AssistantApp
from assistant.ui.screens.diagnosis import DiagnosisScreen, Findings
from assistant.ui.screens.main import MainScreen
from assistant.ui.screens.settings import SettingDialog, SettingsScreen
from assistant.ui.services import Installation
from assistant.ui.widgets.problem import Problem
from assistant.ui.widgets.settings import Meaning
from tests.ui.stage import Player, make_services

FILE = '# mine\ncandidates = 2   # few\ntheme = "assistant-dark"\n'
ROWS = (
    Row("computer", "processor", "P"),
    Row("model", "weights", "none", "problem", "Run `assistant models pull`."),
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "config.toml"
    file.write_text(FILE)
    return file


@pytest.fixture
def player(shop) -> Player:
    return Player(shop)


@pytest.fixture
def make(shop, state, file, player):
    def make(environ=None, diagnose=lambda: ROWS) -> AssistantApp:
        installation = Installation(Preferences({}, environ or {}, file), diagnose)
        services = make_services(shop, state, tasks=player.tasks())
        app = AssistantApp(replace(services, installation=installation))
        app.animation_level = "none"
        return app

    return make


async def command(pilot, until, text: str, screen: type) -> None:
    await until(pilot, lambda: pilot.app.screen.session)
    await pilot.press(*text, "enter")
    await until(pilot, lambda: isinstance(pilot.app.screen, screen))


async def go_to(pilot, name: str) -> None:
    view = pilot.app.screen.list
    names = [entry.name for entry in view._entries]
    view.cursor = names.index(name)
    await pilot.pause()


def explained(app: AssistantApp) -> str:
    return " ".join(text for text, _ in app.screen.query_one(Meaning)._lines(200))


async def test_a_value_is_written_and_taken_over_at_once(make, until, file, player) -> None:
    app = make()
    async with app.run_test() as pilot:
        await command(pilot, until, "/settings", SettingsScreen)
        await go_to(pilot, "candidates")
        assert "Candidates sampled per step" in explained(app)
        assert "Default: 3." in explained(app)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, SettingDialog))
        await pilot.press("end", "backspace", "5", "enter")
        await until(pilot, lambda: isinstance(app.screen, SettingsScreen))
        await until(pilot, lambda: "It applies now." in explained(app))
        assert file.read_text() == FILE.replace("= 2", "= 5")
        assert app.screen.list.current.text == "5"
        await pilot.press("escape")
        assert isinstance(app.screen, MainScreen)
        await pilot.press(*"/edit count", "enter")
        await until(pilot, lambda: player.requests)
        assert player.requests[0].candidates == 5


async def test_a_setting_goes_before_a_choice_that_was_made_for_the_session(
    make, until, player
) -> None:
    app = make()
    async with app.run_test() as pilot:
        await until(pilot, lambda: app.screen.session)
        await pilot.press(*"/candidates 7", "enter")
        await command(pilot, until, "/settings", SettingsScreen)
        await go_to(pilot, "candidates")
        await pilot.press("d")
        await pilot.press("escape", *"/edit count", "enter")
        await until(pilot, lambda: player.requests)
        assert player.requests[0].candidates == 3


async def test_the_theme_is_chosen_from_a_list_and_drawn_at_once(make, until, file) -> None:
    app = make()
    async with app.run_test() as pilot:
        await command(pilot, until, "/settings", SettingsScreen)
        await go_to(pilot, "theme")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, SettingDialog))
        choices = app.screen._choices
        wanted = choices.index("assistant-frost") - choices.index("assistant-dark")
        await pilot.press(*["down"] * wanted, "enter")
        await until(pilot, lambda: isinstance(app.screen, SettingsScreen))
        await until(pilot, lambda: app.theme == "assistant-frost")
        assert 'theme = "assistant-frost"' in file.read_text()
        await pilot.press("d")
        await until(pilot, lambda: "The terminal decides" in explained(app))
        assert "theme" not in file.read_text()


async def test_what_needs_a_restart_says_so(make, until, file) -> None:
    app = make()
    async with app.run_test() as pilot:
        await command(pilot, until, "/settings", SettingsScreen)
        await go_to(pilot, "threads")
        assert "after a restart" in explained(app)
        await pilot.press("e", *"4", "enter")
        await until(pilot, lambda: "It applies after a restart." in explained(app))
        assert "threads = 4" in file.read_text()


async def test_an_impossible_value_is_refused_with_the_reason(make, until, file) -> None:
    app = make()
    async with app.run_test() as pilot:
        await command(pilot, until, "/settings", SettingsScreen)
        await go_to(pilot, "threads")
        await pilot.press("e", *"many", "enter")
        await until(pilot, lambda: app.screen.query_one(Problem).error)
        assert "many" in app.screen.query_one(Problem).error.message
        assert file.read_text() == FILE
        await pilot.press("escape")
        assert app.screen.query_one(Problem).error is None
        await pilot.press("escape")
        assert isinstance(app.screen, MainScreen)


async def test_a_cancelled_change_changes_nothing(make, until, file) -> None:
    app = make()
    async with app.run_test() as pilot:
        await command(pilot, until, "/settings", SettingsScreen)
        await go_to(pilot, "threads")
        await pilot.press("e", "9", "escape")
        await until(pilot, lambda: isinstance(app.screen, SettingsScreen))
        assert file.read_text() == FILE


async def test_what_overrides_the_file_is_said(make, until) -> None:
    app = make({"ASSISTANT_SEED": "4"})
    async with app.run_test() as pilot:
        await command(pilot, until, "/settings", SettingsScreen)
        await go_to(pilot, "seed")
        assert "ASSISTANT_SEED" in explained(app)


async def test_settings_that_cannot_be_read_are_an_error(make, until, file) -> None:
    app = make()
    async with app.run_test() as pilot:
        await until(pilot, lambda: app.screen.session)
        file.write_text("seed = [")
        await pilot.press(*"/settings", "enter")
        await until(pilot, lambda: app.screen.problem.error)
        assert "config.toml" in app.screen.problem.error.message


async def test_without_an_installation_there_are_no_settings(shop, state, until) -> None:
    app = AssistantApp(make_services(shop, state))
    async with app.run_test() as pilot:
        await until(pilot, lambda: app.screen.session)
        await pilot.press(*"/settings", "enter")
        await until(pilot, lambda: app.screen.problem.error)
        assert app.screen.problem.error.hint


async def test_the_diagnosis_is_shown_with_what_is_wrong(make, until) -> None:
    app = make()
    async with app.run_test() as pilot:
        await command(pilot, until, "/doctor", DiagnosisScreen)
        findings = app.screen.query_one(Findings)
        await until(pilot, lambda: findings.line_count)
        lines = ["".join(part for part, _ in line) for line in findings._lines]
        assert lines[0].strip() == "computer"
        assert any(line.startswith(" ! weights") for line in lines)
        assert "Run `assistant models pull`." in lines[-1]
        assert "1 problem" in str(app.screen.query_one("#doctor-title")._left)
        await pilot.press("escape")
        assert isinstance(app.screen, MainScreen)


@pytest.mark.parametrize(
    "failure", [ModelError("The disk is gone.", hint="Look for it."), ValueError("odd")]
)
async def test_a_diagnosis_that_fails_can_be_repeated(make, until, failure) -> None:
    failed = threading.Event()

    def diagnose() -> tuple[Row, ...]:
        if not failed.is_set():
            failed.set()
            raise failure
        return ROWS

    app = make(diagnose=diagnose)
    async with app.run_test() as pilot:
        await command(pilot, until, "/doctor", DiagnosisScreen)
        await until(pilot, lambda: app.screen.query_one(Problem).error)
        await pilot.press("f5")
        await until(pilot, lambda: app.screen.query_one(Findings).line_count)
        assert app.screen.query_one(Problem).error is None
