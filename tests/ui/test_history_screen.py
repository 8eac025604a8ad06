"""The screen of the history: a list of writes, the diff of each, undo and redo of any of them."""

import itertools

import pytest

from assistant.apply.journal import EntryState
from assistant.apply.origin import Origin
from assistant.apply.writer import Writer
from assistant.proposal.changes import Change
from assistant.review.decisions import Decision, Review
from assistant.ui.app import AssistantApp
from assistant.ui.commands import Command
from assistant.ui.screens.history import HistoryScreen
from tests.ui.stage import make_services

KEY = "ghp_" + "q8Zk3vTb9XwLm2Rd7Yc5Hn4Jg6Pf1Ks0abcd"
TEXTS = [b"a\n1\nb\n2\nc\n", b"A\n1\nb\n2\nc\n", b"A\n1\nb\n2\nC " + KEY.encode() + b"\n"]
FIRST, SECOND = "First letter", "Last letter"


def write(root, state, title, old, new) -> None:
    review = Review.of(title, (Change("letters.txt", old, new),)).decide_all(Decision.ACCEPTED)
    origin = Origin(f"write the {title}", "tiny-model", "tests pass", ("pytest: passed, 2 passed",))
    Writer(root, state).apply(review.reviewed(), origin)


@pytest.fixture
def letters(shop, state):
    """Two writes to a file; its path."""
    file = shop / "letters.txt"
    file.write_bytes(TEXTS[0])
    for title, (old, new) in zip((FIRST, SECOND), itertools.pairwise(TEXTS), strict=True):
        write(shop, state, title, old, new)
    return file


@pytest.fixture
def app(shop, state) -> AssistantApp:
    return AssistantApp(make_services(shop, state))


async def opened(app, pilot, until) -> HistoryScreen:
    await until(pilot, lambda: app.screen.session)
    app.screen.controllers.commands.run(Command("history", ""))
    await until(pilot, lambda: isinstance(app.screen, HistoryScreen))
    await until(pilot, lambda: app.screen.list._loaded)
    return app.screen


def shown(screen) -> str:
    return "\n".join((*screen.diff._about, *screen.diff._diff))


async def test_the_diff_beside_the_list_follows_the_cursor(app, letters, until) -> None:
    async with app.run_test(size=(140, 40)) as pilot:
        screen = await opened(app, pilot, until)
        await until(pilot, lambda: "+C REDACTED_GITHUB_TOKEN" in shown(screen))
        assert KEY not in shown(screen)
        for line in (
            f"task: write the {SECOND}",
            "files: letters.txt",
            "checks: tests pass",
            "  pytest: passed, 2 passed",
            "model: tiny-model",
        ):
            assert line in screen.diff._about
        assert "1 hunk" in screen.diff._about[0]
        await pilot.press("j")
        await until(pilot, lambda: "-a\n+A" in shown(screen))
        await pilot.press("enter")
        assert screen.diff.has_focus
        await pilot.press("escape")
        assert screen.list.has_focus
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is not screen)


async def test_any_write_is_undone_and_redone(app, letters, until) -> None:
    async with app.run_test(size=(140, 40)) as pilot:
        screen = await opened(app, pilot, until)
        main = app.screen_stack[0]
        await pilot.press("j", "r")
        assert letters.read_bytes() == TEXTS[2], "it is not undone"
        await pilot.press("u")
        await until(pilot, lambda: letters.read_bytes() == TEXTS[2].replace(b"A", b"a", 1))
        await until(pilot, lambda: screen.list.selected.state is EntryState.UNDONE)
        assert screen.list.selected.title == FIRST
        wanted = ("good", f"Undone: {FIRST} (letters.txt)")
        await until(pilot, lambda: wanted in main.log_view.entries)
        await until(pilot, lambda: shown(screen).startswith("undone"))
        await pilot.press("r")
        await until(pilot, lambda: letters.read_bytes() == TEXTS[2])
        await until(
            pilot, lambda: ("good", f"Redone: {FIRST} (letters.txt)") in main.log_view.entries
        )


async def test_what_does_not_fit_any_more_is_an_error(app, letters, until) -> None:
    letters.write_bytes(TEXTS[2].replace(b"A\n", b"mine\n"))
    async with app.run_test(size=(140, 40)) as pilot:
        screen = await opened(app, pilot, until)
        await pilot.press("j", "u")
        await until(pilot, lambda: screen.problem.error)
        assert letters.read_bytes() == TEXTS[2].replace(b"A\n", b"mine\n")
        await pilot.press("escape")
        assert screen.problem.error is None
        assert app.screen is screen


async def test_a_damaged_store_is_an_error_and_the_list_stays(app, letters, state, until) -> None:
    for file in state.rglob("objects/*"):
        file.write_bytes(b"")
    async with app.run_test(size=(140, 40)) as pilot:
        screen = await opened(app, pilot, until)
        await until(pilot, lambda: screen.problem.error)
        assert "damaged" in screen.problem.error.message
        assert screen.list.selected.title == SECOND


async def test_a_narrow_terminal_shows_one_at_a_time(app, letters, until) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(app, pilot, until)
        assert (screen.list.display, screen.diff.display) == (True, False)
        await pilot.press("enter")
        await until(pilot, lambda: screen.diff.has_focus and not screen.list.display)
        assert screen.diff.display
        await pilot.press("escape")
        await until(pilot, lambda: screen.list.has_focus and screen.list.display)


async def test_without_a_write_it_says_so(app, shop, until) -> None:
    async with app.run_test(size=(140, 40)) as pilot:
        await opened(app, pilot, until)
        picture = app.export_screenshot().replace("&#160;", " ")
        assert "Nothing has been written here yet." in picture
        await pilot.press("enter", "u", "r")
        assert (shop / "letters.txt").exists() is False


async def test_a_write_of_a_review_keeps_task_checks_and_model(app, shop, state, until) -> None:
    async with app.run_test(size=(140, 40)) as pilot:
        screen = app.screen
        await until(pilot, lambda: screen.session)
        screen.controllers.commands.run(Command("edit", "count the quantities"))
        await until(pilot, lambda: screen.review.proposal is not None)
        await pilot.press("A", "w")
        await until(pilot, lambda: Writer(shop, state).entries())
    (entry,) = Writer(shop, state).entries()
    assert entry.origin.task == "count the quantities"
    assert entry.origin.hunks == 3
    assert entry.origin.verdict == "not tested"
    assert "syntax: passed, parses" in entry.origin.checks
