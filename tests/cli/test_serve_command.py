"""The command that opens the interface in a browser."""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pyte
import pytest
from aiohttp import ClientSession, CookieJar

from assistant.cli.serve import newest_session
from assistant.sessions.records import Selection
from assistant.sessions.store import SessionStore

ROOT = Path(__file__).resolve().parents[2]


def test_what_to_serve_has_to_be_said(run, repo):
    code, _, error = run("serve")
    assert code == 2
    assert "assistant serve --web" in error


def test_without_the_extra_it_is_named(run, repo, monkeypatch):
    for name in [name for name in sys.modules if name.startswith("assistant.ui.web")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "textual_serve", None)
    monkeypatch.setitem(sys.modules, "textual_serve.server", None)
    monkeypatch.setitem(sys.modules, "textual_serve.app_service", None)
    code, _, error = run("serve", "--web")
    assert code == 2
    assert "textual_serve" in error
    assert "pip install 'assistant-ide[web]'" in error


def test_a_port_that_is_taken_is_named(run, repo):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, _, error = run("serve", "--web", "--port", str(port))
    assert code == 2
    assert f"Port {port}" in error
    assert "--port" in error


def test_a_later_page_goes_on_with_the_session_of_this_server(repo, tmp_path):
    state = tmp_path / "state"
    assert newest_session(state, repo, 0.0) == ()
    store = SessionStore(state, repo)
    session = store.create()
    session.add(Selection(()))
    session.close()
    (summary,) = store.summaries()
    assert newest_session(state, repo, summary.last - 1) == ("--resume", summary.id)
    assert newest_session(state, repo, summary.last + 1) == ()


def test_outside_of_a_repository_there_is_no_session(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert newest_session(tmp_path / "state", tmp_path, 0.0) == ()


@pytest.fixture
def served(repo):
    """The printed address of the real program, and its process."""
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "assistant", "serve", "--web", "--port", "0"],
        cwd=repo,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    yield process.stdout.readline().split()[-1], process
    process.kill()
    process.communicate()


@contextlib.contextmanager
def give_up(screen: pyte.Screen) -> Iterator[None]:
    """Fails with what is on the screen when the time is up."""
    try:
        yield
    except TimeoutError:
        pytest.fail("\n".join(screen.display))


async def test_the_real_program_is_in_the_page_until_the_server_ends(served):
    address, process = served
    origin = address.partition("/?")[0]
    screen = pyte.Screen(80, 24)
    stream = pyte.ByteStream(screen)
    async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as session:
        await (await session.get(address)).read()
        async with session.ws_connect(f"{origin}/ws?width=80&height=24", origin=origin) as page:
            with give_up(screen):
                async with asyncio.timeout(60):
                    while "Files" not in "\n".join(screen.display):
                        message = await page.receive()
                        assert message.type is aiohttp.WSMsgType.BINARY
                        stream.feed(message.data)
            process.send_signal(signal.SIGINT)
            while (message := await page.receive(60)).type is aiohttp.WSMsgType.BINARY:
                pass
            assert message.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED)
    assert await asyncio.to_thread(process.wait, 30) == 0
