"""The list of sessions: searching, resuming, deleting, exporting."""

from assistant.sessions.store import SessionStore
from assistant.ui.controllers.sessions import LIST
from assistant.ui.screens.dialogs import ConfirmDialog
from assistant.ui.screens.sessions import ExportDialog, SessionsDialog
from tests.ui.keys import enter
from tests.ui.sessionstage import idle, make_app, make_sessions, submit, titles


async def test_the_list_is_searched_and_enter_resumes(shop, state, until) -> None:
    await make_sessions(shop, state, until, "/ask why is it wrong", "/edit round totals")
    app = make_app(shop, state, LIST)
    async with app.run_test() as pilot:
        await until(pilot, lambda: isinstance(app.screen, SessionsDialog) and titles(app.screen))
        dialog = app.screen
        assert titles(dialog) == ["round totals", "why is it wrong"]
        assert dialog.list._shown[0].state == "proposal open"
        await pilot.press("slash")
        await enter(pilot, "WRONG", "enter")
        await until(pilot, lambda: titles(dialog) == ["why is it wrong"])
        await pilot.press("escape")
        assert app.screen is dialog, "escape ends the search first"
        await until(pilot, lambda: len(titles(dialog)) == 2)
        await pilot.press("j", "enter")
        await until(pilot, lambda: app.screen is not dialog)
        await until(pilot, lambda: ("you", "/ask why is it wrong") in app.screen.log_view.entries)
        assert app.screen.review.proposal is None


async def test_switching_leaves_the_open_session_as_it_was(shop, state, until) -> None:
    await make_sessions(shop, state, until, "/ask why is it wrong")
    app = make_app(shop, state)
    async with app.run_test() as pilot:
        screen = app.screen
        await submit(pilot, until, "/edit round totals")
        await until(pilot, lambda: screen.review.proposal and screen.job is None)
        await submit(pilot, until, "/sessions")
        await until(pilot, lambda: isinstance(app.screen, SessionsDialog) and titles(app.screen))
        await pilot.press("j", "enter")
        await until(pilot, lambda: app.screen is screen and screen.review.proposal is None)
        await submit(pilot, until, "/sessions")
        await until(pilot, lambda: isinstance(app.screen, SessionsDialog) and titles(app.screen))
        at = titles(app.screen).index("round totals")
        app.screen.list.cursor = at
        await pilot.press("enter")
        await until(pilot, lambda: app.screen is screen and screen.review.proposal is not None)
    states = {
        each.title: (each.tasks, each.state) for each in SessionStore(state, shop).summaries()
    }
    assert states == {"round totals": (1, "proposal open"), "why is it wrong": (1, "")}


async def test_d_deletes_after_asking(shop, state, until) -> None:
    await make_sessions(shop, state, until, "/ask why is it wrong", "/edit round totals")
    store = SessionStore(state, shop)
    app = make_app(shop, state, LIST)
    async with app.run_test() as pilot:
        await until(pilot, lambda: isinstance(app.screen, SessionsDialog) and titles(app.screen))
        dialog = app.screen
        await pilot.press("d")
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
        await pilot.press("n")
        await until(pilot, lambda: app.screen is dialog)
        assert len(store.summaries()) == 2
        await pilot.press("d")
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
        await pilot.press("y")
        await until(pilot, lambda: titles(dialog) == ["why is it wrong"])
    assert len(store.summaries()) == 1


async def test_the_open_session_is_neither_resumed_nor_deleted(shop, state, until) -> None:
    app = make_app(shop, state)
    async with app.run_test() as pilot:
        screen = app.screen
        await submit(pilot, until, "/ask why is it wrong")
        await until(pilot, idle(screen))
        await submit(pilot, until, "/sessions")
        await until(pilot, lambda: isinstance(app.screen, SessionsDialog) and titles(app.screen))
        dialog = app.screen
        await pilot.press("d")
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
        await pilot.press("y")
        await until(pilot, lambda: "is open" in str(dialog._problem.content))
        await pilot.press("enter")
        await until(pilot, lambda: app.screen is screen)
        assert screen.problem.error is None
    assert len(SessionStore(state, shop).summaries()) == 1


async def test_x_exports(shop, state, until, tmp_path) -> None:
    await make_sessions(shop, state, until, "/edit round totals")
    app = make_app(shop, state, LIST)
    page = tmp_path / "page.html"
    async with app.run_test() as pilot:
        await until(pilot, lambda: isinstance(app.screen, SessionsDialog) and titles(app.screen))
        dialog = app.screen
        for expected in ("", "exists already"):
            await pilot.press("x")
            await until(pilot, lambda: isinstance(app.screen, ExportDialog))
            app.screen.query_one("#path").value = str(page)
            await pilot.press("enter")
            await until(pilot, lambda: app.screen is dialog)
            await until(
                pilot, lambda e=expected: page.exists() and e in str(dialog._problem.content)
            )
        await pilot.press("x")
        await until(pilot, lambda: isinstance(app.screen, ExportDialog))
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is dialog)
    assert "<!doctype html>" in page.read_text()
