"""What panes say while there is nothing in them: why, and what to do next."""

from pathlib import Path

import pytest

from assistant.headless.scratch import make_repository
from assistant.ui.app import AssistantApp
from assistant.ui.widgets.review import ReviewPanel
from tests.ui.seeing import drawn
from tests.ui.stage import make_services


def shown(app: AssistantApp, selector: str) -> str:
    return " ".join(" ".join(text.split()) for text, _ in drawn(app, selector))


@pytest.mark.parametrize(
    ("key", "pane", "words"),
    [
        ("2", "#plan-box", "Enter writes a plan"),
        ("3", "#diff-box", "Run a step of the plan with enter"),
        ("4", "#checks", "and what /check sets"),
        ("5", "#log", "/ask and a question asks about the code."),
    ],
)
async def test_an_empty_pane_says_what_to_do(shop, state, until, key, pane, words) -> None:
    app = AssistantApp(make_services(shop, state))
    async with app.run_test(size=(120, 30)) as pilot:
        await until(pilot, lambda: app.screen.session)
        app.screen.log_view._entries.clear()
        app.screen.log_view._lines.clear()
        await pilot.press("escape", key)
        await pilot.pause()
        assert words in shown(app, pane)


async def test_a_filter_without_a_hit_says_how_to_leave_it(shop, state, until) -> None:
    app = AssistantApp(make_services(shop, state))
    async with app.run_test(size=(120, 30)) as pilot:
        await until(pilot, lambda: app.screen.session)
        await pilot.press("escape", "1", "slash", *"zzz")
        await pilot.pause()
        assert "Escape closes the filter." in shown(app, "#files")
        await pilot.press("escape")
        await pilot.pause()
        assert "cart.py" in shown(app, "#files")


async def test_a_repository_without_files_says_so(state, until, tmp_path: Path) -> None:
    root = tmp_path / "empty"
    root.mkdir()
    make_repository(root)
    app = AssistantApp(make_services(root, state))
    async with app.run_test(size=(120, 30)) as pilot:
        assert "Opening the repository" in app.screen.files.nothing_yet
        await until(pilot, lambda: app.screen.session)
        await until(pilot, lambda: "Git lists no files here." in shown(app, "#files"))


def test_the_clock_may_tick_before_the_panes_are_composed() -> None:
    ReviewPanel(lambda: 1.0).activity.tick()
