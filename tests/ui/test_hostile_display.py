"""A hostile repository, model or terminal cannot break the screen."""

import time

import pytest
from textual.events import Paste

from assistant.checks.results import Evidence, Status
from assistant.proposal.changes import Change
from assistant.solving.values import Candidate, Proposal, Tokens
from assistant.ui.app import AssistantApp
from assistant.ui.preparing import prepare
from assistant.ui.widgets.diff import DiffView
from tests.ui.shop import make_repository
from tests.ui.stage import make_services

EVIL = "a\x1b]52;c;aGk=\x07b\x9b31mc\u202ed[/red][b +e\U000e0041"


def screen_text(app: AssistantApp) -> str:
    return "\n".join(strip.text for strip in app.screen._compositor.render_strips())


async def test_escape_sequences_are_shown_and_never_sent(shop, state, until) -> None:
    app = AssistantApp(make_services(shop, state))
    async with app.run_test(size=(120, 40)) as pilot:
        screen = app.screen
        await until(pilot, lambda: screen.session)
        new = EVIL.encode() + b"\n\xff raw byte\n"
        found = Evidence(EVIL, Status.FAILED, EVIL, EVIL * 3)
        change = Change("evil.py", b"old\n", new)
        candidate = Candidate(1, (change,), tokens=Tokens(4, -0.1), evidence=(found,))
        screen.review.show(prepare(Proposal(EVIL, (candidate,), EVIL), frozenset()))
        screen.log_view.add("you", EVIL)
        screen.log_view.stream(EVIL + "\n" + EVIL)
        for pane in ("diff", "checks", "log"):
            screen.panes.show_pane(pane)
            # Markup is not parsed, and nothing is lost.
            await until(pilot, lambda: "[/red][b +e" in screen_text(app))
            text = screen_text(app)
            assert not [c for c in text if c in "\x1b\x07\x9b\u202e\U000e0041"]
            assert "\\x1b" in text


async def test_a_file_name_cannot_send_escape_sequences(tmp_path, state, until) -> None:
    name = "x\x1b[31m[b]\n.py"
    root = make_repository(tmp_path / "shop", {name: "pass\n", "ok.py": "pass\n"})
    app = AssistantApp(make_services(root, state))
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.screen.session)
        await until(pilot, lambda: "x\\x1b[31m[b]\\n.py" in screen_text(app))
        text = screen_text(app)
        assert "\x1b" not in text


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (8, 50), (300, 4)])
async def test_the_app_survives_any_terminal_size(shop, state, until, size) -> None:
    app = AssistantApp(make_services(shop, state))
    async with app.run_test(size=(80, 24)) as pilot:
        screen = app.screen
        await until(pilot, lambda: screen.session)
        await pilot.press(*"/edit totals", "enter")
        await until(pilot, lambda: screen.review.proposal is not None)
        for pane in ("files", "plan", "diff", "checks", "log"):
            screen.panes.show_pane(pane)
            await pilot.resize_terminal(*size)
            await pilot.pause()
            await pilot.resize_terminal(200, 60)
            await pilot.pause()
        assert app.is_running


async def test_a_diff_of_50_000_lines_responds_at_once(shop, state, until) -> None:
    old = b"".join(b"value_%d = %d\n" % (n, n) for n in range(25_000))
    new = old.replace(b" = ", b" = 1 + ")
    app = AssistantApp(make_services(shop, state))
    async with app.run_test(size=(120, 40)) as pilot:
        screen = app.screen
        await until(pilot, lambda: screen.session)
        candidate = Candidate(1, (Change("big.py", old, new),), tokens=Tokens(4, -0.1))
        screen.review.show(prepare(Proposal("big", (candidate,)), frozenset()))
        screen.action_pane("diff")
        await until(pilot, lambda: screen.query_one(DiffView).line_count > 50_000)
        slowest = 0.0
        for key in ("pagedown", "end", "home", "n", "a", "pagedown"):
            began = time.thread_time()
            await pilot.press(key)
            slowest = max(slowest, time.thread_time() - began)
        assert slowest < 1.0


async def test_a_paste_of_a_megabyte_is_attached_at_once(shop, state, until) -> None:
    app = AssistantApp(make_services(shop, state))
    async with app.run_test() as pilot:
        screen = app.screen
        await until(pilot, lambda: screen.session)
        began = time.thread_time()
        screen.prompt.input.post_message(Paste("traceback line\n" * 70_000))
        await pilot.pause()
        assert time.thread_time() - began < 1.0
        assert "70,001 lines" in screen_text(app)
        await pilot.press("escape")
        assert "70,001 lines" not in screen_text(app)


async def test_a_short_paste_is_inserted_once(shop, state, until) -> None:
    app = AssistantApp(make_services(shop, state))
    async with app.run_test() as pilot:
        await until(pilot, lambda: app.screen.session)
        app.post_message(Paste("two\nlines"))
        await until(pilot, lambda: app.screen.prompt.input.text)
        assert app.screen.prompt.input.text == "two\nlines"
