"""Turns what can go wrong with a server into errors that say what happened and what to do."""

import json
import re
import socket
import ssl
from typing import Any

from assistant.engine.server.address import Address
from assistant.errors import EngineError, EngineUnreachable
from assistant.sanitize import sanitize_line

_CONTEXT = re.compile(
    r"exceed_context_size|context[ _](?:size|length|window)|maximum context|input length exceeds",
    re.IGNORECASE,
)
_LONGEST = 300
_FIND = "`assistant doctor` finds servers on this machine."


class ServerFault(EngineError):
    """The server failed, or refused a request; the next request starts from a clean state."""

    def __init__(self, message: str, *, hint: str = "", status: int = 0) -> None:
        super().__init__(message, hint=hint)
        self.status = status
        """The HTTP status; 0 where there is none."""


class NotUnderstood(ServerFault):
    """The answer is not that of a model server."""


class BrokenOff(ServerFault):
    """The connection ended before the answer did."""


class Unreachable(ServerFault, EngineUnreachable):
    """No request reaches a model there."""


def unreachable(address: Address, error: OSError) -> Unreachable:
    """No connection, or no connection that can be trusted."""
    where = address.text
    match error:
        case ssl.SSLCertVerificationError():
            return Unreachable(
                f"The certificate of {where} is not trusted: {error.verify_message}.",
                hint="If the server is yours, put the certificate of its authority in a file and "
                "name that file in the environment variable SSL_CERT_FILE.",
            )
        case ssl.SSLError():
            return Unreachable(
                f"No secure connection to {where}: {error.reason or error}.",
                hint="If the server speaks plain HTTP, write http:// instead of https://.",
            )
        case socket.gaierror():
            return Unreachable(
                f"The host of {where} is not known.", hint="Check the address and the network."
            )
        case ConnectionRefusedError():
            return Unreachable(
                f"Nothing answers at {where}: the connection was refused.",
                hint=f"Start the server, or check its address and port. {_FIND}",
            )
        case TimeoutError():
            return Unreachable(
                f"{where} did not accept a connection in time.",
                hint="Check the address, and whether a firewall is in between.",
            )
        case _:
            return Unreachable(
                f"The connection to {where} failed: {error.strerror or error}.",
                hint="Check that the server still runs, then try again.",
            )


def broken_off(address: Address) -> BrokenOff:
    return BrokenOff(
        f"The answer of {address.text} ended before it was complete.",
        hint="The server may have stopped. Check that it runs, then try again.",
    )


def not_understood(address: Address, what: str) -> "NotUnderstood":
    return NotUnderstood(
        f"{address.text} sent something that is not the answer of a model server: "
        f"{sanitize_line(what)[:80]!r}.",
        hint=f"Check the address, which may belong to another program. {_FIND}",
    )


def refused(
    address: Address, status: int, body: bytes, *, retry_after: str = "", asked: str = ""
) -> ServerFault:
    """The error for an HTTP status of 400 or more; `asked` is the name of the requested model."""
    said = said_by(body)
    where = address.text
    if is_about_context(body):
        return too_long(address, said, status=status)
    match status:
        case 401 | 403:
            message = f"{where} wants a key, or does not accept the one it got ({status})."
            hint = (
                "Put the key in the environment variable ASSISTANT_ENGINE_KEY, or name another "
                "variable with the setting engine_key_variable."
            )
        case 404:
            message = f"{where} does not know what was asked for (404): {said}"
            hint = (
                f"It may have no model {asked!r}. `assistant doctor --engine {where}` lists those "
                "that it has; name one with --model."
            )
        case 429:
            message = f"{where} is busy or limits requests (429): {said}"
            seconds = retry_after.strip()
            wait = f"in {seconds} seconds" if seconds.isdigit() else seconds or "in a while"
            hint = f"Try again {wait}."
        case 503:
            message = f"{where} is not ready (503): {said}"
            hint = "It may still be loading the model. Try again in a moment."
            return Unreachable(message, hint=hint, status=status)
        case _ if status >= 500:
            message = f"{where} failed ({status}): {said}"
            hint = "The reason is in the server's log. Try again, or restart the server."
        case _:
            message = f"{where} refused the request ({status}): {said}"
            hint = "The server may be of a version that is not supported. See its log."
    return ServerFault(message, hint=hint, status=status)


def failed_in_stream(address: Address, message: dict[str, Any]) -> ServerFault:
    """The error for a message with an `error` in the middle of a stream."""
    body = json.dumps(message).encode()
    if is_about_context(body):
        return too_long(address, said_by(body))
    return ServerFault(
        f"{address.text} failed while it wrote: {said_by(body)}",
        hint="The reason is in the server's log. Try again, or restart the server.",
    )


def too_long(address: Address, said: str, *, status: int = 0) -> ServerFault:
    return ServerFault(
        f"The request does not fit the context of {address.text}: {said}",
        hint="Select less, or start the server with a larger context.",
        status=status,
    )


def is_about_context(body: bytes) -> bool:
    """Whether an error says that the prompt, or prompt and reply, exceed the context."""
    return bool(_CONTEXT.search(body.decode("utf-8", "replace")))


def said_by(body: bytes) -> str:
    """What an error says for people, on one line."""
    text = body.decode("utf-8", "replace")
    try:
        value: Any = json.loads(text)
    except ValueError:
        value = text
    while isinstance(value, dict):
        value = next(
            (value[key] for key in ("error", "message", "detail") if value.get(key)), str(value)
        )
    line = sanitize_line(" ".join(str(value).split()))
    return line[:_LONGEST] or "it gave no reason"
