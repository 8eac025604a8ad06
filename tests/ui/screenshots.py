"""Draws the screenshots of the README: the real app on a real repository, with a scripted model.

Run with `python -m tests.ui.screenshots [FOLDER]`. Everything but the model is real: the tasks,
the checks, the diff and the files. Needs no network.
"""

import asyncio
import re
import sys
import tempfile
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path

from textual.pilot import Pilot

from assistant.engine.base import EngineInfo, Request
from assistant.engine.scripted import Answer, ScriptedEngine
from assistant.models.progress import PullProgress
from assistant.ui.app import AssistantApp
from assistant.ui.screens.dialogs import ConsentDialog
from assistant.ui.screens.main import MainScreen
from assistant.ui.screens.setup import SetupScreen
from tests.ui.fakesetup import FakeSetup
from tests.ui.shop import CART, FILES, make_repository
from tests.ui.stage import make_services, real_tasks

PLAN = """edit shop/cart.py: Multiply each price by its quantity, take discounts as percentages.
edit shop/orders.py: Show what each line costs.
"""
TOTAL = '''    def total(self) -> float:
        """What all items cost together, to the cent."""
        total = 0.0
        for item in self.items:
            total += item.price * item.quantity
        return round_money(total)
'''
TOTAL_SHORT = '''    def total(self) -> float:
        """What all items cost together."""
        return sum(item.price * item.quantity for item in self.items)
'''
DISCOUNTED = '''    def discounted(self, percent: float) -> float:
        """The total after a discount, given as a percentage."""
        if not 0 <= percent <= 100:
            raise ValueError(f"not a percentage: {percent}")
        return round_money(self.total() * (1 - percent / 100))
'''
ONE_TEST = FILES["tests/test_cart.py"].partition("\n\n\ndef test_discount")[0] + "\n"
SIZE = (120, 30)
Run = Callable[[Pilot[None]], Awaitable[None]]


class StandIn(ScriptedEngine):
    """A scripted engine that says so in the status line."""

    def info(self) -> EngineInfo:
        return EngineInfo("scripted answers", "cpu", "none", 8192, 2, 1_940_000_000, 3.4)


def answer(request: Request) -> list[str | Answer]:
    """Returns the scripted output for a request."""
    count = len(request.samplings)
    if request.constraint is not None and "start: step" in request.constraint.text:
        return [PLAN] * count
    if "def discounted" in request.draft and "def total" not in request.draft:
        return [DISCOUNTED] * count
    if "def total" in request.draft and "def discounted" not in request.draft:
        return [TOTAL, TOTAL, TOTAL_SHORT][:count] if count > 1 else [Answer(TOTAL, -0.05)]
    old_total = CART[CART.index("    def total") : CART.index("    def discounted")]
    old_discount = CART[CART.index("    def discounted") : CART.index("    def __len__")]
    new = CART.replace(old_total, TOTAL + "\n").replace(old_discount, DISCOUNTED + "\n")
    return [new] * count


async def until(pilot: Pilot[None], condition: Callable[[], object]) -> None:
    """Runs the app until a condition holds."""
    for _ in range(1500):
        try:
            if condition():
                await pilot.pause(0.05)
                return
        except LookupError:
            pass
        await pilot.pause(0.02)
    screen = pilot.app.screen
    seen = screen.problem.error if isinstance(screen, MainScreen) else screen
    raise TimeoutError(f"the app did not reach the state to draw: {seen!r}")


async def opened(pilot: Pilot[None]) -> None:
    await until(
        pilot, lambda: pilot.app.screen.session and not pilot.app.screen.status.value.running
    )


async def typed(pilot: Pilot[None], text: str) -> None:
    await opened(pilot)
    await pilot.press(*text, "enter")


async def settled(pilot: Pilot[None]) -> None:
    screen = pilot.app.screen
    await until(pilot, lambda: screen.job is None and screen.status.value.used)
    pilot.app.clear_notifications()
    await pilot.pause(0.2)


async def plan(pilot: Pilot[None]) -> None:
    await typed(pilot, "Totals ignore quantities, see @shop/cart.py and @shop/orders.py ")
    await until(pilot, lambda: len(pilot.app.screen.plan.steps) == 2)
    await settled(pilot)
    await pilot.press("a", "j", "a", "k")


async def review(pilot: Pilot[None]) -> None:
    await plan(pilot)
    await pilot.press("enter")
    await until(pilot, lambda: pilot.app.screen.review.proposal)
    await until(pilot, lambda: pilot.app.screen.review.diff._colours.new)
    await settled(pilot)
    await pilot.press("a")


async def fix(pilot: Pilot[None]) -> None:
    await typed(pilot, "/candidates 1")
    screen = pilot.app.screen
    await pilot.press(*"/fix", "enter")
    await until(pilot, lambda: isinstance(pilot.app.screen, ConsentDialog))
    await pilot.click("#once")
    await until(pilot, lambda: screen.review.proposal)
    await until(pilot, lambda: screen.review.diff._colours.new)
    await until(pilot, lambda: screen.job is None)
    pilot.app.clear_notifications()
    await pilot.pause(0.2)
    await pilot.press("a")


async def first_launch(pilot: Pilot[None]) -> None:
    await until(pilot, lambda: isinstance(pilot.app.screen, SetupScreen))
    await until(pilot, lambda: pilot.app.screen.models.current)
    await pilot.press("enter")
    await until(pilot, lambda: pilot.app.screen.has_class("-pulling"))
    await pilot.pause(0.2)


PICTURES: tuple[tuple[str, Run, str, tuple[int, int]], ...] = (
    ("plan", plan, "assistant-dark", SIZE),
    ("diff", review, "assistant-dark", SIZE),
    ("diff-light", review, "assistant-light", SIZE),
    ("diff-contrast", review, "assistant-contrast", SIZE),
    ("diff-80x24", review, "assistant-dark", (80, 24)),
    ("fix", fix, "assistant-dark", (170, 36)),
    ("fix-light", fix, "assistant-light", (170, 36)),
    ("first-launch", first_launch, "assistant-dark", (100, 28)),
)


async def draw(name: str, run: Run, theme: str, size: tuple[int, int], folder: Path) -> None:
    """Draws one screenshot in a repository of its own."""
    with tempfile.TemporaryDirectory() as temporary:
        files = {**FILES, "tests/test_cart.py": ONE_TEST} if run is fix else FILES
        root = make_repository(Path(temporary) / "shop", files)
        report = PullProgress("downloading", 812_000_000, 1_890_000_000, 14_200_000, 76, "")
        first = run is first_launch
        setup = FakeSetup(is_ready=not first, reports=(report,), hold=threading.Event())
        services = make_services(
            root,
            Path(temporary) / "state",
            tasks=real_tasks(),
            engine=StandIn(answer),
            theme=theme,
            setup=setup,
        )
        app = AssistantApp(services)
        app.animation_level = "none"
        async with app.run_test(size=size) as pilot:
            await run(pilot)
            svg = app.export_screenshot(title="assistant")
    (folder / f"{name}.svg").write_text(stable(svg), encoding="utf-8")


def stable(svg: str) -> str:
    """Removes the random id of the drawing, and keeps the text aligned with any font."""
    svg = re.sub(r"terminal-\d+", "terminal", svg)
    return svg.replace("<text ", '<text xml:space="preserve" ')


async def main(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    for name, run, theme, size in PICTURES:
        await draw(name, run, theme, size, folder)
        print(folder / f"{name}.svg")


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1] if len(sys.argv) > 1 else "screenshots")))
