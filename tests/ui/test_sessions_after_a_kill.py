"""Sessions of a program that was killed."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from assistant.review.decisions import Decision
from assistant.sessions.store import SessionStore
from assistant.solving.events import StepState
from assistant.ui.controllers.sessions import LAST
from tests.ui.sessionstage import make_app
from tests.ui.shop import CART, CART_FIXED

_CHILD = """
import asyncio, os, signal, sys
from pathlib import Path
from assistant.ui.app import AssistantApp
from tests.ui.keys import enter
from tests.ui.stage import Player, make_services
import threading

shop, state, ending = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
player = Player(shop)

async def main():
    app = AssistantApp(make_services(shop, state, tasks=player.tasks()))
    async with app.run_test() as pilot:
        async def until(condition):
            while not condition():
                await pilot.pause(0.01)
        await until(lambda: app.screen.session)
        screen = app.screen
        if ending == "plan":
            await enter(pilot, "/plan count quantities", "enter")
            await until(lambda: len(screen.plan.steps) == 4 and screen.job is None)
            player.hold = threading.Event()
            await pilot.press("2", "a", "enter")
            await until(lambda: screen.job is not None and screen.status.value.phase == "checking")
        else:
            await enter(pilot, "/edit count quantities", "enter")
            await until(lambda: screen.review.proposal and screen.job is None)
            await pilot.press("a", "r")
            await until(lambda: screen.review.undecided == 1)
            await pilot.pause()
        os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""


def killed(shop: Path, state: Path, ending: str) -> None:
    child = subprocess.run(
        [sys.executable, "-P", "-c", _CHILD, shop, state, ending],
        env={**os.environ, "PYTHONPATH": str(Path.cwd())},
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert child.returncode == -signal.SIGKILL, child.stderr.decode()


async def test_after_a_kill_the_review_is_open_with_its_decisions(shop, state, until) -> None:
    killed(shop, state, "review")
    app = make_app(shop, state, LAST)
    async with app.run_test() as pilot:
        screen = app.screen
        await until(pilot, lambda: screen.review.proposal)
        decisions = list(screen.review.review.decisions.values())
        assert decisions == [Decision.ACCEPTED, Decision.REJECTED, Decision.UNDECIDED]
        await pilot.press("A", "w")
        await until(pilot, lambda: (shop / "shop/cart.py").read_text() not in (CART, CART_FIXED))


async def test_after_a_kill_during_a_step_the_step_can_run_again(shop, state, until) -> None:
    killed(shop, state, "plan")
    app = make_app(shop, state, LAST)
    async with app.run_test() as pilot:
        screen = app.screen
        await until(pilot, lambda: len(screen.plan.steps) == 4)
        await until(pilot, lambda: "ended while this ran" in screen.log_view.entries[-1][1])
        assert screen.plan.steps[0].state is StepState.ACCEPTED
        await pilot.press("enter")
        await until(pilot, lambda: screen.review.proposal)
    assert SessionStore(state, shop).summaries()[0].state == "proposal open, 0 of 4 steps done"
