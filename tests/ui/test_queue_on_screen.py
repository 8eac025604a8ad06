"""Tasks entered while one runs, and what is told at the end of a long one."""

import threading
from dataclasses import replace

import pytest

from assistant.errors import Cancelled, EngineError
from assistant.ui.app import AssistantApp
from assistant.ui.controllers.notifying import LONG, Notifier
from assistant.ui.jobs import Job
from tests.ui.stage import Player, make_services


@pytest.fixture
def player(shop):
    player = Player(shop, hold=threading.Event())
    yield player
    player.hold.set()


def make_app(shop, state, player) -> AssistantApp:
    return AssistantApp(make_services(shop, state, tasks=player.tasks()))


async def submit(pilot, until, *tasks: str) -> None:
    screen = pilot.app.screen
    await until(pilot, lambda: screen.session)
    for task in tasks:
        screen.action_prompt()
        await pilot.press(*task, "enter")
        await until(pilot, lambda: screen.prompt.input.text == "" and screen.job)


def asked(player) -> list[str]:
    return [request.task for request in player.requests]


async def test_tasks_wait_for_the_running_one_and_start_in_order(
    shop, state, until, player
) -> None:
    app = make_app(shop, state, player)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = app.screen
        await submit(pilot, until, "/ask one", "/ask two", "/ask three")
        await until(pilot, lambda: player.requests)
        assert screen.status.value.queued == 2
        assert "2 queued" in "".join(text for text, _ in screen.status._right)
        assert asked(player) == ["one"]
        player.hold.set()
        await until(pilot, lambda: len(player.requests) == 3 and screen.job is None)
        assert asked(player) == ["one", "two", "three"]
        assert screen.status.value.queued == 0
        assert [len(request.said.earlier) for request in player.requests] == [0, 1, 2]


async def test_a_task_entered_before_the_repository_is_open_waits(
    shop, state, until, player
) -> None:
    services = make_services(shop, state, tasks=player.tasks())
    opened = threading.Event()

    def open_later(model):
        opened.wait(30)
        return services.open_workspace(model)

    player.hold.set()
    app = AssistantApp(replace(services, open_workspace=open_later))
    async with app.run_test() as pilot:
        screen = app.screen
        await until(pilot, lambda: screen.status.value.running)
        screen.prompt.set_text("/ask one")
        await pilot.press("enter")
        await until(pilot, lambda: screen.status.value.queued == 1)
        assert screen.problem.error is None
        opened.set()
        await until(pilot, lambda: asked(player) == ["one"])
        assert screen.status.value.queued == 0


async def test_escape_empties_the_queue_before_it_stops_the_task(
    shop, state, until, player
) -> None:
    app = make_app(shop, state, player)
    async with app.run_test() as pilot:
        screen = app.screen
        await submit(pilot, until, "/ask one", "/ask two")
        await pilot.press("escape")
        assert screen.status.value.queued == 0
        assert screen.phase == "running"
        await pilot.press("escape")
        await until(pilot, lambda: screen.job is None)
        assert asked(player) == ["one"]


async def test_an_edit_waits_until_the_proposal_before_it_is_decided(
    shop, state, until, player
) -> None:
    app = make_app(shop, state, player)
    async with app.run_test() as pilot:
        screen = app.screen
        await submit(pilot, until, "/edit one", "/edit two", "/ask three")
        player.hold.set()
        await until(pilot, lambda: screen.review.proposal and screen.job is None)
        first = screen.review.proposal
        await pilot.pause()
        assert asked(player) == ["one"]
        assert screen.review.proposal is first
        await pilot.press("R", "w")
        await until(pilot, lambda: len(player.requests) == 3 and screen.job is None)
        assert asked(player) == ["one", "two", "three"]
        assert screen.review.proposal is not first


async def test_a_written_proposal_lets_the_next_edit_start(shop, state, until, player) -> None:
    app = make_app(shop, state, player)
    async with app.run_test() as pilot:
        screen = app.screen
        await submit(pilot, until, "/edit one", "/edit two")
        player.hold.set()
        await until(pilot, lambda: screen.review.proposal and screen.job is None)
        await pilot.press("A", "w")
        await until(pilot, lambda: len(player.requests) == 2)


async def test_a_task_that_failed_does_not_hold_up_the_next(shop, state, until, player) -> None:
    app = make_app(shop, state, player)
    player.failure = EngineError("The worker died.")
    async with app.run_test() as pilot:
        screen = app.screen
        await submit(pilot, until, "/ask one", "/ask two")
        player.hold.set()
        await until(pilot, lambda: len(player.requests) == 2 and screen.job is None)


async def test_another_session_forgets_the_tasks_that_wait(shop, state, until, player) -> None:
    app = make_app(shop, state, player)
    async with app.run_test() as pilot:
        screen = app.screen
        await submit(pilot, until, "/edit one", "/edit two")
        player.hold.set()
        await until(pilot, lambda: screen.review.proposal and screen.job is None)
        screen.controllers.sessions.start_new()
        await pilot.pause()
        assert screen.status.value.queued == 0
        assert asked(player) == ["one"]


# Notifications


class Terminal:
    def __init__(self, *, enabled: bool = True) -> None:
        self.now = 0.0
        self.text = ""
        self.notifier = Notifier(lambda: self.now, self.write, enabled=enabled)

    def write(self, text: str) -> None:
        self.text += text

    def run(self, seconds: float, error=None, title: str = "round it") -> str:
        self.text = ""
        self.notifier.began()
        self.now += seconds
        self.notifier.ended(Job(1, "edit", title), error)
        return self.text


def test_the_end_of_a_long_task_rings_notifies_and_names_the_window() -> None:
    expected = (
        "\x1b[22;2t\x1b]2;assistant: edit done: round it\x07\x1b]9;edit done: round it\x07\x07"
    )
    terminal = Terminal()
    assert terminal.run(LONG) == expected
    again = terminal.run(LONG, EngineError("no"), "a\nb")
    assert again.startswith("\x1b[23;2t\x1b[22;2t"), "the title is restored in between"
    assert "edit failed: a\x07" in again
    terminal.text = ""
    terminal.notifier.restore()
    terminal.notifier.restore()
    assert terminal.text == "\x1b[23;2t"


@pytest.mark.parametrize(
    ("seconds", "error", "enabled"),
    [(LONG - 0.1, None, True), (LONG, Cancelled(), True), (LONG, None, False)],
)
def test_short_and_stopped_tasks_end_silently(seconds, error, enabled) -> None:
    assert Terminal(enabled=enabled).run(seconds, error) == ""


def test_a_task_cannot_write_to_the_terminal() -> None:
    text = Terminal().run(LONG, title="\x1b]0;evil\x07 \u202e" + "x" * 200)
    assert text.count("\x1b") == 3
    assert text.count("\x07") == 3
    assert "\u202e" not in text
    assert "x" * 80 not in text


async def test_the_app_sends_it_to_its_terminal(shop, state, until, player, monkeypatch) -> None:
    written = []
    now = [0.0]
    app = AssistantApp(make_services(shop, state, tasks=player.tasks()), clock=lambda: now[0])
    async with app.run_test() as pilot:
        monkeypatch.setattr(app._driver, "write", written.append)
        await submit(pilot, until, "/ask one")
        now[0] = LONG
        player.hold.set()
        await until(pilot, lambda: any("ask done: one" in text for text in written))
    assert written[-1] == "\x1b[23;2t"
