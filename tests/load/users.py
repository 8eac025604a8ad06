"""Users of a model server: what each of them asks for, and how it went."""

import time
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import assistant
from assistant.engine.base import Cancel, Engine, Finish, Message, Request, Sampling, Token
from assistant.errors import AssistantError

_SOURCES = Path(assistant.__file__).parent
_BEFORE_CANCEL = 3
"""Tokens that are written before a user cancels."""


@dataclass(frozen=True)
class User:
    """Somebody with code that nobody else asks about."""

    number: int
    lines: int = 40
    """Of code in each prompt; 40 have some 400 tokens."""

    @property
    def code(self) -> str:
        files = sorted(each for each in _SOURCES.rglob("*.py") if each.stat().st_size > 4000)
        text = files[self.number % len(files)].read_text()
        return "\n".join(text.splitlines()[: self.lines])


class Kind(Enum):
    """What a user asks for, in this order; the value is for people."""

    QUESTION = "question"
    EDIT = "edit"
    CANCELLED = "cancelled in the middle"
    AFTER = "question after that"


_EXPECTED = {Kind.CANCELLED: ("cancelled",)}


@dataclass(frozen=True)
class Asked:
    """How a request went."""

    user: int
    kind: Kind
    first: float | None
    """Seconds to the first token; None where there was none."""
    seconds: float
    tokens: int
    end: str
    """Reason of the only Finish, else what went wrong."""

    @property
    def lost(self) -> bool:
        """Whether it did not end as it should have."""
        return self.first is None or self.end not in _EXPECTED.get(self.kind, ("stop", "length"))


def request_of(user: User, kind: Kind) -> Request:
    """A request as the tasks make them, with a short reply."""
    code = user.code
    system = Message("system", "You are a programmer who works on a repository.")
    about = f"A file of the repository:\n\n```python\n{code}\n```\n"
    match kind:
        case Kind.EDIT:
            told = "Write the file again, with a longer docstring."
            opening = "```python\n" + "\n".join(code.splitlines()[:2]) + "\n"
            sampling = Sampling(max_tokens=32, stop=("\n```",))
        case Kind.CANCELLED:
            told, opening = "Explain every line of it, in full sentences.", ""
            sampling = Sampling(1.0, seed=user.number, max_tokens=400)
        case _:
            told, opening = "What is it for? Answer in one sentence.", ""
            sampling = Sampling(max_tokens=24)
    return Request((system, Message("user", about + told)), opening, (sampling,))


def ask(engine: Engine, user: User, kind: Kind, cancel: Cancel) -> Asked:
    """Makes one request. `cancel` ends it early: it then counts as lost."""
    own, started = Cancel(cancel), time.monotonic()
    first: float | None = None
    tokens, ends = 0, []
    try:
        for event in engine.stream(request_of(user, kind), own):
            if isinstance(event, Token):
                first = time.monotonic() - started if first is None else first
                tokens += 1
                if kind is Kind.CANCELLED and tokens == _BEFORE_CANCEL:
                    own.set()
            elif isinstance(event, Finish):
                ends.append(str(event.reason))
    except AssistantError as error:
        ends.append(error.message)
    if cancel.is_set:
        ends = ["the time was up"]
    return Asked(user.number, kind, first, time.monotonic() - started, tokens, " and ".join(ends))


def session(engine: Engine, user: User, cancel: Cancel) -> list[Asked]:
    """Everything that one user asks, one after the other."""
    return [ask(engine, user, kind, cancel) for kind in Kind]
