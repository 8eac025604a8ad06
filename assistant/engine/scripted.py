"""An engine that replays scripted answers: deterministic, without weights, for tests and demos.

It honours the contract of `Engine` for openings, stops, limits, candidates and cancels, so code
that works with it works with a model. A script that runs out, or an answer that violates the
request's constraint, is an EngineError: no model could have written it.
"""

import re
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from assistant.engine.base import (
    Cancel,
    EngineEvent,
    EngineInfo,
    Finish,
    FinishReason,
    Prefill,
    Request,
    Sampling,
    Token,
    log_shares,
)
from assistant.errors import AssistantError, EngineError

_PIECE = re.compile(r"\n+|[ \t]*\w{1,8}|[ \t]*[^\w\s]{1,3}|[ \t]+|\s")
_PREFILL_CHUNK = 256
_TOKEN_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Answer:
    """One scripted candidate."""

    text: str
    """With or without the request's opening, which is removed from the start."""
    logprob: float | None = None
    """Of every token; None derives one from each token's text."""
    reason: FinishReason | None = None
    """The finish reason, if not the end of the text, a stop string or the token limit."""


Reply: TypeAlias = str | Answer | AssistantError | Sequence["str | Answer"]
"""The reply to a request: one text for all candidates, one for each, or an error."""
Script: TypeAlias = Sequence[Reply] | Callable[[Request], Reply]
Scores: TypeAlias = Mapping[str, float] | Callable[[Request, Sequence[str]], Sequence[float]]


class ScriptedEngine:
    """Implements `Engine` with a script.

    `script` is a list with one reply per `stream` call, or a function from request to reply.
    `scores` maps labels to log-probabilities for `score`; missing labels rank below all given ones.
    Without it all labels are equally likely. `before` is called with each event before it is
    yielded: a test can block there, a demo can wait.
    """

    def __init__(
        self,
        script: Script = (),
        *,
        scores: Scores | None = None,
        before: Callable[[EngineEvent], None] | None = None,
        context_tokens: int = 8192,
        can_continue: bool = False,
        can_infill: bool = False,
    ) -> None:
        self._script = script
        self._scores = scores
        self._before = before
        self._context_tokens = context_tokens
        self._continues_files = can_continue or can_infill
        self._infills = can_infill
        self._next = 0
        self._cached: list[str] = []
        self.requests: list[Request] = []
        """Every streamed request, in order."""
        self.scored: list[tuple[Request, tuple[str, ...]]] = []
        self.warmed: list[Request] = []
        self.closed = False

    def stream(self, request: Request, cancel: Cancel) -> Iterator[EngineEvent]:
        for event in self._events(request, cancel):
            if self._before is not None:
                self._before(event)
            yield event

    def score(self, request: Request, labels: Sequence[str], cancel: Cancel) -> tuple[float, ...]:
        self.scored.append((request, tuple(labels)))
        cancel.check()
        if self._scores is None:
            return log_shares([0.0] * len(labels))
        if callable(self._scores):
            return log_shares(self._scores(request, labels))
        absent = min(self._scores.values(), default=0.0) - 5.0
        return log_shares([self._scores.get(label, absent) for label in labels])

    def warm(self, request: Request, cancel: Cancel) -> Iterator[Prefill]:
        self.warmed.append(request)
        yield from self._prefill(request, cancel)

    def info(self) -> EngineInfo:
        return EngineInfo(
            model="scripted",
            device="cpu",
            weights="none",
            context_tokens=self._context_tokens,
            threads=1,
            memory_bytes=64 * 2**20,
            load_seconds=0.0,
            can_continue=self._continues_files,
            can_infill=self._infills,
        )

    def close(self) -> None:
        self.closed = True

    def _events(self, request: Request, cancel: Cancel) -> Iterator[EngineEvent]:
        self.requests.append(request)
        if request.files and not self._continues_files:
            raise EngineError("This engine cannot continue files.", hint="Send messages instead.")
        if request.suffix and not self._infills:
            raise EngineError("This engine cannot infill.", hint="Send messages instead.")
        answers = self._answers(request)
        self._check_context(request)
        _check_constraint(request, answers)
        yield from self._prefill(request, cancel)
        prompt = len(_prompt(request))
        for index, sampling in enumerate(request.samplings):
            yield from _candidate(index, sampling, answers[index], request, prompt, cancel)

    def _answers(self, request: Request) -> list[Answer]:
        reply = self._reply(request)
        if isinstance(reply, AssistantError):
            raise reply
        given = [reply] if isinstance(reply, str | Answer) else list(reply)
        if not given:
            raise EngineError("The script has an empty reply.", hint="Add at least one answer.")
        answers = [Answer(each) if isinstance(each, str) else each for each in given]
        return [answers[min(i, len(answers) - 1)] for i in range(len(request.samplings))]

    def _reply(self, request: Request) -> Reply:
        if callable(self._script):
            return self._script(request)
        if self._next >= len(self._script):
            raise EngineError(
                f"The script has only {len(self._script)} replies.",
                hint="Add one reply for each request.",
            )
        self._next += 1
        return self._script[self._next - 1]

    def _check_context(self, request: Request) -> None:
        needed = len(_prompt(request)) + max(s.max_tokens for s in request.samplings)
        if needed > self._context_tokens:
            raise EngineError(
                f"Prompt and reply need {needed} tokens, more than the context of"
                f" {self._context_tokens}.",
                hint="Select less, or request a shorter reply.",
            )

    def _prefill(self, request: Request, cancel: Cancel) -> Iterator[Prefill]:
        prompt = _prompt(request)
        cached = min(_common(self._cached, prompt), len(prompt) - 1)
        done = cached
        while done < len(prompt) and not cancel.is_set:
            done = min(done + _PREFILL_CHUNK, len(prompt))
            self._cached = prompt[:done]
            yield Prefill(done, len(prompt), cached)


def split_pieces(text: str) -> list[str]:
    """Splits the text as a tokenizer might; the pieces join to the text."""
    return _PIECE.findall(text)


def _check_constraint(request: Request, answers: Sequence[Answer]) -> None:
    """Raises EngineError for an answer that no model could have written."""
    if request.constraint is None:
        return
    from assistant.engine.constraints import (
        check_text,
    )  # imported on demand: only constraints need it

    for answer in answers:
        text = answer.text.removeprefix(request.opening)
        check_text(request.constraint, text, whole=answer.reason is None)


def _candidate(
    index: int, sampling: Sampling, answer: Answer, request: Request, prompt: int, cancel: Cancel
) -> Iterator[Token | Finish]:
    text = answer.text.removeprefix(request.opening)
    ends = [at for stop in sampling.stop if (at := text.find(stop)) >= 0]
    pieces = split_pieces(text[: min(ends)] if ends else text)
    reason: FinishReason = answer.reason or "stop"
    if len(pieces) > sampling.max_tokens:
        pieces, reason = pieces[: sampling.max_tokens], "length"
    count = drafted = 0
    for piece in pieces:
        if cancel.is_set:
            break
        count += 1
        copied = bool(request.draft) and len(piece.strip()) > 2 and piece in request.draft
        drafted += copied
        logprob = _logprob(piece) if answer.logprob is None else answer.logprob
        yield Token(index, piece, logprob, -1.5 * logprob, "drafted" if copied else "sampled")
    if cancel.is_set:
        reason = "cancelled"
    yield Finish(index, reason, prompt, count, count * _TOKEN_SECONDS, drafted)


def _logprob(piece: str) -> float:
    """Near zero for most pieces, lower for some; deterministic."""
    share = zlib.crc32(piece.encode()) % 1000 / 1000
    return -0.01 - 1.6 * share**6


def _prompt(request: Request) -> list[str]:
    if request.files:
        text = "\n".join(f"{file.path}\n{file.text}" for file in request.files)
        return split_pieces(text + request.opening + request.suffix)
    text = "\n".join(f"{message.role}\n{message.content}" for message in request.messages)
    return split_pieces(text + "\nassistant\n" + request.opening)


def _common(first: Sequence[str], second: Sequence[str]) -> int:
    for at, (one, other) in enumerate(zip(first, second, strict=False)):
        if one != other:
            return at
    return min(len(first), len(second))
