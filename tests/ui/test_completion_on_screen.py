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
from assistant.ui.screens.main import MainScreen
from tests.ui.shop import CART
from tests.ui.stage import Player, make_services

LINES = CART.split("\n")
ROW = LINES.index("        for item in self.items:")
TEXT = "\n".join([*LINES[:ROW], "", *LINES[ROW:]])
"""With an empty line in `total`, where the cursor is."""
INDENT = " " * 8
WRITTEN = "count = len(self)\n        print(count)"
SURE = Answer(WRITTEN, -0.01)


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


@pytest.fixture
def begun(until):
    """Types the indentation, and waits until the completion is there."""

    async def begin(pilot, screen: FileScreen) -> None:
        screen.view.insert(INDENT)
        await until(pilot, lambda: screen.view.ghost == WRITTEN and is_idle(screen))

    return begin


def is_idle(screen: FileScreen) -> bool:
    return screen.ghosts._completing is None and screen.ghosts._timer is None


def shown(screen: FileScreen) -> list[str]:
    """The rows around the cursor, without line numbers."""
    view = screen.view
    top = view._cursor_row
    return [view.render_line(y).text[view.gutter_width :].rstrip() for y in range(top, top + 3)]


async def test_a_completion_is_shown_after_the_cursor_and_below(editing, begun) -> None:
    async with editing() as (pilot, screen, engine):
        await begun(pilot, screen)
        assert shown(screen) == [
            "        count = len(self)",
            "        print(count)",
            LINES[ROW],
        ]
        assert screen.view.document.get_line(ROW) == INDENT
        (asked,) = engine.requests
        (file,) = asked.files
        assert asked.suffix.startswith("\n        for item")
        assert file.text == "\n".join([*LINES[:ROW], INDENT])
        assert screen.changed


async def test_tab_accepts_all_of_it_and_one_undo_takes_it_back(editing, begun, until) -> None:
    async with editing() as (pilot, screen, _):
        await begun(pilot, screen)
        keys = screen.query_one("#keys").keys()
        assert ("tab", "tab", "accept") in keys
        await pilot.press("tab")
        wanted = [*LINES[:ROW], *f"{INDENT}{WRITTEN}".split("\n"), *LINES[ROW:]]
        assert screen.view.texts() == wanted
        assert screen.view.position == (ROW + 1, len("        print(count)"))
        screen.view.undo()
        assert screen.view.document.get_line(ROW) == INDENT


async def test_tab_indents_where_nothing_is_shown(editing) -> None:
    async with editing(completion="off") as (pilot, screen, _):
        await pilot.press("tab")
        assert screen.view.document.get_line(ROW).strip(" ") == ""
        assert screen.view.position[1] > 0
        assert not [key for key in screen.query_one("#keys").keys() if key[2] == "accept"]


async def test_it_is_accepted_word_by_word(editing, begun) -> None:
    async with editing() as (pilot, screen, engine):
        await begun(pilot, screen)
        await pilot.press("ctrl+right")
        assert screen.view.document.get_line(ROW) == f"{INDENT}count"
        await pilot.press("ctrl+right")
        assert screen.view.document.get_line(ROW) == f"{INDENT}count ="
        assert screen.view.ghost == WRITTEN.removeprefix("count =")
        assert shown(screen)[:2] == ["        count = len(self)", "        print(count)"]
        assert len(engine.requests) == 1


async def test_it_is_accepted_line_by_line(editing, begun, until) -> None:
    async with editing() as (pilot, screen, engine):
        await begun(pilot, screen)
        await pilot.press("end")
        assert screen.view.document.get_line(ROW) == f"{INDENT}count = len(self)"
        await pilot.press("end")
        assert screen.view.document.get_line(ROW + 1) == "        print(count)"
        assert screen.view.position == (ROW + 1, len("        print(count)"))
        await until(pilot, lambda: len(engine.requests) == 2)  # it was used up: what comes next?


async def test_typing_the_ghost_keeps_the_rest_of_it(editing, begun) -> None:
    async with editing() as (pilot, screen, engine):
        await begun(pilot, screen)
        await pilot.press("c")
        assert screen.view.ghost == WRITTEN[1:]
        assert len(engine.requests) == 1


@pytest.mark.parametrize("key", ["x", "backspace", "enter", "right", "up", "escape", "ctrl+z"])
async def test_the_next_key_dismisses_it(editing, begun, key, monkeypatch) -> None:
    async with editing() as (pilot, screen, _):
        await begun(pilot, screen)
        monkeypatch.setattr(ghosts, "DELAY", 60)
        await pilot.press(key)
        assert screen.view.ghost == ""
        assert screen.view.suggestion == ""
        assert WRITTEN not in screen.view.text
        assert screen.app.screen is screen


async def test_a_click_below_it_goes_where_it_points(editing, begun) -> None:
    async with editing() as (pilot, screen, _):
        await begun(pilot, screen)
        view = screen.view
        await pilot.click(view, offset=(view.gutter_width + 8, view._cursor_row + 2))
        assert view.position[0] == ROW + 1
        assert view.ghost == ""


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
    async with editing(Answer(WRITTEN, -4.0)) as (pilot, screen, engine):
        screen.view.insert(INDENT)
        await until(pilot, lambda: engine.requests and is_idle(screen))
        assert screen.view.ghost == ""


async def test_nothing_is_asked_with_the_setting_off(editing, until) -> None:
    async with editing(completion="off") as (pilot, screen, engine):
        await pilot.press("x")
        screen.view.move_cursor((2, 0))
        await until(pilot, lambda: is_idle(screen))
        assert engine.requests == engine.warmed == []


@pytest.mark.parametrize(
    ("value", "elsewhere", "completes"),
    [("auto", "", True), ("auto", "http://box", False), ("on", "http://box", True), ("off", "", False)],
)
def test_it_is_on_by_default_only_with_a_model_on_this_machine(value, elsewhere, completes) -> None:
    assert Settings(completion=value, engine=elsewhere).completes is completes


async def test_the_model_reads_ahead_where_the_cursor_was_moved_to(editing, until) -> None:
    async with editing() as (pilot, screen, engine):
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
