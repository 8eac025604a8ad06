"""Speaks HTTP with a model server: questions with one answer, and streams that can be cancelled.

Redirects are not followed, and proxies are not used: text goes to the address that the user chose
and nowhere else. Connecting has a time limit; waiting for a stream has none, because a server may
read a long prompt for minutes. A cancel closes the connection, which makes servers stop their work.
"""

import contextlib
import http.client
import json
import queue
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from assistant.engine.base import Cancel
from assistant.engine.server import faults
from assistant.engine.server.address import Address
from assistant.errors import Cancelled
from assistant.settings import require_online

_CONNECT_SECONDS = 10.0
_ANSWER_SECONDS = 30.0
_POLL_SECONDS = 0.05
_LONGEST_ANSWER = 16 * 2**20
_LONGEST_LINE = 4 * 2**20
_LONGEST_ERROR = 64 * 1024
_WAITING = 1024
"""Lines of a stream that may wait for the reader."""


@dataclass(frozen=True, slots=True)
class Connection:
    """How to reach one server; every request opens a connection of its own."""

    address: Address
    key: str = field(default="", repr=False)
    connect_seconds: float = _CONNECT_SECONDS
    answer_seconds: float = _ANSWER_SECONDS
    """Time limit of questions that need no model."""

    def get(self, path: str) -> Any:
        """The JSON that a path answers with. Raises ServerFault."""
        return self._ask("GET", path, None)

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """The JSON answer to a question that needs no model. Raises ServerFault."""
        return self._ask("POST", path, body)

    def open(self, path: str, body: dict[str, Any]) -> "Stream":
        """Sends a request whose answer is a stream of lines; returns at once."""
        return Stream(self, path, body)

    def _ask(self, method: str, path: str, body: dict[str, Any] | None) -> Any:
        """Asks once more where the server closes the connection: a question changes nothing."""
        try:
            return self._asked(method, path, body)
        except faults.BrokenOff:
            return self._asked(method, path, body)

    def _asked(self, method: str, path: str, body: dict[str, Any] | None) -> Any:
        opened = self._opened()
        try:
            opened.connect()
            opened.sock.settimeout(self.answer_seconds)
            self._send(opened, method, path, body)
            response = opened.getresponse()
            self._check(response, body)
            data = response.read(_LONGEST_ANSWER)
        except (OSError, http.client.HTTPException) as error:
            raise self._fault(error) from error
        finally:
            opened.close()
        try:
            return json.loads(data)
        except ValueError as error:
            text = data[:200].decode("utf-8", "replace")
            raise faults.not_understood(self.address, text) from error

    def _opened(self) -> http.client.HTTPConnection:
        if not self.address.is_local:
            require_online(f"The server {self.address.text}")
        host, port = self.address.host, self.address.port
        if self.address.scheme == "http":
            return http.client.HTTPConnection(host, port, timeout=self.connect_seconds)
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(
            host, port, timeout=self.connect_seconds, context=context
        )

    def _send(
        self, opened: http.client.HTTPConnection, method: str, path: str, body: object
    ) -> None:
        headers = {"Accept": "application/json, text/event-stream", "Connection": "close"}
        if self.key:
            headers["Authorization"] = f"Bearer {self.key}"
        data = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            # Undecodable bytes reach the model as replacement characters.
            data = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
        opened.request(method, f"{self.address.prefix}{path}", data, headers)

    def _check(self, response: http.client.HTTPResponse, body: dict[str, Any] | None) -> None:
        if response.status < 300:
            return
        said = response.read(_LONGEST_ERROR)
        raise faults.refused(
            self.address,
            response.status,
            said,
            retry_after=response.headers.get("Retry-After", ""),
            asked=str((body or {}).get("model", "")),
        )

    def _fault(self, error: Exception) -> faults.ServerFault:
        if isinstance(error, http.client.BadStatusLine) and not str(error).strip("'\"\n "):
            return faults.broken_off(self.address)
        if isinstance(error, http.client.IncompleteRead | http.client.RemoteDisconnected):
            return faults.broken_off(self.address)
        if isinstance(error, ConnectionResetError | BrokenPipeError):
            return faults.broken_off(self.address)
        if isinstance(error, OSError):
            return faults.unreachable(self.address, error)
        return faults.not_understood(self.address, str(error))


class Stream:
    """One streamed answer, read by a thread, so that the caller can leave at any time."""

    def __init__(self, connection: Connection, path: str, body: dict[str, Any]) -> None:
        self._connection = connection
        self._opened = connection._opened()
        self._lines: queue.Queue[str | faults.ServerFault | None] = queue.Queue(_WAITING)
        self._closed = threading.Event()
        self._socket: socket.socket | None = None
        threading.Thread(target=self._read, args=(path, body), daemon=True).start()

    def lines(self, cancel: Cancel) -> Iterator[str]:
        """Raises ServerFault, and Cancelled within a tenth of a second."""
        while True:
            if cancel.is_set:
                raise Cancelled
            try:
                line = self._lines.get(timeout=_POLL_SECONDS)
            except queue.Empty:
                continue
            if line is None:
                return
            if isinstance(line, faults.ServerFault):
                raise line
            yield line

    def close(self) -> None:
        """Ends the connection, whatever the thread is doing with it."""
        self._closed.set()
        if self._socket is not None:
            # Shutting down wakes the thread; closing alone would leave it waiting.
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)

    def _read(self, path: str, body: dict[str, Any]) -> None:
        connection, opened = self._connection, self._opened
        end: faults.ServerFault | None = None
        try:
            opened.connect()
            self._socket = opened.sock
            opened.sock.settimeout(None)
            if self._closed.is_set():
                return
            connection._send(opened, "POST", path, body)
            response = opened.getresponse()
            connection._check(response, body)
            while line := response.readline(_LONGEST_LINE):
                self._put(line.decode("utf-8", "replace").rstrip("\r\n"))
                if self._closed.is_set():
                    return
        except faults.ServerFault as fault:
            end = fault
        except (OSError, http.client.HTTPException, ValueError, AttributeError) as error:
            # http.client raises ValueError and AttributeError when closed from another thread.
            end = connection._fault(error)
        finally:
            opened.close()
            self._put(end)

    def _put(self, line: str | faults.ServerFault | None) -> None:
        while not self._closed.is_set():
            try:
                self._lines.put(line, timeout=_POLL_SECONDS)
            except queue.Full:
                continue
            return
