"""Runs the sessions of several users at once, and looks at what the server still does."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from urllib.request import urlopen

from assistant.engine.base import Cancel, Token
from assistant.engine.server.abilities import Kind as ServerKind
from assistant.engine.server.address import Address
from assistant.engine.server.connection import Connection
from assistant.engine.server.engine import ServerEngine
from assistant.engine.server.probing import probe
from tests.load.users import Asked, Kind, User, ask, request_of, session


def engine_of(url: str) -> ServerEngine:
    """An engine of one user: nothing is shared with those of others."""
    connection = Connection(Address.parse(url))
    server = probe(connection)
    return ServerEngine(connection, server, context_tokens=server.context_tokens)


def sessions(url: str, users: list[User], seconds: float) -> list[Asked]:
    """The requests of all users, who begin together; what takes longer than `seconds` is lost."""
    engines = [engine_of(url) for _ in users]
    with _limited(seconds) as cancel, ThreadPoolExecutor(len(users)) as threads:
        pairs = zip(engines, users, strict=True)
        runs = [threads.submit(session, engine, user, cancel) for engine, user in pairs]
    return [asked for run in runs for asked in run.result()]


def after_cancels(url: str, users: list[User], seconds: float) -> tuple[float, Asked]:
    """All users cancel at once, those who wait for a slot too.

    Returns the seconds until the server is idle, and a request that came next.
    """
    engines = [engine_of(url) for _ in users]
    writing = threading.Event()

    def run(engine: ServerEngine, user: User, cancel: Cancel) -> None:
        for event in engine.stream(request_of(user, Kind.CANCELLED), cancel):
            if isinstance(event, Token):
                writing.set()

    with _limited(seconds) as cancel, ThreadPoolExecutor(len(users)) as threads:
        pairs = zip(engines, users, strict=True)
        runs = [threads.submit(run, engine, user, cancel) for engine, user in pairs]
        assert writing.wait(seconds), "no user got a token"
        cancel.set()
        cancelled = time.monotonic()
    for each in runs:
        each.result()
    idle = until_idle(url, seconds) - cancelled
    with _limited(seconds) as cancel:
        return idle, ask(engines[0], users[0], Kind.QUESTION, cancel)


def until_idle(url: str, seconds: float) -> float:
    """The time at which the server works on nothing any more."""
    deadline = time.monotonic() + seconds
    busy = _busy_of(url)
    while busy():
        assert time.monotonic() < deadline, "the server goes on with cancelled requests"
    return time.monotonic()


def _busy_of(url: str) -> Callable[[], float]:
    """Counts the requests that a server works on."""
    address = Address.parse(url).text
    kind = probe(Connection(Address.parse(url))).kind

    def slots() -> float:
        with urlopen(f"{address}/slots") as answer:
            return sum(slot["is_processing"] for slot in json.load(answer))

    def metrics() -> float:
        with urlopen(f"{address}/metrics") as answer:
            lines = answer.read().decode().splitlines()
        names = ("vllm:num_requests_running", "vllm:num_requests_waiting")
        return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(names))

    return metrics if kind is ServerKind.VLLM else slots


@contextmanager
def _limited(seconds: float) -> Iterator[Cancel]:
    """A cancel that is set when the time is up."""
    cancel = Cancel()
    timer = threading.Timer(seconds, cancel.set)
    timer.start()
    try:
        yield cancel
    finally:
        timer.cancel()
