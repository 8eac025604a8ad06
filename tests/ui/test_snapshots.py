"""Snapshots of every screen: empty, busy, with an error, narrow and wide. The clock is fixed."""

import os
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from assistant.errors import ContextError, ModelError
from assistant.models.doctor import Row
from assistant.models.progress import PullProgress
from assistant.preferences import Preferences
from assistant.sessions.records import Logged, Planned, Proposed, TaskBegan, TaskEnded
from assistant.sessions.store import SessionStore
from assistant.solving.events import CandidateStarted, Event, StepState, ThoughtStreamed
from assistant.solving.values import Proposal
from assistant.ui.app import AssistantApp
from assistant.ui.controllers.sessions import LAST
from assistant.ui.screens.diagnosis import DiagnosisScreen, Findings
from assistant.ui.screens.dialogs import ConsentDialog
from assistant.ui.screens.file import FileScreen
from assistant.ui.screens.outline import GoToDialog
from assistant.ui.screens.search import SearchScreen
from assistant.ui.screens.sessions import SessionsDialog
from assistant.ui.screens.settings import SettingsScreen
from assistant.ui.screens.setup import SetupScreen
from assistant.ui.services import Installation
from assistant.ui.widgets.problem import Problem
from tests.ui.fakesetup import FakeSetup
from tests.ui.manyfiles import reviewed, three_files
from tests.ui.shop import CART
from tests.ui.stage import PLAN, Player, cart_proposal, make_services

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
@pytest.mark.parametrize("theme", ["assistant-dark", "assistant-light", "assistant-contrast"])
def test_lines_of_a_hunk(snap_compare, still, until, size, theme) -> None:
    """A range, and a hunk that is decided in part, in a proposal of several files."""

    async def run(pilot) -> None:
        await opened(pilot, until)
        panel = await reviewed(pilot, until, three_files())
        await until(pilot, lambda: panel.diff._colours.new)
        await pilot.press("v", "j", "r", "v", "a", "escape", "n", "v", "j", "j")

    assert snap_compare(still(theme=theme), terminal_size=size, run_before=run)


def test_two_columns(snap_compare, still, until) -> None:
    async def run(pilot) -> None:
        await opened(pilot, until)
        panel = await reviewed(pilot, until, three_files())
        await until(pilot, lambda: panel.diff._colours.new)
        await pilot.press("vertical_line", "a", "r", "v", "G", "a")

    assert snap_compare(still(), terminal_size=(150, 40), run_before=run)


def test_a_review_made_again(snap_compare, still, shop, until) -> None:
    async def run(pilot) -> None:
        await opened(pilot, until)
        panel = await reviewed(pilot, until, three_files())
        await pilot.press("A")
        (shop / "shop/cart.py").write_text(CART.replace("+= item.price", "+= 2 * item.price"))
        await pilot.press("w")
        await until(pilot, lambda: pilot.app.screen.problem.error)
        await until(pilot, lambda: panel.diff._colours.new)
        pilot.app.clear_notifications()

    assert snap_compare(still(), terminal_size=(110, 36), run_before=run)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_busy(snap_compare, still, shop, until, size) -> None:
    player = Player(shop, hold=threading.Event())

    async def run(pilot) -> None:
        await typed(pilot, until, "/edit count quantities")
        await until(pilot, lambda: pilot.app.screen.status.value.phase == "checking")
        await until(pilot, lambda: len(pilot.app.screen.review.activity._rows) == 9)

    assert snap_compare(still(player), terminal_size=size, run_before=run)
    player.hold.set()


class Thinker(Player):
    """Reasons before it writes."""

    def _writing(self, proposal: Proposal) -> list[Event]:
        events = super()._writing(proposal)
        at = next(n for n, each in enumerate(events) if isinstance(each, CandidateStarted))
        text = (
            "The total has to count each item as often as its quantity says. So I multiply the "
            "price by the quantity before I add it.\n\nA discount is a percentage: 10 takes a "
            "tenth away, and nothing outside of 0 to 100 makes sense.\n"
        )
        thoughts = [ThoughtStreamed(f"{word} ") for word in text.split(" ")]
        return [*events[:at], *thoughts, *events[at:]]


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("unfolded", [False, True], ids=["folded", "unfolded"])
def test_reasoning(snap_compare, still, shop, until, size, unfolded) -> None:
    player = Thinker(shop, hold=threading.Event())

    async def run(pilot) -> None:
        await typed(pilot, until, "/edit count quantities")
        await until(pilot, lambda: pilot.app.screen.status.value.phase == "checking")
        await until(pilot, lambda: len(pilot.app.screen.review.activity._rows) == 9)
        await pilot.press("tab", "3")
        if unfolded:
            await pilot.press("enter")

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
