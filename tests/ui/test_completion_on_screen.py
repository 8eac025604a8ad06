"""Completion while typing: ghost text in the file screen."""

import threading
from contextlib import asynccontextmanager

import pytest

from assistant.engine.base import Prefill, Token
from assistant.engine.scripted import Answer, ScriptedEngine
from assistant.errors import EngineError
from assistant.settings import Settings
from assistant.solving.request import TaskRequest
from assistant.ui.app import AssistantApp
from assistant.ui.controllers import ghosts
from assistant.ui.controllers.opening import Target
from assistant.ui.screens.file import FileScreen
from assistant.ui.widgets.keys import KeyLine
from tests.ui.shop import CART
from tests.ui.stage import Player, make_services

LINES = CART.split("\n")
ROW = LINES.index("        for item in self.items:")
TEXT = "\n".join([*LINES[:ROW], "", *LINES[ROW:]])
"""With an empty line in `total`, where the cursor is."""
INDENT = " " * 8
WRITTEN = "count = len(self)\n        print(count)"
SURE = Answer(INDENT + WRITTEN, -0.01)


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ghosts, "DELAY", 0.001)
    monkeypatch.setattr(ghosts, "REST", 0.001)


@pytest.fixture
def editing(shop, state, until):
    """Opens a file with a model that always gives the same reply."""

    @asynccontextmanager
    async def edit(reply=SURE, *, before=None, player=None, **settings):
        (shop / "shop/cart.py").write_text(TEXT)
        engine = ScriptedEngine(lambda request: reply, before=before, can_infill=True)
        tasks = player.tasks() if player else None
        app = AssistantApp(make_services(shop, state, engine=engine, tasks=tasks))
        async with app.run_test(size=(100, 40)) as pilot:
            main = app.screen
            await until(pilot, lambda: main.session and not main.status.value.running)
            for name, value in settings.items():
                main.controllers.about.take_over(name, Settings(**{name: value}))
            main.controllers.opening.open(Target("shop/cart.py", ROW + 1))
            await until(pilot, lambda: isinstance(app.screen, FileScreen))
            await until(pilot, lambda: app.screen.view.has_focus)
            yield pilot, app.screen, engine

    return edit


def is_idle(screen: FileScreen) -> bool:
    return screen.ghosts._completing is None and screen.ghosts._timer is None


def keys_of(screen: FileScreen) -> list[tuple[str, str, str]]:
    """What the key line shows."""
    line: KeyLine = screen.query_one("#keys", KeyLine)
    return line.keys()


def shown(screen: FileScreen) -> list[str]:
    """The rows around the cursor, without line numbers."""
    view = screen.view
    top = view._cursor_row
    return [view.render_line(y).text[view.gutter_width :].rstrip() for y in range(top, top + 3)]


async def test_a_completion_is_shown_and_accepted_whole(editing, until) -> None:
    async with editing() as (pilot, screen, engine):
        view = screen.view
        view.insert(INDENT)
        await until(pilot, lambda: view.ghost == WRITTEN and is_idle(screen))
        assert shown(screen) == ["        count = len(self)", "        print(count)", LINES[ROW]]
        assert view.document.get_line(ROW) == INDENT
        (asked,) = engine.requests
        (file,) = asked.files
        assert file.text == "\n".join([*LINES[:ROW], ""])
        assert asked.suffix.startswith("\n        for item")
        assert ("tab", "tab", "accept") in keys_of(screen)
        await pilot.press("tab")
        assert view.texts() == [*LINES[:ROW], *f"{INDENT}{WRITTEN}".split("\n"), *LINES[ROW:]]
        assert view.position == (ROW + 1, len("        print(count)"))
        view.undo()
        assert view.document.get_line(ROW) == INDENT


async def test_it_is_accepted_by_words_and_lines_or_typed(editing, until) -> None:
    async with editing() as (pilot, screen, engine):
        view = screen.view
        view.insert(INDENT)
        await until(pilot, lambda: view.ghost == WRITTEN and is_idle(screen))
        await pilot.press("c")
        assert view.ghost == WRITTEN[1:]
        await pilot.press("ctrl+right", "ctrl+right")
        assert view.document.get_line(ROW) == f"{INDENT}count ="
        assert shown(screen)[:2] == ["        count = len(self)", "        print(count)"]
        await pilot.press("end")
        assert view.document.get_line(ROW) == f"{INDENT}count = len(self)"
        assert len(engine.requests) == 1
        await pilot.press("end")
        assert view.document.get_line(ROW + 1) == "        print(count)"
        assert view.position == (ROW + 1, len("        print(count)"))
        await until(pilot, lambda: len(engine.requests) == 2)  # it is used up: what comes next?


async def test_the_next_key_or_a_click_dismisses_it(editing, monkeypatch) -> None:
    async with editing() as (pilot, screen, _):
        monkeypatch.setattr(ghosts, "DELAY", 60)
        view = screen.view
        for key in ("x", "backspace", "enter", "right", "up", "escape", "ctrl+z"):
            view.insert(INDENT)
            view.expect()
            view.show_completion(WRITTEN)
            assert view.suggestion == "count = len(self)"
            await pilot.press(key)
            assert (view.ghost, view.suggestion) == ("", ""), key
        assert "len(self)\n" not in view.text
        assert pilot.app.screen is screen
        view.go_to(ROW)
        await pilot.pause()
        view.expect()
        view.show_completion(WRITTEN)
        below = view._cursor_row + 2
        await pilot.click(view, offset=(view.gutter_width + 8, below))
        assert (view.position[0], view.ghost) == (ROW + 1, "")


async def test_without_a_ghost_the_keys_do_what_they_always_do(editing, until) -> None:
    async with editing(completion="off") as (pilot, screen, engine):
        view = screen.view
        await pilot.press("x")
        view.move_cursor((2, 0))
        await until(pilot, lambda: is_idle(screen))
        assert engine.requests == engine.warmed == []
        await pilot.press("ctrl+right")
        assert view.position[0] == 2
        assert view.position[1] > 0
        await pilot.press("end")
        assert view.position == (2, len(LINES[2]))
        await pilot.press("tab")
        assert view.document.get_line(2).startswith(f"{LINES[2]} ")
        assert ("tab", "tab", "accept") not in keys_of(screen)


async def test_no_more_of_it_is_shown_than_there_is_room_for(editing) -> None:
    async with editing() as (pilot, screen, _):
        view = screen.view
        view.move_cursor(view.document.end)
        await pilot.pause()
        room = view.size.height - view._cursor_row
        view.expect()
        view.show_completion("\n".join("abc" for _ in range(100)))
        assert view.ghost.count("\n") == room - 1


async def test_a_key_cancels_a_completion_that_is_being_written(editing, until) -> None:
    go_on, cancelled = threading.Event(), []

    def before(event: object) -> None:
        if isinstance(event, Token):
            assert go_on.wait(10)

    async with editing(before=before) as (pilot, screen, _):
        screen.view.insert(INDENT)
        await until(pilot, lambda: screen.ghosts._completing is not None)
        cancelled.append(screen.ghosts._completing)
        await pilot.press("x")
        await until(pilot, lambda: cancelled[0].is_set)
        go_on.set()
        await until(pilot, lambda: is_idle(screen))


async def test_a_doubtful_completion_is_not_shown(editing, until) -> None:
    async with editing(Answer(INDENT + WRITTEN, -4.0)) as (pilot, screen, engine):
        screen.view.insert(INDENT)
        await until(pilot, lambda: engine.requests and is_idle(screen))
        assert screen.view.ghost == ""


@pytest.mark.parametrize(
    ("value", "elsewhere", "completes"),
    [
        ("auto", "", True),
        ("auto", "http://box", False),
        ("on", "http://box", True),
        ("off", "", False),
    ],
)
def test_it_is_on_by_default_only_with_a_model_on_this_machine(value, elsewhere, completes) -> None:
    assert Settings(completion=value, engine=elsewhere).completes is completes


async def test_the_model_reads_ahead_where_the_cursor_was_moved_to(editing, until) -> None:
    async with editing() as (pilot, _, engine):
        await pilot.press("down")
        line = LINES[ROW]
        await until(pilot, lambda: [r for r in engine.warmed if r.suffix.startswith(line)])
        assert engine.requests == []


async def test_no_completion_while_a_task_runs(editing, shop, until) -> None:
    hold = threading.Event()
    async with editing(player=Player(shop, hold=hold)) as (pilot, screen, engine):
        main = pilot.app.screen_stack[0]
        main.controllers.tasks.start("ask", main.session.workspace, TaskRequest("why"))
        assert main.controllers.tasks.busy
        screen.view.insert(INDENT)
        await until(pilot, lambda: is_idle(screen))
        assert engine.requests == []
        hold.set()
        await until(pilot, lambda: not main.controllers.tasks.busy)
        await pilot.press("c")
        await until(pilot, lambda: engine.requests)


async def test_a_task_that_starts_cancels_the_completion(editing, shop, until) -> None:
    go_on, hold = threading.Event(), threading.Event()

    def before(event: object) -> None:
        if isinstance(event, Prefill):
            assert go_on.wait(10)

    async with editing(before=before, player=Player(shop, hold=hold)) as (pilot, screen, engine):
        screen.view.insert(INDENT)
        await until(pilot, lambda: engine.requests)
        cancel = screen.ghosts._completing
        assert cancel is not None
        main = pilot.app.screen_stack[0]
        main.controllers.tasks.start("ask", main.session.workspace, TaskRequest("why"))
        assert cancel.is_set
        go_on.set()
        await until(pilot, lambda: is_idle(screen))
        assert screen.view.ghost == ""
        hold.set()


async def test_a_failing_engine_is_said_once_in_the_log_and_typing_goes_on(editing, until) -> None:
    async with editing(EngineError("The worker died.")) as (pilot, screen, engine):
        await pilot.press("x")
        await until(pilot, lambda: screen.ghosts._failed)
        await pilot.press("y")
        assert screen.view.document.get_line(ROW) == "xy"
        assert screen.problem.error is None
        assert len(engine.requests) == 1
        main = pilot.app.screen_stack[0]
        said = [text for _, text in main.log_view.entries if "completed" in text]
        assert said == ["shop/cart.py is not completed any more: The worker died."]
