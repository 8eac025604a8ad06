"""Owns the decode loop: how a prompt becomes tokens, over any backend.

    prefill ─▶ row ─▶ choose ─▶ take ─▶ forward(taken + forced + drafted) ─▶ rows ─▶ choose ─▶ ...

Each row of logits is walked with the token that was expected there. As long as the model's own
choice agrees, tokens are taken for the price of one forward pass; where it differs, its choice
counts and the rest is forgotten. So forced and drafted tokens change the speed, never the text.
"""

import contextlib
import time
from collections.abc import Callable, Generator, Iterator, Sequence
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
from assistant.engine.sampling import Sampler, Scored, score
from assistant.engine.transcript import LoopGuard, Transcript

_CHUNKS = (64, 128, 256, 512)
_CHUNK_SECONDS = 1.0
_SLACK = 1.25
_MOST_AHEAD = 31

Clock = Callable[[], float]


class Pace:
    """Sizes the chunks of prefill so that a cancel is answered well within a second."""

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self._clock = clock
        self._size = _CHUNKS[1]

    def read(self, sequence: CachedSequence, ids: Sequence[int], start: int) -> tuple[Tensor, int]:
        """Reads the next chunk of `ids` from `start`: the last row of logits, and its length."""
        left = len(ids) - start
        # A few tokens more cost less than a pass over the weights of their own.
        chunk = ids[start : start + (left if 2 * left <= 3 * self._size else self._size)]
        before = self._clock()
        rows = sequence.extend(chunk, 1)
        if len(chunk) >= self._size:
            self._adapt(len(chunk) / max(self._clock() - before, 1e-6))
        return rows[-1], len(chunk)

    def _adapt(self, rate: float) -> None:
        """Sums in other pieces differ in their last bits, and the likeliest token can with them: a
        machine whose speed varies a little reads in the same pieces."""
        short = [size for size in _CHUNKS if size <= rate * _CHUNK_SECONDS / _SLACK]
        if self._size > rate * _CHUNK_SECONDS * _SLACK:
            self._size = max(short, default=_CHUNKS[0])
        else:
            self._size = min(max([*short, self._size]), 2 * self._size)


def prefill(
    sequence: CachedSequence, prompt: Sequence[int], cancel: Cancel, pace: Pace
) -> Generator[Prefill, None, Tensor | None]:
    """Reads what `sequence` does not hold of the prompt; its last row, or None when cancelled."""
    cached = done = len(sequence.ids)
    row = None
    while done < len(prompt):
        if cancel.is_set:
            return None
        row, length = pace.read(sequence, prompt, done)
        done += length
        yield Prefill(done, len(prompt), cached)
    return row


@dataclass(frozen=True, slots=True)
class Job:
    """What one candidate is made from."""

    index: int
    sampling: Sampling
    prompt: Sequence[int]
    source: Sequence[int] = ()
    """Ids that the answer is likely to copy from."""
    opening: int = 0
    """How many of the prompt's last ids are the beginning of the answer."""
    drafts: bool = True
    banned: Sequence[int] = ()
    """Ids that the answer must not begin with."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a candidate needs computed before it can go on: the logits after each of `ids`."""

    sequence: CachedSequence
    ids: list[int]


Steps = Generator[Token | Finish | Wanted, Tensor | None, None]
"""A candidate's events; each Wanted is answered by sending its rows, all others by None."""


class Candidate:
    """One answer under way."""

    def __init__(
        self,
        job: Job,
        sequence: CachedSequence,
        codec: Codec,
        end_ids: frozenset[int],
        matcher: Matcher | None = None,
        *,
        most_ahead: int = _MOST_AHEAD,
    ) -> None:
        """`sequence` holds the prompt, and maybe more, which is cut off; at most `most_ahead`
        tokens are guessed at a time.
        """
        self._job = job
        self._sequence = sequence
        self._codec = codec
        self._end_ids = end_ids
        self._matcher = matcher
        self._most_ahead = most_ahead
        self._sampler = Sampler(job.sampling)
        self._drafter = Drafter(job.source, job.prompt, job.opening) if job.drafts else None
        self._transcript = Transcript(job.sampling.stop)
        self._guard = LoopGuard(job.source)
        self._ids: list[int] = []
        self._drafted = 0
        self._reason: FinishReason | None = None

    def run(self, row: Tensor, cancel: Cancel, clock: Clock) -> Iterator[Token | Finish]:
        """The tokens that follow the prompt, whose last row of logits is given, and the finish."""
        steps, rows = self.steps(row, cancel, clock), None
        with contextlib.suppress(StopIteration):
            while True:
                step = steps.send(rows)
                rows = None
                if isinstance(step, Wanted):
                    rows = step.sequence.extend(step.ids, len(step.ids))
                else:
                    yield step

    def steps(self, row: Tensor, cancel: Cancel, clock: Clock) -> Steps:
        """The same, but whoever runs it computes the rows, maybe those of others with them."""
        started = clock()
        rows, ahead, forced = row.unsqueeze(0), list[int](), 0
        if self._job.sampling.max_tokens < 1:
            self._reason = "length"
        while self._reason is None:
            if cancel.is_set:
                self._reason = "cancelled"
                break
            yield from self._walk(rows, ahead, forced)
            if self._reason is None:
                ahead, forced = self._expect()
                answer = yield Wanted(self._sequence, [self._ids[-1], *ahead])
                assert answer is not None  # noqa: S101 - see Steps
                rows = answer
        yield from self._transcript.finish()
        yield Finish(
            self._job.index,
            self._reason,
            len(self._job.prompt),
            len(self._ids),
            clock() - started,
            self._drafted,
        )

    def _walk(self, rows: Tensor, ahead: Sequence[int], forced: int) -> Iterator[Token]:
        """Takes tokens as long as what was expected is what the model chooses."""
        taken = 0
        for row, expected in zip(rows, [*ahead, None], strict=True):
            scored = score(row)
            number, source = self._choose(scored, expected)
            if number in self._end_ids:
                self._reason = "stop"
                break
            yield from self._take(number, scored, source)
            if self._reason is not None or number != expected:
                break
            taken += 1
        if self._drafter is not None and len(ahead) > forced:
            self._drafter.judge(len(ahead) - forced, taken - forced)

    def _expect(self) -> tuple[list[int], int]:
        """Tokens to look at beyond the last one taken, and how many of them are forced."""
        left = min(self._most_ahead, self._job.sampling.max_tokens - len(self._ids) - 1)
        ahead = self._forced(left)
        forced = len(ahead)
        if self._drafter is not None:
            ahead += self._drafter.propose(ahead)[: left - forced]
        if self._matcher is not None:
            del ahead[self._matcher.valid(ahead) :]
        self._sequence.truncate(len(self._job.prompt) + len(self._ids) - 1)
        return ahead, forced

    def _forced(self, limit: int) -> list[int]:
        return [] if self._matcher is None else self._matcher.forced()[:limit]

    def _choose(self, scored: Scored, expected: int | None) -> tuple[int, TokenSource]:
        # Asked anew at each place: a guess must not be drawn where, unguessed, nothing is drawn.
        must = self._forced(1)
        if must:
            return must[0], "forced"
        number = self._sampler.choose(scored.logprobs, self._allowed(scored.logprobs.numel()))
        return number, "drafted" if number == expected else "sampled"

    def _allowed(self, width: int) -> Tensor | None:
        """[width] bool: the ids that may come next; None when all may."""
        refused = self._job.banned if not self._ids else ()
        if self._matcher is None and not refused:
            return None
        allowed = torch.ones(width, dtype=torch.bool)
        if self._matcher is not None:
            allowed = torch.from_numpy(self._matcher.mask(width))
        allowed[list(refused)] = False
        return allowed

    def _take(self, number: int, scored: Scored, source: TokenSource) -> Iterator[Token]:
        self._ids.append(number)
        self._drafted += source == "drafted"
        if self._drafter is not None:
            self._drafter.add(number)
        if self._matcher is not None:
            self._matcher.advance(number)
        logprob = float(scored.logprobs[number])
        token = Token(self._job.index, "", logprob, scored.entropy, source)
        yield from self._transcript.add(token, self._codec.bytes_of(number))
        if self._transcript.stopped or (self._matcher is not None and self._matcher.complete):
            self._reason = "stop"
        elif self._guard.looping(number):
            self._reason = "repetition"
        elif len(self._ids) >= self._job.sampling.max_tokens:
            self._reason = "length"


def score_label(sequence: CachedSequence, row: Tensor, prompt: int, label: Sequence[int]) -> float:
    """Log-probability of the label's tokens after the first `prompt` tokens of the sequence.

    `row` are the logits after the prompt.
    """
    total = 0.0
    for at, number in enumerate(label):
        total += float(score(row).logprobs[number])
        if at + 1 < len(label):
            sequence.truncate(prompt + at)
            row = sequence.extend([number], 1)[0]
    return total
