"""Owns what is asked of the engine while it is measured: the prompts, the same on every machine.

The text is bundled and not taken from the program's own source, so that figures of two versions
can be compared.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib import resources

from assistant.context.bundle import Context, ContextFile
from assistant.engine.base import Message, Request, Sampling
from assistant.prompt.builder import ask_messages, closing_fence, opening_fence, rewrite_messages
from assistant.repo.parsing import units_of
from assistant.repo.reading import text_file
from assistant.repo.units import Unit, unit_text

_PATH = "inventory.py"
_UNIT = "plan_orders"
_TASK = "Leave out items whose package is zero or less: they cannot be ordered."
_QUESTION = "Explain what each part of this module does, one after the other."
_MOST_WRITTEN = 1024


@dataclass(frozen=True, slots=True)
class Workload:
    """A file in context, a unit of it, and a small change to that unit."""

    path: str
    text: str
    unit: Unit
    written: int = 64
    """Tokens of plain decoding."""

    def hello(self) -> Request:
        """The shortest request: a first token."""
        return Request((Message("user", "Hello."),), samplings=(Sampling(max_tokens=1),))

    def question(self, number: int) -> Request:
        """A long prompt that shares nothing with that of another number, and a plain answer."""
        messages = _numbered(ask_messages(self._context(), _QUESTION), number)
        return Request(messages, samplings=(Sampling(max_tokens=self.written),), drafting=False)

    def edit(self, number: int, *, drafting: bool = True) -> Request:
        """The unit written anew, on the context of the question with the same number."""
        current = unit_text(self.text, self.unit)
        messages = rewrite_messages(
            self._context(), _TASK, self._file(), name=self.unit.name, current=current
        )
        return Request(
            _numbered(messages, number),
            opening=opening_fence(self.path, current),
            samplings=(Sampling(max_tokens=_MOST_WRITTEN, stop=(closing_fence(current),)),),
            draft=current,
            drafting=drafting,
        )

    def _context(self) -> Context:
        return Context((self._file(),), "", 0, 0, 0)

    def _file(self) -> ContextFile:
        return ContextFile(self.path, self.text, (self.unit,), 0)


def bundled() -> Workload:
    """About 1,100 tokens, and a function of 29 lines in them."""
    text = (resources.files("assistant.bench") / "inventory.txt").read_text(encoding="utf-8")
    return workload(_PATH, text, _UNIT)


def workload(path: str, text: str, name: str, *, written: int = 64) -> Workload:
    """A workload over a unit of a text, by its name."""
    units = units_of(text_file(path, text.encode()))
    return Workload(path, text, next(unit for unit in units if unit.name == name), written)


def _numbered(messages: Sequence[Message], number: int) -> tuple[Message, ...]:
    """The messages with a first line of their own: nothing after it can be in a cache."""
    first, *rest = messages
    return (replace(first, content=f"Session {number}.\n{first.content}"), *rest)
