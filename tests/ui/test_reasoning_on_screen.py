"""The model's reasoning on screen: folded, apart from the answer; and a connection made again."""

import threading

import pytest
from textual.events import MouseScrollUp

from assistant.engine.reconnecting import Reconnected, Reconnecting
from assistant.solving.events import (
    AnswerReady,
    CandidateStarted,
    Phase,
    PhaseStarted,
    TextStreamed,
    ThoughtStreamed,
)
from assistant.ui.app import AssistantApp
from assistant.ui.jobs import Inbox
from assistant.ui.reasoning import MOST_LINES, Fold, Reasoning
from assistant.ui.services import Tasks
from tests.ui.stage import IdleEngine, make_services


def reasoning_of(*texts: str) -> Reasoning:
    found = Reasoning()
    for text in texts:
        found.add(text, 1)
    return found


def test_lines_are_those_of_the_whole_text_however_it_arrives() -> None:
    text = "First the  sum.\n\n  Then " + "word " * 30 + "\nand\tthe end\n\n"
    whole = reasoning_of(text).lines(30)
    pieces = Reasoning()
    for character in text:
        pieces.add(character, 1)
        pieces.lines(30)
    assert pieces.lines(30) == whole
    assert whole[:2] == ["First the  sum.", ""]
    assert whole[-1] == "and the end"
    assert max(map(len, whole)) <= 30
    assert pieces.lines(60) == reasoning_of(text).lines(60)


def test_only_so_much_is_kept() -> None:
    found = reasoning_of(*(f"line {number}\n" for number in range(MOST_LINES + 500)))
    lines = found.lines(40)
    assert len(lines) == MOST_LINES - 1
    assert lines[-1] == f"line {MOST_LINES + 499}"
    endless = Reasoning()
    for _ in range(300):
        endless.add("x" * 100_000, 1)
    assert sum(map(len, endless.lines(80))) <= MOST_LINES * 4000
    assert endless.tokens == 300


def test_reasoning_of_two_requests_is_apart() -> None:
    found = reasoning_of("one")
    found.pause()
    found.add("two", 1)
    assert found.lines(20) == ["one", "", "two"]
    nothing = Reasoning()
    nothing.pause()
    nothing.add("one", 1)
    assert nothing.lines(20) == ["one"]


def test_a_window_follows_the_end_until_it_is_scrolled() -> None:
    fold = Fold()
    fold.text.add("\n".join(map(str, range(100))), 100)
    assert fold.window(20, 10)[-1] == "99"
    fold.scroll(-30)
    before = fold.window(20, 10)
    assert len(before) == 10
    assert fold.position == f"{int(before[0]) + 1}–{int(before[-1]) + 1} of 100"
    fold.text.add("\n100\n101", 2)
    assert fold.window(20, 10) == before, "what is read does not move"
    fold.scroll(-1000)
    assert fold.window(20, 10)[0] == "0"
    fold.scroll(1000)
    fold.text.add("\n102", 1)
    assert fold.window(20, 10)[-1] == "102"
    assert Fold().position == ""


def test_pieces_of_reasoning_are_merged_apart_from_text() -> None:
    inbox = Inbox()
    for piece in ("a", "b"):
        assert not inbox.put(ThoughtStreamed(piece))
    inbox.put(TextStreamed(1, "c", None))
    inbox.put(ThoughtStreamed("d"))
    assert inbox.take() == [
        ThoughtStreamed("ab", 2),
        TextStreamed(1, "c", None),
        ThoughtStreamed("d"),
    ]


THOUGHTS = "".join(f"Consider line {number} of the cart.\n" for number in range(200))


class Thinker:
    """Tasks that reason, wait to be released, and answer."""

    def __init__(self) -> None:
        self.go_on = threading.Event()

    def task(self, workspace, request, cancel):
        yield PhaseStarted(Phase.WRITING, "shop/cart.py")
        for line in THOUGHTS.splitlines(keepends=True):
            yield ThoughtStreamed(line, 7)
        yield from self.held(cancel)
        yield CandidateStarted(1)
        yield TextStreamed(1, "an answer", -0.1)
        yield AnswerReady("an answer")

    def held(self, cancel):
        while not self.go_on.wait(0.01):
            cancel.check()
        yield from ()


@pytest.fixture
def thinking(shop, state):
    thinker = Thinker()
    tasks = Tasks(*[thinker.task] * 4)
    app = AssistantApp(make_services(shop, state, tasks=tasks), clock=lambda: 100.0)
    app.animation_level = "none"
    yield app, thinker
    thinker.go_on.set()


def shown(activity) -> list[str]:
    return [activity.render_line(y).text.rstrip() for y in range(activity.size.height)]


async def begun(pilot, until, command: str):
    screen = pilot.app.screen
    await until(pilot, lambda: screen.session and not screen.status.value.running)
    await pilot.press(*command, "enter")
    await until(pilot, lambda: screen.status.value.detail == "reasoning, 1.4k tokens")
    return screen


async def test_reasoning_is_one_line_until_it_is_unfolded(thinking, until) -> None:
    app, thinker = thinking
    async with app.run_test(size=(100, 30)) as pilot:
        screen = await begun(pilot, until, "/edit x")
        activity = screen.review.activity
        lines = shown(activity)
        assert " ▸ reasoning  1.4k tokens" in lines
        assert not any("Consider" in line for line in lines)
        await pilot.press("tab", "3")  # a pane takes the keys only outside of the task line
        await until(pilot, lambda: activity.has_focus)
        await pilot.press("enter")
        lines = shown(activity)
        assert any(line.startswith(" ▾ reasoning  1.4k tokens") for line in lines)
        assert any(line == " ┊ Consider line 199 of the cart." for line in lines)
        await pilot.press("home")
        assert " ┊ Consider line 0 of the cart." in shown(activity)
        await pilot.press("down", "down")
        assert " ┊ Consider line 0 of the cart." not in shown(activity)
        assert " ┊ Consider line 2 of the cart." in shown(activity)
        await pilot.press("enter")
        assert not any("Consider" in line for line in shown(activity))
        thinker.go_on.set()
        await until(pilot, lambda: screen.job is None)


async def test_a_click_unfolds_reasoning_and_the_wheel_scrolls_it(thinking, until) -> None:
    app, _ = thinking
    async with app.run_test(size=(100, 30)) as pilot:
        screen = await begun(pilot, until, "/edit x")
        activity = screen.review.activity
        row = next(y for y, line in enumerate(shown(activity)) if "reasoning" in line)
        await pilot.click(activity, offset=(4, row - 1))
        assert "▸" in shown(activity)[row], "only its line unfolds it"
        await pilot.click(activity, offset=(4, row))
        assert "▾" in shown(activity)[row]
        before = shown(activity)[row + 1 :]
        activity.post_message(MouseScrollUp(activity, 4, row + 2, 0, -1, 0, False, False, False))
        await pilot.pause()
        assert shown(activity)[row + 1 :] != before
        await pilot.press("escape")


async def test_reasoning_is_no_part_of_an_answer(thinking, until) -> None:
    app, thinker = thinking
    async with app.run_test(size=(100, 30)) as pilot:
        screen = await begun(pilot, until, "/ask x")
        thinker.go_on.set()
        await until(pilot, lambda: screen.job is None)
        entries = screen.log_view.entries
        assert ("note", "reasoning: 1400 tokens") in entries
        assert ("answer", "an answer") in entries
        assert not any("Consider" in text for _, text in entries)


async def test_the_next_task_begins_without_reasoning(thinking, until) -> None:
    app, _ = thinking
    async with app.run_test(size=(100, 30)) as pilot:
        screen = await begun(pilot, until, "/edit x")
        await pilot.press("escape")
        await until(pilot, lambda: screen.job is None)
        activity = screen.review.activity
        activity.start("another")
        assert not any("reasoning" in line for line in shown(activity))
        assert not activity.check_action("fold", ())


class Dropping(IdleEngine):
    """Its line drops as often as it is told, and comes back."""

    def __init__(self) -> None:
        super().__init__()
        self.listeners = []

    def tell(self, notice) -> None:
        for listener in self.listeners:
            listener(notice)


class Away:
    """A task whose engine loses its line while it writes, until it is released."""

    def __init__(self, engine: Dropping) -> None:
        self.engine = engine
        self.go_on, self.end = threading.Event(), threading.Event()

    def task(self, workspace, request, cancel):
        yield PhaseStarted(Phase.WRITING, "shop/cart.py")
        for attempt in (1, 2):
            self.engine.tell(Reconnecting("box", attempt))
        while not self.go_on.wait(0.01):
            cancel.check()
        self.engine.tell(Reconnected())
        while not self.end.wait(0.01):
            cancel.check()
        yield AnswerReady("an answer")


@pytest.fixture
def away(shop, state):
    engine = Dropping()
    task = Away(engine)
    tasks = Tasks(*[task.task] * 4)
    app = AssistantApp(make_services(shop, state, tasks=tasks, engine=engine), clock=lambda: 100.0)
    yield app, task
    task.go_on.set()
    task.end.set()


def said(screen) -> tuple[str, str]:
    return screen.status.value.phase, screen.status.value.detail


async def test_attempts_to_connect_are_shown_and_then_the_phase_again(away, until) -> None:
    app, task = away
    async with app.run_test(size=(100, 30)) as pilot:
        screen = app.screen
        await until(pilot, lambda: screen.session and not screen.status.value.running)
        await pilot.press(*"/edit x", "enter")
        await until(pilot, lambda: said(screen) == ("reconnecting", "to box, attempt 2"))
        task.go_on.set()
        await until(pilot, lambda: said(screen) == ("writing", "shop/cart.py"))
        task.end.set()
        await until(pilot, lambda: screen.job is None)
        assert said(screen) == ("ready", "")
        assert task.engine.listeners == []


async def test_escape_ends_the_attempts(away, until) -> None:
    app, task = away
    async with app.run_test(size=(100, 30)) as pilot:
        screen = app.screen
        await until(pilot, lambda: screen.session and not screen.status.value.running)
        await pilot.press(*"/edit x", "enter")
        await until(pilot, lambda: said(screen)[0] == "reconnecting")
        await pilot.press("escape")
        await until(pilot, lambda: screen.job is None)
        assert said(screen) == ("ready", "")
        assert task.engine.listeners == []
