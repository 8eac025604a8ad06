"""Who is let in by the server of the page."""

import json

import aiohttp
import pytest
from aiohttp import ClientSession, CookieJar, WSServerHandshakeError

PATHS = ["/", "/page.js", "/static/js/textual.js", "/download/key", "/static/", "/unknown"]


@pytest.fixture
async def stranger():
    async with ClientSession() as session:
        yield session


@pytest.fixture
async def user(server):
    """A client that has opened the printed address."""
    async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as session:
        async with session.get(server.address) as answer:
            assert answer.status == 200
            assert str(answer.url) == f"{server.public_url}/"  # the token is not in it
        yield session


async def status(session, url, **options) -> int:
    async with session.get(url, allow_redirects=False, **options) as answer:
        return answer.status


async def handshake(session, server, **headers) -> int:
    """The status of a refused websocket. One that is accepted fails the test."""
    with pytest.raises(WSServerHandshakeError) as refused:
        await session.ws_connect(f"{server.public_url}/ws", headers=headers)
    return refused.value.status


def test_only_this_machine_is_listened_to(server):
    assert server.socket.getsockname()[0] == "127.0.0.1"


@pytest.mark.parametrize("path", PATHS)
async def test_a_request_without_a_token_is_refused(server, stranger, path):
    assert await status(stranger, server.public_url + path) == 403
    wrong = {"Cookie": f"assistant-{server.port}=wrong"}
    assert await status(stranger, server.public_url + path, headers=wrong) == 403


async def test_a_wrong_token_is_refused(server, stranger, user):
    for token in ("", "wrong", server.address[-10:], "é"):
        assert await status(stranger, server.public_url, params={"token": token}) == 403
    # also with the cookie, and the right one elsewhere than on the first page
    assert await status(user, server.public_url, params={"token": "wrong"}) == 403
    assert await status(stranger, server.address.replace("/?", "/page.js?")) == 403


async def test_a_websocket_without_a_token_is_refused(server, stranger):
    assert await handshake(stranger, server, Origin=server.public_url) == 403


async def test_a_websocket_of_another_page_is_refused(server, user):
    for origin in ("http://evil.example", "null", f"https://127.0.0.1:{server.port}"):
        assert await handshake(user, server, Origin=origin) == 403
    assert await handshake(user, server) == 403  # browsers always say where it comes from


async def test_a_request_of_another_page_is_refused(server, user):
    headers = {"Origin": "http://127.0.0.1:1"}
    assert await status(user, server.public_url, headers=headers) == 403


async def test_a_foreign_name_for_this_machine_is_refused(server, user):
    port = server.port
    for host in ("evil.example", f"evil.example:{port}", f"127.0.0.1.evil.example:{port}", "["):
        assert await status(user, server.public_url, headers={"Host": host}) == 403
        assert await status(user, server.address, headers={"Host": host}) == 403


async def test_the_user_gets_the_page_and_what_it_loads(server, user):
    for path in ("/", "/page.js", "/static/js/textual.js", "/static/css/xterm.css"):
        assert await status(user, server.public_url + path) == 200
    assert await status(user, f"{server.public_url}/download/key") == 404


async def test_the_cookie_is_for_our_pages_only(server, stranger):
    async with stranger.get(server.address, allow_redirects=False) as answer:
        assert answer.status == 303
        cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie


async def test_the_page_loads_nothing_from_other_places(server, user):
    async with user.get(server.public_url) as answer:
        page, policy = await answer.text(), answer.headers["Content-Security-Policy"]
        assert answer.headers["Cache-Control"] == "no-store"
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert page.count("://") == 1  # of the websocket
    assert f'"ws://127.0.0.1:{server.port}/ws"' in page


async def test_a_forwarded_port_has_its_own_address(server, user):
    async with user.get(server.public_url, headers={"Host": "localhost:9000"}) as answer:
        assert '"ws://localhost:9000/ws"' in await answer.text()


async def test_the_user_gets_the_program(server, user, screen):
    url = f"{server.public_url}/ws?width=120&height=30"
    async with user.ws_connect(url, origin=server.public_url) as page:
        while "Say what should change" not in screen.text:
            message = await page.receive(60)
            assert message.type is aiohttp.WSMsgType.BINARY
            screen.feed(message.data)
        await page.send_str(json.dumps(["stdin", "\x11"]))  # ctrl+q
        while (message := await page.receive(60)).type is aiohttp.WSMsgType.BINARY:
            pass
        assert message.type is aiohttp.WSMsgType.CLOSE
