"""A server for the page of a staged program, and a terminal that shows what it draws."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pyte
import pytest
from aiohttp import web

from assistant.cli.serve import newest_session
from assistant.ui.web.server import PageServer, Program
from tests.ui.shop import make_repository

ROOT = Path(__file__).resolve().parents[3]
SECONDS = 30


class Screen:
    """Shows what a program draws, on 120 columns and 30 rows at first."""

    def __init__(self) -> None:
        self._screen = pyte.Screen(120, 30)
        self._stream = pyte.ByteStream(self._screen)
        self._drawn = asyncio.Event()

    @property
    def text(self) -> str:
        return "\n".join(self._screen.display)

    def clear(self, columns: int = 120, rows: int = 30) -> None:
        self._screen.resize(rows, columns)
        self._screen.reset()

    def feed(self, data: bytes) -> None:
        self._stream.feed(data)
        self._drawn.set()

    async def until(self, condition: Callable[[str], bool] | str) -> None:
        """Waits until the screen shows a text, or what the condition accepts."""
        met = condition if callable(condition) else (lambda text: condition in text)
        try:
            async with asyncio.timeout(SECONDS):
                while not met(self.text):
                    self._drawn.clear()
                    await self._drawn.wait()
        except TimeoutError:
            pytest.fail(f"{condition} is not on the screen:\n{self.text}")


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return make_repository(tmp_path / "shop")


@pytest.fixture
async def server(shop: Path, tmp_path: Path, monkeypatch) -> AsyncIterator[PageServer]:
    """Serves the staged program on a free port."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    state = tmp_path / "state"

    command = [sys.executable, "-m", "tests.ui.web.staged", str(shop), str(state)]
    served = PageServer(Program(command, lambda: newest_session(state, shop, 0)), 0, "shop")
    runner = web.AppRunner(await served._make_app(), shutdown_timeout=1)
    await runner.setup()
    await web.SockSite(runner, served.socket).start()
    yield served
    await runner.cleanup()


@pytest.fixture
def screen() -> Screen:
    return Screen()
