"""Snapshots of the screens beside the main one: files, search, settings, help, setup, sessions."""

import os
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from assistant.errors import ModelError
from assistant.models.doctor import Row
from assistant.models.progress import PullProgress
from assistant.preferences import Preferences
from assistant.sessions.records import Logged, Planned, Proposed, TaskBegan, TaskEnded
from assistant.sessions.store import SessionStore
from assistant.solving.events import StepState
from assistant.ui.controllers.sessions import LAST
from assistant.ui.screens.diagnosis import DiagnosisScreen, Findings
from assistant.ui.screens.file import FileScreen
from assistant.ui.screens.outline import GoToDialog
from assistant.ui.screens.search import SearchScreen
from assistant.ui.screens.sessions import SessionsDialog
from assistant.ui.screens.settings import SettingsScreen
from assistant.ui.screens.setup import SetupScreen
from assistant.ui.services import Installation
from assistant.ui.widgets.problem import Problem
from tests.ui.fakesetup import FakeSetup
from tests.ui.stage import PLAN, cart_proposal
from tests.ui.still import SIZES, opened, typed


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
def test_file(snap_compare, still, until, size) -> None:
    async def run(pilot) -> None:
        await typed(pilot, until, "/open shop/cart.py:27")
        await until(pilot, lambda: isinstance(pilot.app.screen, FileScreen))
        screen = pilot.app.screen
        await until(pilot, lambda: screen.view._colours.of(0, screen.view.texts()[0]))
        await pilot.press(*"# one", "enter", "shift+down", "shift+down")
        await until(pilot, lambda: screen.view._marks)
        await pilot.press("ctrl+f", *"total")
        await until(pilot, lambda: screen.view._matches.found)

    assert snap_compare(still(), terminal_size=size, run_before=run)


def test_file_that_is_only_read(snap_compare, still, shop, until) -> None:
    (shop / "odd.txt").write_bytes(b"caf\xe9 \x1b[31mred\n" + b"a long line " * 40 + b"\n")

    async def run(pilot) -> None:
        await typed(pilot, until, "/open odd.txt")
        await until(pilot, lambda: isinstance(pilot.app.screen, FileScreen))
        await pilot.press("ctrl+o")
        await until(pilot, lambda: pilot.app.screen.problem.error)

    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("VISUAL", raising=False)
        patch.delenv("EDITOR", raising=False)
        assert snap_compare(still(), terminal_size=(80, 24), run_before=run)


def test_go_to(snap_compare, still, until) -> None:
    async def run(pilot) -> None:
        await typed(pilot, until, "/open shop/cart.py:33")
        await until(pilot, lambda: isinstance(pilot.app.screen, FileScreen))
        await pilot.press("ctrl+l")
        await until(pilot, lambda: isinstance(pilot.app.screen, GoToDialog))
        await until(pilot, lambda: pilot.app.screen.list.units)
        pilot.app.screen.input.cursor_blink = False

    assert snap_compare(still(), terminal_size=(80, 24), run_before=run)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_search(snap_compare, still, until, size, monkeypatch) -> None:
    monkeypatch.setattr("assistant.repo.textsearch._ripgrep", lambda folder: "")

    async def run(pilot) -> None:
        await typed(pilot, until, "/search cart")
        await until(pilot, lambda: isinstance(pilot.app.screen, SearchScreen))
        screen = pilot.app.screen
        screen.input.cursor_blink = False
        await until(pilot, lambda: screen.list.results.hits and screen.summary._right == [])
        await pilot.press("down")

    assert snap_compare(still(), terminal_size=size, run_before=run)


def test_search_without_hits(snap_compare, still, until) -> None:
    async def run(pilot) -> None:
        await typed(pilot, until, "/search (")
        await until(pilot, lambda: isinstance(pilot.app.screen, SearchScreen))
        screen = pilot.app.screen
        screen.input.cursor_blink = False
        await pilot.press("ctrl+t")
        await until(pilot, lambda: screen.problem.error)

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


def _stored(shop: Path, state: Path) -> None:
    """Three sessions; in the last one a proposal is open for a file that changed since."""
    store = SessionStore(state, shop)
    plan = Planned("count quantities", (replace(PLAN[0], state=StepState.DONE), *PLAN[1:]))
    for number, records in enumerate(
        (
            (TaskBegan("why is the total of a cart wrong?", "ask"), TaskEnded()),
            (TaskBegan("count quantities", "plan"), plan, TaskEnded(), TaskBegan("c", "edit")),
            (
                TaskBegan("take discounts as percentages", "edit"),
                Logged("you", "/edit take discounts as percentages"),
                Proposed(cart_proposal(shop)),
                TaskEnded(),
            ),
        )
    ):
        file = store.create()
        for record in records:
            file.add(record)
        file.close()
        os.utime(file.path, (number, number))


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_sessions(snap_compare, still, shop, state, until, size, monkeypatch) -> None:
    monkeypatch.setattr("assistant.ui.widgets.sessionlist.when", lambda then, now: "12 Mar 09:30")

    async def run(pilot) -> None:
        _stored(shop, state)
        await typed(pilot, until, "/sessions")
        await until(pilot, lambda: isinstance(pilot.app.screen, SessionsDialog))
        await until(pilot, lambda: pilot.app.screen.list.item_count == 3)

    assert snap_compare(still(), terminal_size=size, run_before=run)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_a_stale_proposal_of_an_earlier_session(
    snap_compare, still, shop, state, until, size
) -> None:
    async def run(pilot) -> None:
        _stored(shop, state)
        (shop / "shop/cart.py").write_text("changed\n")
        await opened(pilot, until)
        pilot.app.screen.controllers.sessions.resume(LAST)
        await until(pilot, lambda: pilot.app.screen.problem.error)
        await until(pilot, lambda: pilot.app.screen.review.diff._colours.new)

    assert snap_compare(still(), terminal_size=size, run_before=run)
