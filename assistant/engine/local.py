"""The engine that runs the model in its own process; the worker hosts it.

Combines prompt encoding, prefix cache, constraints and decode loop. Not thread-safe.
"""

import time
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import asdict, replace
from pathlib import Path
from typing import TypeAlias, TypeVar

from torch import Tensor

from assistant.engine.backend import Backend
from assistant.engine.base import (
    Cancel,
    EngineEvent,
    EngineInfo,
    Finish,
    Prefill,
    Request,
    Thought,
    Token,
    log_shares,
)
from assistant.engine.batch import run_together
from assistant.engine.chat import ChatTemplate
from assistant.engine.codec import Codec
from assistant.engine.constraints import Grammars, Matcher
from assistant.engine.decoding import (
    GPU_CHUNKS,
    Candidate,
    Clock,
    Job,
    PrefillPacer,
    prefill,
    score_label,
)
from assistant.engine.idle import IdleTask
from assistant.engine.memory import resident_bytes
from assistant.engine.prefix import CachedSequence, PrefixCache
from assistant.engine.prefix_store import PrefixStore
from assistant.engine.prompts import Prompt, Prompts, check_context
from assistant.engine.thinking import THINKING_TOKENS
from assistant.errors import Cancelled, EngineError
from assistant.models.folder import Manifest

_T = TypeVar("_T")

_Begun: TypeAlias = tuple[Tensor | None, list[int], int]
"""The prompt's last row of logits, None when cancelled; its ids; how many of them are reasoning."""

_MAX_LOOKAHEAD = 31
_BATCH, _BATCH_LOOKAHEAD = 4, 7
"""Candidates decoded in a batch, and the lookahead of each: few rows in total."""

_MAX_BATCH = 8
"""The batch size when all candidates are wanted; each needs a cache of its own."""


class LocalEngine:
    """Implements `Engine` with a backend."""

    def __init__(
        self,
        backend: Backend,
        codec: Codec,
        grammars: Grammars,
        template: ChatTemplate,
        end_ids: Sequence[int],
        info: EngineInfo,
        *,
        store: PrefixStore | None = None,
        drafts: bool = True,
        clock: Clock = time.monotonic,
        idle: IdleTask | None = None,
        thinking: int = THINKING_TOKENS,
    ) -> None:
        """`drafts` off is for measurements; the text is the same. `idle` is kept from starting
        during operations. `thinking` is as `budget` of Thinking."""
        self._codec = codec
        self._prompts = Prompts(template, codec, thinking)
        self._end_ids = frozenset(end_ids)
        tokens = self._repository_tokens = self._prompts.repository_tokens
        self._info = replace(
            info,
            can_continue=tokens is not None,
            can_infill=tokens is not None and tokens.infill is not None,
        )
        self.drafts = drafts
        self._clock = clock
        self._pacer = (
            PrefillPacer(clock) if info.device == "cpu" else PrefillPacer(clock, GPU_CHUNKS)
        )
        self._busy: Callable[[], AbstractContextManager[None]] = idle.busy if idle else nullcontext
        self._grammars = grammars
        self._cache = PrefixCache(
            CachedSequence(backend), store, tokens=info.context_tokens * 3 // 2
        )

    @classmethod
    def load(
        cls,
        folder: Path,
        *,
        device: str = "auto",
        gpu_weights: str = "bf16",
        threads: int = 0,
        context_tokens: int = 8192,
        thinking: int = THINKING_TOKENS,
        prefixes: Path | None = None,
    ) -> "LocalEngine":
        """Loads a converted folder; `prefixes` stores prompt caches. Raises ModelError."""
        from assistant.engine.torch_backend import TorchBackend

        started = time.monotonic()
        manifest = Manifest.read(folder)
        ends, chat = manifest.eos_token_ids, ChatTemplate.load(folder)
        with _in_background(lambda: Codec.load(folder)) as text:
            backend = TorchBackend.load(
                folder,
                device=device,
                gpu_weights=gpu_weights,
                threads=threads,
                context_tokens=context_tokens,
            )
        codec = text.result()
        grammars = Grammars(codec.source, ends)
        info = EngineInfo(
            **asdict(backend.info),
            model=manifest.name,
            memory_bytes=resident_bytes(),
            load_seconds=time.monotonic() - started,
        )
        store = _store_for(manifest, backend.info.weights, prefixes)
        # Takes one to two seconds and holds the GIL, which would delay the first prompt.
        idle = IdleTask(grammars.prepare)
        engine = cls(
            backend, codec, grammars, chat, ends, info, store=store, idle=idle, thinking=thinking
        )
        idle.schedule()
        return engine

    def stream(self, request: Request, cancel: Cancel) -> Iterator[EngineEvent]:
        prompt = self._prompts.encode(request, self._info.context_tokens)
        self._matcher(request)
        with self._busy(), self._cache.cleared_without_memory():
            yield from self._stream(request, prompt, cancel)

    def score(self, request: Request, labels: Sequence[str], cancel: Cancel) -> tuple[float, ...]:
        cancel.check()
        found = self._prompts.encode(
            replace(request, samplings=(), thinking=0), self._info.context_tokens
        )
        encoded = [self._codec.encode(label) for label in labels]
        if not all(encoded):
            raise EngineError(
                "A label to score is empty.", hint="Give every label at least one character."
            )
        longest = max(map(len, encoded), default=0)
        check_context(found.length, longest, self._info.context_tokens)
        with self._busy(), self._cache.cleared_without_memory():
            return log_shares(self._label_scores(request, found, encoded, cancel))

    def warm(self, request: Request, cancel: Cancel) -> Iterator[Prefill]:
        found = self._prompts.encode(replace(request, samplings=()), self._info.context_tokens)
        ids = found.known
        with self._busy(), self._cache.cleared_without_memory():
            yield from self._prefill(self._cache.take(ids), ids, cancel)

    def info(self) -> EngineInfo:
        return self._info

    def close(self) -> None:
        self._cache.save()
        self._cache.clear()

    def _stream(self, request: Request, found: Prompt, cancel: Cancel) -> Iterator[EngineEvent]:
        sequence = self._cache.take(found.known)
        row, prompt, thought = yield from self._begin(request, found, sequence, cancel)
        source = self._codec.encode(request.draft) if request.draft else []
        drafts = self.drafts and request.drafting
        ends, opening, resumed = self._end_ids, len(found.opening), request.resumed
        if request.files and self._repository_tokens:
            ends |= self._repository_tokens.ends
        jobs = [
            Job(index, sampling, prompt, source, opening, drafts, () if index else resumed, thought)
            for index, sampling in enumerate(request.samplings)
        ]
        for group in _groups(jobs, sequence.batches, wants_all=request.wants_all):
            if row is None:
                yield from (Finish(job.index, "cancelled", len(prompt), 0, 0.0) for job in group)
                continue
            sequence.truncate(len(prompt))
            max_lookahead = _MAX_LOOKAHEAD if len(group) == 1 else _BATCH_LOOKAHEAD
            candidates = [
                Candidate(
                    job,
                    sequence if job is group[-1] else sequence.fork(),
                    self._codec,
                    ends,
                    self._matcher(request),
                    max_lookahead=max_lookahead,
                )
                for job in group
            ]
            yield from run_together(candidates, row, cancel, self._clock)

    def _prefill(
        self, sequence: CachedSequence, prompt: list[int], cancel: Cancel
    ) -> Generator[Prefill, None, Tensor | None]:
        return prefill(sequence, prompt, cancel, self._pacer, self._end_ids)

    def _read(self, sequence: CachedSequence, prompt: list[int], cancel: Cancel) -> Tensor | None:
        """As `_prefill`, without reports."""
        return _result(self._prefill(sequence, prompt, cancel))

    def _begin(
        self, request: Request, found: Prompt, sequence: CachedSequence, cancel: Cancel
    ) -> Generator[Prefill | Thought, None, _Begun]:
        """Prefills the prompt and lets the model reason, if it does."""
        place, row = found.place, (yield from self._prefill(sequence, found.known, cancel))
        prompt, budget = list(place.ids), place.budget
        if row is not None and place.begin:
            begins = int(row.argmax()) == place.begin[0]
            budget = budget if begins else 0
            prompt += (place.begin if budget else place.skip) if begins else ()
            row = self._read(sequence, prompt, cancel) if begins and budget else row
        thought = list[int]()
        if row is not None and budget and request.samplings:
            sampling = replace(request.samplings[0], max_tokens=budget, stop=())
            job = Job(0, sampling, list(prompt), drafts=self.drafts and request.drafting)
            thinking = self._prompts.thinking
            ends = self._end_ids | thinking.end
            candidate = Candidate(job, sequence, self._codec, ends, None)
            for event in candidate.run(row, cancel, self._clock):
                if isinstance(event, Token):
                    yield Thought(event.text)
            thought = candidate.ids
            prompt += [*thought, *thinking.closing(forced=candidate.reason != "stop")]
        prompt += found.opening
        if row is not None and prompt != found.known:
            sequence.truncate(min(sequence.common(prompt), len(prompt) - 1))
            row = self._read(sequence, prompt, cancel)
        return row, prompt, len(thought)

    def _label_scores(
        self, request: Request, found: Prompt, labels: Sequence[list[int]], cancel: Cancel
    ) -> list[float]:
        sequence = self._cache.take(found.known)
        row, prompt, _ = _result(self._begin(request, found, sequence, cancel))
        if row is None:
            raise Cancelled
        return [score_label(sequence, row, len(prompt), label) for label in labels]

    def _matcher(self, request: Request) -> Matcher | None:
        constraint = request.constraint
        return None if constraint is None else self._grammars.compile(constraint)


def _result(steps: Generator[object, None, _T]) -> _T:
    """Runs a generator to its end."""
    while True:
        try:
            next(steps)
        except StopIteration as stop:
            value: _T = stop.value
            return value


def _store_for(manifest: Manifest, weights: str, prefixes: Path | None) -> PrefixStore | None:
    """The store in `prefixes` of caches computed with these weights; None without a folder."""
    if prefixes is None:
        return None
    return PrefixStore(prefixes, f"{manifest.source_sha256} {manifest.format_version} {weights}")


def _groups(
    jobs: Sequence[Job], batches: bool, *, wants_all: bool = False
) -> Iterator[Sequence[Job]]:
    """Batches of candidates. Unless all are wanted, the first runs alone: it often suffices."""
    most = _MAX_BATCH if wants_all else _BATCH
    size, first = (most if batches else 1), (0 if wants_all and batches else 1)
    if first:
        yield jobs[:1]
    for start in range(first, len(jobs), size):
        yield jobs[start : start + size]


@contextmanager
def _in_background(work: Callable[[], _T]) -> Iterator[Future[_T]]:
    """Runs `work` on another thread, so that the tokenizer loads while the weights are read."""
    with ThreadPoolExecutor(1) as pool:
        yield pool.submit(work)
