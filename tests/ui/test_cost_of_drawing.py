"""Counts what streaming draws. Drawing must leave the CPU cores to the engine."""

import re
import threading
from collections import Counter

import pytest
from textual.screen import Screen

from assistant.proposal.changes import Change
from assistant.solving.events import Phase, PhaseStarted, ProposalReady, TextStreamed
from assistant.solving.values import Candidate, Proposal, Tokens
from assistant.ui.app import AssistantApp
from assistant.ui.jobs import Inbox, Job, TaskEnded, TaskProgressed, run_job
from assistant.ui.widgets.bars import Bar
from assistant.ui.widgets.lines import LineView
from tests.ui.stage import Player, make_services


@pytest.fixture
def drawn(monkeypatch) -> Counter[str]:
    """Counts drawn lines by widget, and layouts."""
    counts: Counter[str] = Counter()

    def counted(owner: type, name: str, key) -> None:
        original = getattr(owner, name)

        def call(self, *args, **options):
            counts[key(self)] += 1
            return original(self, *args, **options)

        monkeypatch.setattr(owner, name, call)

    counted(LineView, "render_line", lambda view: type(view).__name__)
    counted(Bar, "render_line", lambda bar: bar.id)
    counted(Screen, "_refresh_layout", lambda screen: "layouts")
    return counts


def _has_text(screen) -> bool:
    """Whether text waits in the inbox, or was taken from it with another event."""
    reached = screen.status.value.reached
    waiting = list(screen.job.inbox._events)
    return any(isinstance(each, TextStreamed) for each in waiting) or (
        reached is not None and not reached.reading
    )


@pytest.fixture
def writing(shop, state, until, monkeypatch):
    """Starts a task that streams until it is released. Only the test ticks."""
    monkeypatch.setattr("assistant.ui.controllers.tasks.TICK", 3600.0)
    player = Player(shop, hold=threading.Event())

    async def start(pilot, command: str):
        screen = pilot.app.screen
        await until(pilot, lambda: screen.session and not screen.status.value.running)
        await pilot.press(*command, "enter")
        await until(pilot, lambda: screen.phase == "running" and player.requests)
        await until(pilot, lambda: _has_text(screen) or screen.status.value.phase == "checking")
        screen.controllers.tasks.tick()
        await pilot.pause(0.1)
        return screen

    app = AssistantApp(make_services(shop, state, tasks=player.tasks()), clock=lambda: 100.0)
    app.animation_level = "none"
    yield app, start
    player.hold.set()


def say(screen, text: str, times: int = 1) -> None:
    for _ in range(times):
        screen.job.inbox.put(TextStreamed(0, text, -0.1))


@pytest.mark.parametrize(("command", "view"), [("/edit x", "Activity"), ("/ask x", "LogView")])
async def test_streamed_text_draws_its_line_once_per_tick(writing, drawn, command, view) -> None:
    app, start = writing
    async with app.run_test(size=(170, 50)) as pilot:
        screen = await start(pilot, command)
        say(screen, "\nbegun ")
        screen.controllers.tasks.tick()
        await pilot.pause(0.1)
        drawn.clear()

        say(screen, "word ", times=8)
        await pilot.pause(0.1)
        assert not drawn, "nothing is drawn between ticks"

        screen.controllers.tasks.tick()
        await pilot.pause(0.1)
        assert 1 <= drawn[view] <= 2, "the line that grew"
        assert drawn["layouts"] == 0
        assert set(drawn) <= {view, "status"}


async def test_more_lines_of_an_answer_need_no_layout(writing, drawn) -> None:
    app, start = writing
    async with app.run_test(size=(170, 50)) as pilot:
        screen = await start(pilot, "/ask x")
        say(screen, "some words\n", times=60)
        screen.controllers.tasks.tick()
        await pilot.pause(0.1)
        assert screen.log_view.at_end
        drawn.clear()
        say(screen, "some words\n", times=5)
        screen.controllers.tasks.tick()
        await pilot.pause(0.1)
        assert drawn["layouts"] == 0
        assert 5 <= drawn["LogView"] <= screen.log_view.size.height
        assert screen.log_view.at_end, "the log stays at its end"


async def test_text_that_fills_the_pane_scrolls_by_half_of_it(writing, drawn) -> None:
    app, start = writing
    async with app.run_test(size=(100, 30)) as pilot:
        screen = await start(pilot, "/edit x")
        height = screen.review.activity.size.height
        drawn.clear()
        for number in range(3 * height):
            say(screen, f"line {number}\n")
            screen.controllers.tasks.tick()
            await pilot.pause()
        assert drawn["Activity"] < 12 * height, (
            "scrolling line by line would draw the whole pane each time"
        )


async def test_a_tick_without_changes_draws_nothing(writing, drawn, until) -> None:
    app, start = writing
    async with app.run_test(size=(100, 30)) as pilot:
        screen = await start(pilot, "/edit x")
        drawn.clear()
        for _ in range(5):
            screen.controllers.tasks.tick()
            await pilot.pause(0.05)
        assert not drawn


def test_streamed_text_posts_no_message() -> None:
    events = [
        PhaseStarted(Phase.WRITING),
        *(TextStreamed(0, "a", -0.5) for _ in range(100)),
        TextStreamed(1, "b", -0.5),
        PhaseStarted(Phase.CHECKING),
    ]
    posted: list[object] = []
    job = Job(7, "edit", "title")
    run_job(job, lambda cancel: iter(events), posted.append)
    assert posted == [TaskProgressed(7), TaskProgressed(7), TaskEnded(7)]
    assert job.inbox.take() == [
        events[0],
        TextStreamed(0, "a" * 100, pytest.approx(-50.0), tokens=100),
        TextStreamed(1, "b", -0.5),
        events[-1],
    ]


def test_text_without_log_probabilities_is_joined_as_well() -> None:
    inbox = Inbox()
    inbox.put(TextStreamed(0, "a", None))
    inbox.put(TextStreamed(0, "b", None))
    assert inbox.take() == [TextStreamed(0, "ab", None, tokens=2)]


def test_events_are_taken_once() -> None:
    inbox = Inbox()
    assert inbox.put(PhaseStarted(Phase.WRITING))
    assert not inbox.put(TextStreamed(0, "a", -0.5))
    assert len(inbox.take()) == 2
    assert inbox.take() == []
    inbox.put(TextStreamed(0, "b", -0.5))
    assert inbox.take() == [TextStreamed(0, "b", -0.5)]


async def test_a_large_proposal_is_prepared_outside_the_event_loop(
    shop, state, until, monkeypatch
) -> None:
    """Finding hunks, laying out and highlighting run in other threads."""
    from assistant.review.decisions import Review
    from assistant.ui import diffmodel, preparing
    from assistant.ui.services import Tasks
    from assistant.ui.widgets import review as panel
    from assistant.ui.widgets import reviewdiff

    old = "".join(f"value_{n} = {n}\n" for n in range(600))
    (shop / "big.py").write_text(old)
    new = re.sub(r"(?<=[02468]) = ", " == ", old)
    change = Change("big.py", old.encode(), new.encode())
    drawn = [Candidate(n, (change,), tokens=Tokens(9, -0.1 * n)) for n in (1, 2)]
    proposal = Proposal("all", tuple(drawn))

    def edit(workspace, request, cancel):
        yield ProposalReady(proposal)

    threads: list[tuple[str, bool]] = []

    def noted(owner, name: str) -> None:
        original = getattr(owner, name)

        def call(*args, **options):
            threads.append((name, threading.current_thread() is threading.main_thread()))
            return original(*args, **options)

        monkeypatch.setattr(owner, name, call)

    noted(Review, "of")
    for owner in (panel, preparing):
        noted(owner, "build_diff")
    noted(reviewdiff, "colour_diff")
    noted(diffmodel, "rows_of")
    tasks = Tasks(edit, edit, edit, edit)
    app = AssistantApp(make_services(shop, state, tasks=tasks))
    async with app.run_test(size=(100, 30)) as pilot:
        screen = app.screen
        await until(pilot, lambda: screen.session)
        await pilot.press(*"/edit all", "enter")
        await until(pilot, lambda: screen.review.shown and screen.review.diff._colours.new)
        await pilot.press("right_square_bracket")
        await until(pilot, lambda: screen.review.shown)
        await pilot.press("o")
        await until(pilot, lambda: [name for name, _ in threads].count("build_diff") == 3)
    assert {name for name, _ in threads} == {"of", "build_diff", "colour_diff", "rows_of"}
    assert not any(on_loop for _, on_loop in threads)
