"""Serves the interface to a browser on this machine, through textual-serve.

Each page runs the program in a process of its own. Only the page that was opened last has one: it
takes over from the page before, whose program ends first, and goes on with its session.
"""

import asyncio
import logging
import secrets
import shlex
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp_jinja2
from aiohttp import web
from textual_serve.app_service import AppService
from textual_serve.server import Server

from assistant.errors import UsageError
from assistant.ui.web.gate import PARAMETER, Gate

ADDRESS = "127.0.0.1"
DRIVER = "assistant.ui.web.driver:PageDriver"
_PAGE = Path(__file__).resolve().parent / "page"
_PATIENCE = 10.0
"""Seconds that a program has to end before it is killed."""
_SECONDS_TO_END = 1.0
"""How long an open page delays the end of the server."""


@dataclass(frozen=True, slots=True)
class Program:
    """What a page runs."""

    command: Sequence[str]
    reopen: Callable[[], Sequence[str]] = tuple
    """Arguments with which a later page goes on where the one before it ended."""

    def start(self, *, again: bool) -> str:
        """The shell command; `again` if a page was there before."""
        words = [*self.command, *(self.reopen() if again else ())]
        return f"TEXTUAL_DRIVER={DRIVER} exec {shlex.join(words)}"


class PageServer(Server):
    """A web server on loopback that demands a token with every request."""

    def __init__(self, program: Program, port: int, title: str) -> None:
        """Listens, so that the address is known. `port` 0 means any free one.

        Raises UsageError if the port is taken.
        """
        self.socket = _listen(port)
        port = self.socket.getsockname()[1]
        super().__init__(
            program.start(again=False), ADDRESS, port, title=title, templates_path=_PAGE
        )
        self._program = program
        self._token = secrets.token_urlsafe(32)
        self._turn = asyncio.Lock()
        self.page: asyncio.Task[Any] | None = None
        """Serves the page that was opened last, and ends after its program."""
        self._opened = False
        self._ready: Callable[[], None] = lambda: None

    @property
    def address(self) -> str:
        """Where the user opens the page, with the token."""
        return f"{self.public_url}/?{PARAMETER}={self._token}"

    def run(self, ready: Callable[[], None]) -> None:
        """Serves until Ctrl+C or SIGTERM. `ready` is called once requests are answered."""
        self._ready = ready
        self.initialize_logging()
        web.run_app(
            self._make_app(),
            sock=self.socket,
            shutdown_timeout=_SECONDS_TO_END,
            access_log=None,
            print=None,
        )

    def initialize_logging(self) -> None:
        logging.basicConfig(level=logging.WARNING, format="%(message)s")

    async def on_startup(self, app: web.Application) -> None:
        self._ready()

    async def _make_app(self) -> web.Application:
        app = await super()._make_app()
        app.router.add_get("/page.js", _script)
        app.middlewares.append(Gate(self._token, self.port).middleware)
        app.on_response_prepare.append(_protect)
        return app

    @aiohttp_jinja2.template("app_index.html")
    async def handle_index(self, request: web.Request) -> dict[str, Any]:
        return {"title": self.title, "socket": f"ws://{request.host}/ws"}

    async def handle_websocket(self, request: web.Request) -> web.WebSocketResponse:
        before, self.page = self.page, asyncio.current_task()
        if before is not None:
            before.cancel()
        async with self._turn:  # the program before this one has ended
            self.command = await asyncio.to_thread(self._program.start, again=self._opened)
            self._opened = True
            return await self._serve(request)

    async def _serve(self, request: web.Request) -> web.WebSocketResponse:
        """Runs a program for a page until one of them ends."""
        websocket = web.WebSocketResponse(heartbeat=15)
        await websocket.prepare(request)

        async def close() -> None:
            await websocket.close()

        program = PageProgram(
            self.command,
            write_bytes=websocket.send_bytes,
            write_str=websocket.send_str,
            close=close,
            download_manager=self.download_manager,
        )
        try:
            await program.start(_cells(request, "width", 80), _cells(request, "height", 24))
            await self._process_messages(websocket, program)
        finally:
            await program.stop()
            await websocket.close()
        return websocket


class PageProgram(AppService):
    """The process of a page. It has ended when `stop` returns."""

    async def run(self) -> None:
        await super().run()
        await self.remote_close()  # also where the program ended without a word

    async def stop(self) -> None:
        try:
            async with asyncio.timeout(_PATIENCE):
                await super().stop()
                if self._process is not None:
                    await self._process.communicate()  # also closes its pipes
        except TimeoutError:
            if self._process is not None:
                self._process.kill()
                await self._process.communicate()


def _cells(request: web.Request, name: str, default: int) -> int:
    """A size in the address of the websocket, within what a terminal can be."""
    given = request.query.get(name, "")
    return min(max(int(given), 1), 1000) if given.isdecimal() else default


async def _script(request: web.Request) -> web.FileResponse:
    return web.FileResponse(_PAGE / "page.js")


async def _protect(request: web.Request, response: web.StreamResponse) -> None:
    """The page loads nothing from other places, is shown in no other page, and is not kept."""
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
        f"font-src 'self'; img-src 'self' data:; connect-src 'self' ws://{request.host}; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    response.headers["Cache-Control"] = "no-store"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Content-Type-Options"] = "nosniff"


def _listen(port: int) -> socket.socket:
    try:
        return socket.create_server((ADDRESS, port))
    except OSError as error:
        raise UsageError(
            f"Port {port} of {ADDRESS} cannot be used: {error.strerror}.",
            hint="Name another one with --port; 0 takes any that is free.",
        ) from error
