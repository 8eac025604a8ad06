"""The prompts that are measured, the same on every machine.

The text is bundled rather than taken from the program's own source, so that figures of different
versions are comparable.
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
    """A file in context, a unit of it, and a small edit to that unit."""

    path: str
    text: str
    unit: Unit
    written: int = 64
    """Tokens generated for plain decoding."""

    def hello(self) -> Request:
        """The shortest request: one token."""
        return Request((Message("user", "Hello."),), samplings=(Sampling(max_tokens=1),))

    def question(self, number: int) -> Request:
        """A long prompt that shares no prefix with that of another number, and a plain reply."""
        messages = _numbered(ask_messages(self._context(), _QUESTION), number)
        return Request(messages, samplings=(Sampling(max_tokens=self.written),), drafting=False)

    def edit(self, number: int, *, drafting: bool = True) -> Request:
        """A rewrite of the unit, on the context of the question with the same number."""
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
    """About 1,100 tokens, with a function of 29 lines."""
    text = (resources.files("assistant.bench") / "inventory.txt").read_text(encoding="utf-8")
    return workload(_PATH, text, _UNIT)


def workload(path: str, text: str, name: str, *, written: int = 64) -> Workload:
    """A workload for the named unit of a text."""
    units = units_of(text_file(path, text.encode()))
    return Workload(path, text, next(unit for unit in units if unit.name == name), written)


def _numbered(messages: Sequence[Message], number: int) -> tuple[Message, ...]:
    """The messages with a distinct first line, so that no cache can hold what follows."""
    first, *rest = messages
    return (replace(first, content=f"Session {number}.\n{first.content}"), *rest)
