"""A real HTTP server on the loopback address that answers as a test tells it to."""

import json
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from assistant.engine.server.address import Address
from assistant.engine.server.connection import Connection
from assistant.engine.server.engine import Record, ServerEngine
from assistant.engine.server.probing import probe

Answer = Callable[["Handler", dict[str, Any]], None]

MODELS = {"data": [{"id": "coder", "object": "model", "context_length": 4096}]}


class Handler(BaseHTTPRequestHandler):
    """Answers by the routes of its server; a path without one is not found."""

    protocol_version = "HTTP/1.1"
    server: "Server"

    def do_GET(self) -> None:
        self._answer({})

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        self._answer(json.loads(self.rfile.read(length)))

    def log_message(self, *arguments: object) -> None:
        pass

    def json(self, value: object, status: int = 200, **headers: str) -> None:
        self.raw(json.dumps(value).encode(), status, **headers)

    def raw(self, data: bytes, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(data)

    def begin_stream(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True

    def line(self, text: str) -> None:
        self.wfile.write(text.encode() + b"\n")
        self.wfile.flush()

    def data(self, value: object) -> None:
        self.line(f"data: {json.dumps(value)}\n")

    def delta(self, text: str, reason: str | None = None, **more: object) -> None:
        """A chunk of OpenAI's chat API."""
        choice = {"index": 0, "delta": {"content": text, **more}, "finish_reason": reason}
        self.data({"choices": [choice]})

    def end(self, **usage: object) -> None:
        self.data({"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 3, **usage}})
        self.line("data: [DONE]\n")

    def _answer(self, body: dict[str, Any]) -> None:
        fake = self.server.fake
        fake.requests.append((self.path, body, dict(self.headers)))
        route = fake.routes.get(self.path)
        if route is None:
            self.json({"error": {"message": "no such path", "type": "not_found"}}, 404)
        else:
            route(self, body)


class Server(ThreadingHTTPServer):
    daemon_threads = True
    fake: "Fake"

    def handle_error(self, request: object, client_address: object) -> None:
        pass  # a client that cancels leaves broken pipes


@dataclass
class Fake:
    """The routes by path, and what was asked."""

    url: str = ""
    routes: dict[str, Answer] = field(default_factory=dict)
    requests: list[tuple[str, dict[str, Any], dict[str, str]]] = field(default_factory=list)
    replies: "deque[str | Answer]" = field(default_factory=deque)
    """Of the chat API in turn: texts that are streamed, or functions."""

    def chat(self, handler: Handler, body: dict[str, Any]) -> None:
        if "stream" not in body:  # asks whether there are log-probabilities
            handler.json({"choices": [{"message": {"content": "OK"}, "logprobs": None}]})
            return
        reply = self.replies.popleft()
        if not isinstance(reply, str):
            reply(handler, body)
            return
        handler.begin_stream()
        for piece in pieces(reply):
            handler.delta(piece)
        handler.delta("", "stop")
        handler.end()

    @property
    def asked(self) -> list[dict[str, Any]]:
        """The bodies of the streamed chat requests."""
        return [body for path, body, _ in self.requests if body.get("stream")]

    def connection(self, key: str = "") -> Connection:
        return Connection(Address.parse(self.url), key)

    def engine(self, context_tokens: int = 4096, record: Record | None = None) -> ServerEngine:
        connection = self.connection()
        server = probe(connection)
        return ServerEngine(connection, server, context_tokens=context_tokens, record=record)


def pieces(text: str) -> list[str]:
    """The text in pieces of three characters."""
    return [text[at : at + 3] for at in range(0, len(text), 3)]


@contextmanager
def serving() -> Iterator[Fake]:
    """A server with OpenAI's chat API and one model, without anything else."""
    server = Server(("127.0.0.1", 0), Handler)
    fake = server.fake = Fake(f"http://127.0.0.1:{server.server_port}")
    fake.routes["/v1/models"] = lambda handler, body: handler.json(MODELS)
    fake.routes["/v1/chat/completions"] = fake.chat
    thread = threading.Thread(target=lambda: server.serve_forever(0.01), daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
