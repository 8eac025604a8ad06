"""The engine whose worker runs on another machine, over ssh.

A dropped line costs time only: the connection is made again, and an answer goes on after its last
token. The weights stay there, and what is sent is what a prompt holds.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

from assistant.context.tokens import Tokenizer
from assistant.engine.base import Cancel, EngineEvent, EngineInfo, Prefill, Request, Token
from assistant.engine.client import Stopped, WorkerClient
from assistant.engine.process import WorkerProcess
from assistant.engine.reconnecting import Listener, Notice, Reconnected, Reconnecting
from assistant.engine.remote import faults
from assistant.engine.remote.link import Link
from assistant.engine.remote.received import Received
from assistant.engine.server.record import Record, Sent, recorded, text_of
from assistant.errors import Cancelled

_T = TypeVar("_T")

DELAYS = (0.2, 1.0, 2.0, 5.0, 10.0, 20.0)
"""Seconds before each attempt to connect again. A token that arrives starts it over."""


class RemoteEngine:
    """Implements `Engine` with a worker on another machine."""

    def __init__(
        self, link: Link, *, record: Record | None = None, delays: Sequence[float] = DELAYS
    ) -> None:
        """`record` is called with each prompt before it is sent."""
        self._link = link
        self._record = record
        self._delays = delays
        self._client = WorkerClient(self._connect)
        self._connected = self._away = False
        self.listeners: list[Listener] = []

    @property
    def counter(self) -> Tokenizer:
        """The tokenizer of the model there."""
        return self._link.counter

    def ready(self) -> None:
        """Connects for the first time; to be called first. Sends no code, and tries once.

        Raises as `Link.connect`.
        """
        self._client.ready()

    def stream(self, request: Request, cancel: Cancel) -> Iterator[EngineEvent]:
        received = Received(request)
        drops = _Drops(self._link, self._delays, self._tell)
        while not received.complete:
            try:
                asked = received.rest()
                self._note(asked)
                for event in self._client.stream(asked, cancel):
                    taken = received.take(event)
                    if isinstance(taken, Token):
                        drops.forget()
                    if taken is not None:
                        yield taken
            except faults.LineFault as error:
                try:
                    drops.wait(error, cancel)
                except Cancelled:
                    yield from received.cancelled()
                    return

    def score(self, request: Request, labels: Sequence[str], cancel: Cancel) -> tuple[float, ...]:
        def ask() -> tuple[float, ...]:
            self._note(request)
            return self._client.score(request, labels, cancel)

        return self._repeated(ask, cancel)

    def warm(self, request: Request, cancel: Cancel) -> Iterator[Prefill]:
        """Ends early where the line drops: the next request connects again."""
        self._note(request)
        try:
            yield from self._client.warm(request, cancel)
        except faults.LineFault:
            return

    def info(self) -> EngineInfo:
        info = self._repeated(self._client.info, Cancel())
        return replace(info, address=self._link.host.text)

    def close(self) -> None:
        self._client.close()

    def _repeated(self, ask: Callable[[], _T], cancel: Cancel) -> _T:
        drops = _Drops(self._link, self._delays, self._tell)
        while True:
            try:
                return ask()
            except faults.LineFault as error:
                drops.wait(error, cancel)

    def _connect(self, stopped: Stopped) -> WorkerProcess:
        """As `Link.connect`; tells that it connects again, also after a drop between requests."""
        if self._connected and not self._away:
            self._tell(Reconnecting(self._link.host.name, 1))
        process = self._link.connect(stopped)
        if self._away:
            self._tell(Reconnected())
        self._connected = True
        return process

    def _tell(self, notice: Notice) -> None:
        self._away = isinstance(notice, Reconnecting)
        for listener in tuple(self.listeners):
            listener(notice)

    def _note(self, request: Request) -> None:
        link, text = self._link, text_of(request)
        if self._record is not None:
            tokens = link.counter.count(text)
            recorded(self._record, Sent(link.host.text, link.opened.model, tokens, text))


class _Drops:
    """How often the line dropped in a row."""

    def __init__(self, link: Link, delays: Sequence[float], tell: Listener) -> None:
        self._link = link
        self._delays = delays
        self._tell = tell
        self._count = 0

    def forget(self) -> None:
        self._count = 0

    def wait(self, error: faults.LineFault, cancel: Cancel) -> None:
        """Waits before another attempt. Raises WorkerDied after too many, and Cancelled."""
        self._count += 1
        if self._count > len(self._delays):
            raise faults.gave_up(self._link.host, self._count, error) from error
        self._tell(Reconnecting(self._link.host.name, self._count))
        cancel.wait(self._delays[self._count - 1])
        cancel.check()
