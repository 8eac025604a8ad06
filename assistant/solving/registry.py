"""Registers sources and judges by name.

Every module in `solving.sources` and `solving.judges` registers what it defines, so a file there is
all that another method needs; a policy decides when a source draws.
"""

import importlib
import pkgutil
from collections.abc import Iterator
from typing import Protocol, TypeVar

from assistant.checks.results import Evidence
from assistant.errors import UsageError
from assistant.solving.events import Event, Phase
from assistant.solving.state import State
from assistant.solving.values import Candidate, Draft


class Source(Protocol):
    """A way to get drafts of a target."""

    name: str
    phase: Phase
    """Shown while it draws."""

    def applies(self, state: State) -> bool:
        """Whether the source can draw for the state's target."""
        ...

    def draw(self, state: State, limit: int) -> Iterator[Event | Draft]:
        """Up to `limit` drafts, with events in between. Closed early when enough are drawn."""
        ...


class Judge:
    """Finds out something about candidates. One instance serves one request.

    `order` decides which ranks count first among candidates with the same verdict.
    """

    name: str
    order: int = 0

    def prepare(self, state: State) -> Iterator[Event]:
        """Runs once before anything is drawn."""
        return iter(())

    def judge(self, state: State, candidate: Candidate) -> Evidence | None:
        """What it finds about one candidate; None when there is nothing to say."""
        return None

    def conclude(self, state: State) -> Iterator[Event]:
        """Runs once after the last draw; may replace candidates in the pool."""
        return iter(())


SOURCES: dict[str, Source] = {}
JUDGES: dict[str, type[Judge]] = {}

_S = TypeVar("_S", bound=type[Source])
_J = TypeVar("_J", bound=type[Judge])


def source(kind: _S) -> _S:
    """Registers a class of sources, which needs no arguments."""
    SOURCES[kind.name] = kind()
    return kind


def judge(kind: _J) -> _J:
    """Registers a class of judges."""
    JUDGES[kind.name] = kind
    return kind


def load() -> None:
    """Imports every module of sources and judges."""
    for package in ("sources", "judges"):
        name = f"assistant.solving.{package}"
        for module in pkgutil.iter_modules(importlib.import_module(name).__path__):
            importlib.import_module(f"{name}.{module.name}")


def names() -> tuple[str, ...]:
    """The names of all sources and judges."""
    load()
    return (*SOURCES, *JUDGES)


def check_names(given: tuple[str, ...]) -> None:
    """Raises UsageError for a name that is not registered."""
    known = names()
    for name in given:
        if name not in known:
            raise UsageError(
                f"There is no source or judge called {name!r}.",
                hint=f"Known: {', '.join(sorted(known))}.",
            )
