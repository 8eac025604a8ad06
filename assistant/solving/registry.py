"""Registers sources and judges by name.

Every module in `solving.sources` and `solving.judges` registers what it defines, so a file there is
all that another method needs; a policy decides when a source draws.
"""

import importlib
import pkgutil
from collections.abc import Iterator, Sequence
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


def judge_names() -> tuple[str, ...]:
    """The names of all judges, in the order in which their ranks count."""
    load()
    return tuple(sorted(JUDGES, key=lambda name: JUDGES[name].order))


def left_out(without: Sequence[str], only: Sequence[str]) -> tuple[str, ...]:
    """What to switch off: `without`, and all sources, or judges, that `only` leaves out.

    Raises UsageError for a name that is not registered.
    """
    load()
    for name in (*without, *only):
        if name not in SOURCES and name not in JUDGES:
            raise UsageError(
                f"There is no source or judge called {name!r}.",
                hint=f"Known: {', '.join(sorted((*SOURCES, *JUDGES)))}.",
            )
    off = list(without)
    for kind in (SOURCES, JUDGES):
        if not kind.keys().isdisjoint(only):
            off += [name for name in kind if name not in only]
    return tuple(sorted(set(off)))
