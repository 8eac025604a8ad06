"""Snapshots of every screen: empty, busy, with an error, narrow and wide. The clock is fixed."""

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from assistant.errors import ContextError, ModelError
from assistant.models.doctor import Row
from assistant.models.progress import PullProgress
from assistant.preferences import Preferences
from assistant.ui.app import AssistantApp
from assistant.ui.screens.diagnosis import DiagnosisScreen, Findings
from assistant.ui.screens.dialogs import ConsentDialog
from assistant.ui.screens.settings import SettingsScreen
from assistant.ui.screens.setup import SetupScreen
from assistant.ui.services import Installation
from assistant.ui.widgets.problem import Problem
from tests.ui.fakesetup import FakeSetup
from tests.ui.stage import Player, make_services

SIZES = [(80, 24), (140, 40)]


@pytest.fixture
def still(shop: Path, state: Path, until):
    """Creates an app without animations."""

    def make(player: Player | None = None, **options) -> AssistantApp:
        tasks = (player or Player(shop)).tasks()
        app = AssistantApp(make_services(shop, state, tasks=tasks, **options), clock=lambda: 100.0)
        app.animation_level = "none"
        return app

    return make


async def opened(pilot, until) -> None:
    app = pilot.app
    await until(pilot, lambda: app.screen.session and not app.screen.status.value.running)
    app.screen.prompt.input.cursor_blink = False


async def typed(pilot, until, text: str) -> None:
    await opened(pilot, until)
    await pilot.press(*text, "enter")


def idle(pilot):
    screen = pilot.app.screen
    return lambda: screen.phase == "idle" and screen.job is None


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_empty(snap_compare, still, until, size) -> None:
    assert snap_compare(still(), terminal_size=size, run_before=lambda p: opened(p, until))


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_plan(snap_compare, still, until, size) -> None:
    async def run(pilot) -> None:
        await typed(pilot, until, "count quantities in @shop/cart.py ")
        await until(pilot, lambda: len(pilot.app.screen.plan.steps) == 4)
        await until(pilot, idle(pilot))
        await until(pilot, lambda: pilot.app.screen.status.value.used)
        await pilot.press("a", "j", "r")
        pilot.app.clear_notifications()
        await pilot.pause()

    assert snap_compare(still(), terminal_size=size, run_before=run)


@pytest.mark.parametrize("size", [*SIZES, (200, 60)], ids=str)
@pytest.mark.parametrize("theme", ["assistant-dark", "assistant-light", "assistant-contrast"])
def test_diff(snap_compare, still, until, size, theme) -> None:
    async def run(pilot) -> None:
        await typed(pilot, until, "/edit count quantities")
        await until(pilot, lambda: pilot.app.screen.review.proposal)
        await until(pilot, lambda: pilot.app.screen.review.diff._colours.new)
        await pilot.press("a", "r")
        await until(pilot, idle(pilot))

    assert snap_compare(still(theme=theme), terminal_size=size, run_before=run)


@pytest.mark.parametrize(
    "theme", ["contrast-light", "safe-dark", "safe-light", "moss", "dusk", "frost", "terminal"]
)
def test_diff_in_other_themes(snap_compare, still, until, theme) -> None:
    async def run(pilot) -> None:
        await typed(pilot, until, "/edit count quantities")
        await until(pilot, lambda: pilot.app.screen.review.proposal)
        await until(pilot, lambda: pilot.app.screen.review.diff._colours.new)
        await pilot.press("a", "r")
        await until(pilot, idle(pilot))

    app = still(theme=f"assistant-{theme}")
    assert snap_compare(app, terminal_size=(120, 34), run_before=run)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_settings(snap_compare, still, until, size, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/home/user/.cache")
    monkeypatch.setenv("XDG_STATE_HOME", "/home/user/.local/state")
    preferences = Preferences({"theme": "assistant-moss"}, {"ASSISTANT_SEED": "4"}, Path("c.toml"))
    app = still()
    app._services = replace(app._services, installation=Installation(preferences, tuple))

    async def run(pilot) -> None:
        await typed(pilot, until, "/settings")
        await until(pilot, lambda: isinstance(pilot.app.screen, SettingsScreen))
        await pilot.press(*["down"] * 10)

    assert snap_compare(app, terminal_size=size, run_before=run)


def test_diagnosis(snap_compare, still, until) -> None:
    rows = (
        Row("computer", "processor", "AMD EPYC, 2 of 4 physical cores usable", "note", "A limit."),
        Row("computer", "memory", "21.3 GiB available of 24.0 GiB"),
        Row("model", "weights", "none", "problem", "Run `assistant models pull`."),
    )
    app = still()
    installation = Installation(Preferences(), lambda: rows)
    app._services = replace(app._services, installation=installation)

    async def run(pilot) -> None:
        await typed(pilot, until, "/doctor")
        await until(pilot, lambda: isinstance(pilot.app.screen, DiagnosisScreen))
        await until(pilot, lambda: pilot.app.screen.query_one(Findings).line_count)

    assert snap_compare(app, terminal_size=(80, 24), run_before=run)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_busy(snap_compare, still, shop, until, size) -> None:
    player = Player(shop, hold=threading.Event())

    async def run(pilot) -> None:
        await typed(pilot, until, "/edit count quantities")
        await until(pilot, lambda: pilot.app.screen.status.value.phase == "checking")
        await until(pilot, lambda: len(pilot.app.screen.review.activity._rows) == 9)

    assert snap_compare(still(player), terminal_size=size, run_before=run)
    player.hold.set()


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_error(snap_compare, still, shop, until, size) -> None:
    error = ContextError(
        "The selection does not fit: 9,200 of 8,192 tokens.",
        hint="Deselect shop/orders.py (1,400 tokens), or select single units of it.",
    )

    async def run(pilot) -> None:
        await typed(pilot, until, "/edit count quantities")
        await until(pilot, lambda: pilot.app.screen.problem.error)

    assert snap_compare(still(Player(shop, failure=error)), terminal_size=size, run_before=run)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_checks_of_a_fix(snap_compare, still, until, size) -> None:
    async def run(pilot) -> None:
        screen = pilot.app.screen
        await typed(pilot, until, "/fix")
        await until(pilot, lambda: isinstance(pilot.app.screen, ConsentDialog))
        pilot.app.screen.query_one("#once").press()
        await until(pilot, lambda: screen.review.proposal and screen.job is None)
        await pilot.press("4", "home", "j", "enter")

    assert snap_compare(still(), terminal_size=size, run_before=run)


def test_consent(snap_compare, still, until, monkeypatch) -> None:
    monkeypatch.setattr("assistant.checks.runner.CheckRunner.confinement", "bubblewrap")

    async def run(pilot) -> None:
        await typed(pilot, until, "/fix")
        await until(pilot, lambda: isinstance(pilot.app.screen, ConsentDialog))
        pilot.app.screen.query_one("#once").focus()
        pilot.app.clear_notifications()

    assert snap_compare(still(), terminal_size=(80, 24), run_before=run)


def test_help(snap_compare, still, until) -> None:
    async def run(pilot) -> None:
        await opened(pilot, until)
        await pilot.press("f1")

    assert snap_compare(still(), terminal_size=(80, 24), run_before=run)


def test_commands_are_completed(snap_compare, still, until) -> None:
    async def run(pilot) -> None:
        await opened(pilot, until)
        await pilot.press("/")

    assert snap_compare(still(), terminal_size=(80, 24), run_before=run)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_first_launch(snap_compare, still, until, size) -> None:
    async def run(pilot) -> None:
        await until(pilot, lambda: isinstance(pilot.app.screen, SetupScreen))
        await until(pilot, lambda: pilot.app.screen.models.current)

    app = still(setup=FakeSetup(is_ready=False))
    assert snap_compare(app, terminal_size=size, run_before=run)


def test_download(snap_compare, still, until) -> None:
    report = PullProgress("downloading", 812_000_000, 1_890_000_000, 14_200_000, 76, "hub")
    setup = FakeSetup(is_ready=False, reports=(report,), hold=threading.Event())

    async def run(pilot) -> None:
        await until(pilot, lambda: isinstance(pilot.app.screen, SetupScreen))
        await until(pilot, lambda: pilot.app.screen.models.current)
        await pilot.press("enter")
        await until(pilot, lambda: pilot.app.screen.query_one("#pull")._progress)

    assert snap_compare(still(setup=setup), terminal_size=(80, 24), run_before=run)


def test_failed_download(snap_compare, still, until) -> None:
    error = ModelError("The hub cannot be reached.", hint="Check the network, then press r.")
    setup = FakeSetup(is_ready=False, failure=error)

    async def run(pilot) -> None:
        await until(pilot, lambda: isinstance(pilot.app.screen, SetupScreen))
        await until(pilot, lambda: pilot.app.screen.models.current)
        await pilot.press("enter")
        await until(pilot, lambda: pilot.app.screen.query_one(Problem).error)

    assert snap_compare(still(setup=setup), terminal_size=(80, 24), run_before=run)
