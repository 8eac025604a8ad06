"""Owns what a constraint lets through: masks over the vocabulary, and the tokens it forces.

Wraps llguidance; needs no torch. Refuses a grammar that does not compile, with its own complaint.
"""

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from llguidance import LLMatcher, LLTokenizer, grammar_from
from numpy.typing import NDArray

from assistant.engine.base import Constraint
from assistant.errors import EngineError

if TYPE_CHECKING:
    from llguidance._lib import JsonCompileOptions


class Grammars:
    """Compiles constraints for one model; the table of its vocabulary is built once."""

    def __init__(self, tokenizer_json: str, end_ids: Sequence[int]) -> None:
        self._source = tokenizer_json
        self._end_ids = list(end_ids)
        self._tokenizer: LLTokenizer | None = None
        self._lock = threading.Lock()

    def compile(self, constraint: Constraint) -> "Matcher":
        """Raises EngineError for a grammar that llguidance does not take."""
        try:
            grammar = _grammar(constraint)
        except ValueError as error:
            raise _refused(constraint, str(error)) from error
        tokenizer = self.prepare()
        complaint = LLMatcher.validate_grammar(grammar, tokenizer)
        if complaint and not complaint.startswith("WARNING"):
            raise _refused(constraint, complaint)
        return Matcher(LLMatcher(tokenizer, grammar, log_level=0))

    def prepare(self) -> LLTokenizer:
        """The table of the vocabulary; built by the first call, which takes about a second."""
        with self._lock:
            if self._tokenizer is None:
                self._tokenizer = LLTokenizer(self._source, eos_token=self._end_ids)
            return self._tokenizer


class Matcher:
    """Where one candidate stands in its grammar."""

    def __init__(self, matcher: LLMatcher) -> None:
        self._matcher = matcher

    @property
    def complete(self) -> bool:
        """Nothing but the end may follow."""
        return bool(self._matcher.is_stopped())

    def mask(self, width: int) -> NDArray[np.bool_]:
        """[width] bool: the tokens that may come next, end tokens included where it may end."""
        bits = np.frombuffer(self._matcher.compute_bitmask(), dtype=np.uint8)
        self._check()
        allowed = np.zeros(width, dtype=np.bool_)
        known = np.unpackbits(bits, bitorder="little")[:width]
        allowed[: known.size] = known
        return allowed

    def forced(self) -> list[int]:
        """Tokens that must come next, as far as the grammar leaves no choice."""
        ids = list(self._matcher.compute_ff_tokens())
        self._check()
        return ids

    def valid(self, ids: Sequence[int]) -> int:
        """How many of the ids, from the first, the grammar lets through."""
        return int(self._matcher.validate_tokens(list(ids)))

    def advance(self, number: int) -> None:
        """Takes one allowed token."""
        self._matcher.consume_token(number)
        self._check()

    def _check(self) -> None:
        if self._matcher.is_error():
            raise EngineError(
                f"The constraint cannot be followed further: {_line(self._matcher.get_error())}",
                hint="Use a simpler grammar.",
            )


def check_text(constraint: Constraint, text: str, *, whole: bool) -> None:
    """Raises EngineError when the text breaks the constraint, or, if `whole`, does not end it."""
    raw = text.encode("utf-8", "replace")
    matcher = LLMatcher(LLTokenizer("byte"), _grammar(constraint), log_level=0)
    taken = matcher.try_consume_tokens(list(raw))
    if matcher.is_error():
        raise _refused(constraint, matcher.get_error())
    if taken < len(raw) or (whole and not matcher.is_accepting()):
        raise EngineError(
            f"The text breaks its {constraint.kind} at byte {taken}:"
            f" {_line(raw[:taken][-40:].decode(errors='replace'))!r} and then"
            f" {_line(raw[taken:][:40].decode(errors='replace'))!r}",
            hint="Correct the text or the constraint.",
        )


def _grammar(constraint: Constraint) -> str:
    if constraint.kind == "json_schema":
        # Free white space invites small models to write nothing else.
        style: JsonCompileOptions = {
            "whitespace_flexible": False,
            "item_separator": ", ",
            "key_separator": ": ",
        }
        return str(LLMatcher.grammar_from_json_schema(constraint.text, defaults=style))
    return str(grammar_from(constraint.kind, constraint.text))


def _refused(constraint: Constraint, complaint: str) -> EngineError:
    return EngineError(
        f"The constraint is not a {constraint.kind} that can be followed: {_line(complaint)}",
        hint="Correct the grammar.",
    )


def _line(text: str) -> str:
    return " ".join(text.split())[:300]
