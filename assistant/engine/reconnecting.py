"""What an engine tells while it makes its connection again."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol, TypeAlias, runtime_checkable

from assistant.engine.base import Engine


@dataclass(frozen=True, slots=True)
class Reconnecting:
    """The line to another machine dropped; it is connected to again."""

    name: str
    """Of the machine, as ssh knows it."""
    attempt: int
    """From 1, in a row."""


@dataclass(frozen=True, slots=True)
class Reconnected:
    """What was interrupted goes on."""


Notice: TypeAlias = Reconnecting | Reconnected
Listener: TypeAlias = Callable[[Notice], object]


@runtime_checkable
class Reconnects(Protocol):
    """An engine whose connection may drop."""

    listeners: list[Listener]
    """Called on the thread of the request that waits for the connection."""


@contextmanager
def listening(engine: Engine, listener: Listener) -> Iterator[None]:
    """Calls `listener` with what the engine tells, if it has a connection."""
    if not isinstance(engine, Reconnects):
        yield
        return
    engine.listeners.append(listener)
    try:
        yield
    finally:
        engine.listeners.remove(listener)
