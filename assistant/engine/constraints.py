"""Constrained decoding: masks over the vocabulary and forced tokens, from llguidance.

Needs no torch. An invalid grammar raises EngineError with llguidance's own message.
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
    """Compiles constraints for one model; its vocabulary table is built once."""

    def __init__(self, tokenizer_json: str, end_ids: Sequence[int]) -> None:
        self._source = tokenizer_json
        self._end_ids = list(end_ids)
        self._tokenizer: LLTokenizer | None = None
        self._lock = threading.Lock()

    def compile(self, constraint: Constraint) -> "Matcher":
        """Raises EngineError for a grammar that llguidance rejects."""
        try:
            grammar = _grammar(constraint)
        except ValueError as error:
            raise _invalid(constraint, str(error)) from error
        tokenizer = self.prepare()
        problem = LLMatcher.validate_grammar(grammar, tokenizer)
        if problem and not problem.startswith("WARNING"):
            raise _invalid(constraint, problem)
        return Matcher(LLMatcher(tokenizer, grammar, log_level=0))

    def prepare(self) -> LLTokenizer:
        """The vocabulary table; the first call builds it, which takes about a second."""
        with self._lock:
            if self._tokenizer is None:
                self._tokenizer = LLTokenizer(self._source, eos_token=self._end_ids)
            return self._tokenizer


class Matcher:
    """The state of one candidate in its grammar."""

    def __init__(self, matcher: LLMatcher) -> None:
        self._matcher = matcher

    @property
    def complete(self) -> bool:
        """Whether only an end token may follow."""
        return bool(self._matcher.is_stopped())

    def mask(self, width: int) -> NDArray[np.bool_]:
        """[width] bool: the tokens that may come next, including end tokens where allowed."""
        bits = np.frombuffer(self._matcher.compute_bitmask(), dtype=np.uint8)
        self._check()
        allowed = np.zeros(width, dtype=np.bool_)
        known = np.unpackbits(bits, bitorder="little")[:width]
        allowed[: known.size] = known
        return allowed

    def forced(self) -> list[int]:
        """The tokens that must come next, as far as the grammar leaves no choice."""
        ids = list(self._matcher.compute_ff_tokens())
        self._check()
        return ids

    def valid(self, ids: Sequence[int]) -> int:
        """Length of the longest prefix of `ids` that the grammar accepts."""
        return int(self._matcher.validate_tokens(list(ids)))

    def advance(self, number: int) -> None:
        """Consumes one allowed token."""
        self._matcher.consume_token(number)
        self._check()

    def _check(self) -> None:
        if self._matcher.is_error():
            raise EngineError(
                f"The constraint failed: {_line(self._matcher.get_error())}",
                hint="Use a simpler grammar.",
            )


def check_text(constraint: Constraint, text: str, *, whole: bool) -> None:
    """Raises EngineError if the text violates the constraint or, with `whole`, is incomplete."""
    raw = text.encode("utf-8", "replace")
    matcher = LLMatcher(LLTokenizer("byte"), _grammar(constraint), log_level=0)
    taken = matcher.try_consume_tokens(list(raw))
    if matcher.is_error():
        raise _invalid(constraint, matcher.get_error())
    if taken < len(raw) or (whole and not matcher.is_accepting()):
        raise EngineError(
            f"The text violates its {constraint.kind} at byte {taken}:"
            f" {_line(raw[:taken][-40:].decode(errors='replace'))!r} followed by"
            f" {_line(raw[taken:][:40].decode(errors='replace'))!r}",
            hint="Correct the text or the constraint.",
        )


def _grammar(constraint: Constraint) -> str:
    if constraint.kind == "json_schema":
        # With flexible white space, small models generate white space without end.
        style: JsonCompileOptions = {
            "whitespace_flexible": False,
            "item_separator": ", ",
            "key_separator": ": ",
        }
        return str(LLMatcher.grammar_from_json_schema(constraint.text, defaults=style))
    return str(grammar_from(constraint.kind, constraint.text))


def _invalid(constraint: Constraint, problem: str) -> EngineError:
    return EngineError(
        f"The {constraint.kind} constraint is invalid: {_line(problem)}",
        hint="Correct the grammar.",
    )


def _line(text: str) -> str:
    return " ".join(text.split())[:300]
