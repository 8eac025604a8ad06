"""Lets in only requests of the user's own browser, which carry the token of this start.

A page elsewhere on the web can make a browser send requests here. `Host` tells those that came
through a foreign name (DNS rebinding), `Origin` those that another page sent, and the cookie is
`SameSite=Strict`. https://datatracker.ietf.org/doc/html/rfc6455#section-10.2
"""

import hmac
from http.cookies import CookieError

from aiohttp import web
from aiohttp.typedefs import Handler
from yarl import URL

PARAMETER = "token"
_NAMES = ("127.0.0.1", "localhost")
_DENIED = "Not allowed. Open the address that the program printed when it started.\n"


class Gate:
    """Decides which requests reach the server."""

    def __init__(self, token: str, port: int) -> None:
        """`token` is the secret of this start; `port` tells our cookies from other servers'."""
        self._token = token.encode()
        self._cookie = f"assistant-{port}"

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answers 403 to a request that is not the user's.

        The address with the token is answered with the cookie and the address without it, so that
        the token stays out of the history.
        """
        if not (_names_this_machine(request.headers.get("Host", "")) and _is_same_site(request)):
            return _denied()
        if PARAMETER in request.query:
            if request.path != "/" or not self._matches(request.query[PARAMETER]):
                return _denied()
            return self._welcome()
        if not self._matches(_cookie(request, self._cookie)):
            return _denied()
        return await handler(request)

    def _matches(self, given: str) -> bool:
        return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), self._token)

    def _welcome(self) -> web.Response:
        answer = web.Response(status=303, headers={"Location": "/"})
        answer.set_cookie(self._cookie, self._token.decode(), httponly=True, samesite="Strict")
        return answer


def _denied() -> web.Response:
    return web.Response(status=403, text=_DENIED)


def _cookie(request: web.Request, name: str) -> str:
    try:
        return request.cookies.get(name, "")
    except CookieError:
        return ""


def _names_this_machine(host: str) -> bool:
    """Whether a Host header is a name of this machine; any port, for forwarded ones."""
    try:
        return URL(f"http://{host}").host in _NAMES
    except ValueError:
        return False


def _is_same_site(request: web.Request) -> bool:
    """Whether the request came from our page, or is the user's first one.

    A browser sends `Origin` with every websocket; other requests may lack it.
    """
    origin = request.headers.get("Origin")
    if origin is None:
        return "websocket" not in request.headers.get("Upgrade", "").lower()
    return origin == f"http://{request.headers.get('Host', '')}"
