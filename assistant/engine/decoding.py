"""The decode loop: turns a prompt into tokens, on any backend.

    prefill ─▶ row ─▶ choose ─▶ accept ─▶ forward(accepted + forced + drafted) ─▶ rows ─▶ choose ─▶

Speculative decoding (Leviathan et al., https://arxiv.org/abs/2211.17192), verified by exact match:
each row of logits is compared with the token that was expected there. As long as the model's own
choice matches, tokens cost one forward pass together; at the first mismatch the model's choice
counts and the rest is dropped. Forced and drafted tokens thus change the speed, never the text.
"""

import contextlib
import time
from collections.abc import Callable, Collection, Generator, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from assistant.engine.base import (
    Cancel,
    Finish,
    FinishReason,
    Prefill,
    Sampling,
    Token,
    TokenSource,
)
from assistant.engine.codec import Codec
from assistant.engine.constraints import Matcher
from assistant.engine.drafting import Drafter
from assistant.engine.prefix import CachedSequence
from assistant.engine.sampling import Sampler, Scored, score, score_rows
from assistant.engine.transcript import LoopGuard, Transcript

CPU_CHUNKS = (64, 128, 256, 512)
GPU_CHUNKS = (256, 1024, 2048, 4096)
"""Matrix units need many rows to work at full speed; a chunk takes well under a second."""
_SHORTEST = 16
"""Fewer tokens are no chunk of their own, even if a message ends there."""
_CHUNK_SECONDS = 1.0
_TOLERANCE = 1.25
_MAX_LOOKAHEAD = 31

Clock = Callable[[], float]


class PrefillPacer:
    """Sizes prefill chunks so that a cancel takes effect well within a second."""

    def __init__(self, clock: Clock = time.monotonic, chunks: Sequence[int] = CPU_CHUNKS) -> None:
        """`chunks` are the sizes in tokens, the second of which comes first."""
        self._clock = clock
        self._chunks = chunks
        self._size = chunks[1]

    def read(
        self, sequence: CachedSequence, ids: Sequence[int], start: int, end: int | None = None
    ) -> tuple[Tensor, int]:
        """Prefills the next chunk of `ids` from `start`, up to `end` at most; returns its last row
        of logits and its length.
        """
        left = (len(ids) if end is None else end) - start
        # A slightly longer chunk costs less than a separate pass over the weights.
        chunk = ids[start : start + (left if 2 * left <= 3 * self._size else self._size)]
        before = self._clock()
        rows = sequence.extend(chunk, 1)
        if len(chunk) >= self._size:
            self._adapt(len(chunk) / max(self._clock() - before, 1e-6))
        return rows[-1], len(chunk)

    def _adapt(self, rate: float) -> None:
        """Resizes only on a clear change of speed.

        Chunk boundaries affect the last bits of the logits, which can flip a near-tie. A machine
        whose speed varies a little forced keep the same chunks.
        """
        short = [size for size in self._chunks if size <= rate * _CHUNK_SECONDS / _TOLERANCE]
        if self._size > rate * _CHUNK_SECONDS * _TOLERANCE:
            self._size = max(short, default=self._chunks[0])
        else:
            self._size = min(max([*short, self._size]), 2 * self._size)


def prefill(
    sequence: CachedSequence,
    prompt: Sequence[int],
    cancel: Cancel,
    pacer: PrefillPacer,
    ends: Collection[int] = (),
) -> Generator[Prefill, None, Tensor | None]:
    """Prefills the part of the prompt missing from `sequence`; returns its last row, None when
    cancelled.

    `ends` are the ids that end a message. Where later requests go back to a checkpoint, there is
    one after each message and each chunk.
    """
    cached = done = len(sequence.ids)
    latest = len(prompt) - _SHORTEST
    stops = [at + 1 for at, number in enumerate(prompt[:latest]) if number in ends]
    row = None
    while done < len(prompt):
        if cancel.is_set:
            return None
        stop = next((at for at in stops if at >= done + _SHORTEST), None)
        row, length = pacer.read(sequence, prompt, done, stop if sequence.replays else None)
        sequence.keep()
        done += length
        yield Prefill(done, len(prompt), cached)
    return row


@dataclass(frozen=True, slots=True)
class Job:
    """The inputs of one candidate."""

    index: int
    sampling: Sampling
    prompt: Sequence[int]
    source: Sequence[int] = ()
    """Ids that the candidate is likely to copy from."""
    opening: int = 0
    """How many of the last prompt ids belong to the reply."""
    drafts: bool = True
    resumed: Sequence[int] = ()
    """Ids with which the candidate begins, whatever the model would choose."""
    thought: int = 0
    """How many of the prompt ids are the model's own reasoning."""


@dataclass(frozen=True, slots=True)
class LogitsNeeded:
    """Asks the caller for the logits after each of `ids`."""

    sequence: CachedSequence
    ids: list[int]


Steps = Generator[Token | Finish | LogitsNeeded, Tensor | None, None]
"""A candidate's events. Send the rows of logits in reply to LogitsNeeded, None to all others."""


class Candidate:
    """One candidate while it is generated."""

    def __init__(
        self,
        job: Job,
        sequence: CachedSequence,
        codec: Codec,
        end_ids: frozenset[int],
        matcher: Matcher | None = None,
        *,
        max_lookahead: int = _MAX_LOOKAHEAD,
    ) -> None:
        """`sequence` holds the prompt, and possibly more, which is truncated. At most
        `max_lookahead` tokens are forced or drafted per pass.
        """
        self._job = job
        self._sequence = sequence
        self._codec = codec
        self._end_ids = end_ids
        self._matcher = matcher
        self._max_lookahead = max_lookahead
        self._sampler = Sampler(job.sampling)
        self._drafter = Drafter(job.source, job.prompt, job.opening) if job.drafts else None
        self._transcript = Transcript(job.sampling.stop)
        self._guard = LoopGuard(job.source)
        self._ids: list[int] = []
        self._drafted = 0
        self._reason: FinishReason | None = None

    def run(self, row: Tensor, cancel: Cancel, clock: Clock) -> Iterator[Token | Finish]:
        """The tokens that follow the prompt, then the finish; `row` is the prompt's last row of
        logits.
        """
        steps, rows = self.steps(row, cancel, clock), None
        with contextlib.suppress(StopIteration):
            while True:
                step = steps.send(rows)
                rows = None
                if isinstance(step, LogitsNeeded):
                    rows = step.sequence.extend(step.ids, len(step.ids))
                else:
                    yield step

    def steps(self, row: Tensor, cancel: Cancel, clock: Clock) -> Steps:
        """As `run`, but the caller computes the logits, possibly in a batch with others."""
        started = clock()
        rows, ahead, forced = row.unsqueeze(0), list[int](), 0
        if self._job.sampling.max_tokens < 1:
            self._reason = "length"
        while self._reason is None:
            if cancel.is_set:
                self._reason = "cancelled"
                break
            yield from self._verify(rows, ahead, forced)
            if self._reason is None:
                ahead, forced = self._look_ahead()
                reply = yield LogitsNeeded(self._sequence, [self._ids[-1], *ahead])
                assert reply is not None  # noqa: S101 - see Steps
                rows = reply
        yield from self._transcript.finish()
        yield Finish(
            self._job.index,
            self._reason,
            len(self._job.prompt) - self._job.thought,
            len(self._ids),
            clock() - started,
            self._drafted,
            self._job.thought,
        )

    @property
    def ids(self) -> list[int]:
        """The ids generated so far, without an end token."""
        return list(self._ids)

    @property
    def reason(self) -> FinishReason | None:
        """Why it ended; None while it has not."""
        return self._reason

    def _verify(self, rows: Tensor, ahead: Sequence[int], forced: int) -> Iterator[Token]:
        """Accepts tokens as long as the model chooses what was expected."""
        taken = 0
        for scored, expected in zip(score_rows(rows), [*ahead, None], strict=True):
            number, source = self._choose(scored, expected)
            if number in self._end_ids:
                self._reason = "stop"
                break
            yield from self._accept(number, scored, source)
            if self._reason is not None or number != expected:
                break
            taken += 1
        if self._drafter is not None and len(ahead) > forced:
            self._drafter.judge(len(ahead) - forced, taken - forced)

    def _look_ahead(self) -> tuple[list[int], int]:
        """Tokens to verify after the last accepted one, and how many of them are forced."""
        left = min(self._max_lookahead, self._job.sampling.max_tokens - len(self._ids) - 1)
        resumed = list(self._job.resumed[len(self._ids) :][:left])
        ahead = resumed or self._forced(left)
        forced = len(ahead)
        if self._drafter is not None and not resumed:
            ahead += self._drafter.propose(ahead)[: left - forced]
        if self._matcher is not None:
            del ahead[self._matcher.valid(ahead) :]
        self._sequence.truncate(len(self._job.prompt) + len(self._ids) - 1)
        return ahead, forced

    def _forced(self, limit: int) -> list[int]:
        return [] if self._matcher is None else self._matcher.forced()[:limit]

    def _choose(self, scored: Scored, expected: int | None) -> tuple[int, TokenSource]:
        # Checked at every position, drafted or not: a forced token never consumes a random number.
        forced = self._forced(1)
        if forced:
            return forced[0], "forced"
        number = self._sampler.choose(scored, self._allowed(scored.values.numel()))
        if len(self._ids) < len(self._job.resumed):
            # The model's choice is the same, but for near-ties; it consumed its random number.
            return self._job.resumed[len(self._ids)], "sampled"
        return number, "drafted" if number == expected else "sampled"

    def _allowed(self, width: int) -> Tensor | None:
        """[width] bool: the ids that may come next; None when all may."""
        if self._matcher is None:
            return None
        return torch.from_numpy(self._matcher.mask(width))

    def _accept(self, number: int, scored: Scored, source: TokenSource) -> Iterator[Token]:
        self._ids.append(number)
        self._drafted += source == "drafted"
        if self._drafter is not None:
            self._drafter.add(number)
        if self._matcher is not None:
            self._matcher.advance(number)
        logprob = scored.logprob(number)
        token = Token(self._job.index, "", logprob, scored.entropy, source, number)
        yield from self._transcript.add(token, self._codec.bytes_of(number))
        if self._transcript.stopped or (self._matcher is not None and self._matcher.complete):
            self._reason = "stop"
        elif self._guard.looping(number):
            self._reason = "repetition"
        elif len(self._ids) >= self._job.sampling.max_tokens:
            self._reason = "length"


def score_label(sequence: CachedSequence, row: Tensor, prompt: int, label: Sequence[int]) -> float:
    """Log-probability of the label's tokens after the first `prompt` tokens of the sequence.

    `row` is the prompt's last row of logits.
    """
    total = 0.0
    for at, number in enumerate(label):
        total += float(score(row).logprobs[number])
        if at + 1 < len(label):
            sequence.truncate(prompt + at)
            row = sequence.extend([number], 1)[0]
    return total
