"""Owns the engine that runs a model in this process: the one inside the worker.

Puts prompt, prefix cache, constraints and decode loop together. Not safe to share between threads.
"""

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import psutil

from assistant.engine.backend import Backend
from assistant.engine.base import (
    Cancel,
    EngineEvent,
    EngineInfo,
    Finish,
    Prefill,
    Request,
    log_shares,
)
from assistant.engine.batch import run_together
from assistant.engine.chat import ChatTemplate, encode_chat
from assistant.engine.codec import Codec
from assistant.engine.constraints import Grammars, Matcher
from assistant.engine.continuation import Marks
from assistant.engine.decoding import Candidate, Clock, Job, Pace, prefill, score_label
from assistant.engine.idle import Idle
from assistant.engine.prefix import CachedSequence, PrefixCache
from assistant.engine.prefix_store import PrefixStore
from assistant.errors import EngineError, OutOfMemory

_T = TypeVar("_T")

_MOST_AHEAD = 31
_TOGETHER, _AHEAD_TOGETHER = 4, 7
"""Answers written at a time, and tokens guessed for each then: together still few rows."""

_MOST_TOGETHER = 8
"""The same where all answers are wanted: each takes a cache of its own."""


class LocalEngine:
    """Implements `Engine` over a backend."""

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
        idle: Idle | None = None,
    ) -> None:
        """`drafts` off is for measuring; texts are the same. `idle` is told of every operation."""
        self._codec = codec
        self._template = template
        self._end_ids = frozenset(end_ids)
        self._marks = Marks.of(codec)
        self._info = replace(
            info,
            can_continue=self._marks is not None,
            can_infill=self._marks is not None and self._marks.gap is not None,
        )
        self.drafts = drafts
        self._clock = clock
        self._pace = Pace(clock)
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
        prefixes: Path | None = None,
    ) -> "LocalEngine":
        """The engine of a converted folder; `prefixes` is where it keeps prompts it has read.

        Raises ModelError.
        """
        from assistant.engine.torch_backend import TorchBackend
        from assistant.models.folder import Manifest

        started = time.monotonic()
        manifest = Manifest.read(folder)
        end_ids = manifest.eos_token_ids
        template = ChatTemplate.load(folder)
        with _beside(lambda: Codec.load(folder)) as text:
            backend = TorchBackend.load(
                folder,
                device=device,
                gpu_weights=gpu_weights,
                threads=threads,
                context_tokens=context_tokens,
            )
        codec = text.result()
        grammars = Grammars(codec.source, end_ids)
        info = EngineInfo(
            model=manifest.name,
            device=backend.info.device,
            weights=backend.info.weights,
            context_tokens=backend.info.context_tokens,
            threads=backend.info.threads,
            memory_bytes=resident_bytes(),
            load_seconds=time.monotonic() - started,
        )
        key = f"{manifest.source_sha256} {manifest.format_version} {backend.info.weights}"
        store = PrefixStore(prefixes, key) if prefixes is not None else None
        # Its second or two hold Python's lock: beside the first prompt they would delay it.
        idle = Idle(grammars.prepare)
        engine = cls(backend, codec, grammars, template, end_ids, info, store=store, idle=idle)
        idle.rest()
        return engine

    def stream(self, request: Request, cancel: Cancel) -> Iterator[EngineEvent]:
        prompt, opening = self._prompt(request)
        longest = max((each.max_tokens for each in request.samplings), default=0)
        self._check_context(len(prompt), longest)
        self._matcher(request)
        try:
            with self._busy():
                yield from self._stream(request, prompt, opening, cancel)
        except OutOfMemory:
            self._cache.clear()
            raise

    def score(self, request: Request, labels: Sequence[str], cancel: Cancel) -> tuple[float, ...]:
        cancel.check()
        prompt, _ = self._prompt(request)
        encoded = [self._codec.encode(label) for label in labels]
        if not all(encoded):
            raise EngineError("A label to score is empty.", hint="Give every label a letter.")
        self._check_context(len(prompt), max(map(len, encoded), default=0))
        with self._busy():
            return log_shares(self._label_scores(prompt, encoded, cancel))

    def warm(self, request: Request, cancel: Cancel) -> Iterator[Prefill]:
        prompt, _ = self._prompt(request)
        self._check_context(len(prompt), 0)
        with self._busy():
            yield from prefill(self._cache.take(prompt), prompt, cancel, self._pace)

    def info(self) -> EngineInfo:
        return self._info

    def close(self) -> None:
        self._cache.save()
        self._cache.clear()

    def _stream(
        self, request: Request, prompt: list[int], opening: int, cancel: Cancel
    ) -> Iterator[EngineEvent]:
        sequence = self._cache.take(prompt)
        row = yield from prefill(sequence, prompt, cancel, self._pace)
        source = self._codec.encode(request.draft) if request.draft else []
        pieces = (self._codec.encode(piece) for piece in request.banned)
        refused = [ids[0] for ids in pieces if len(ids) == 1]
        drafts = self.drafts and request.drafting
        ends = self._end_ids | self._marks.ends if request.files and self._marks else self._end_ids
        jobs = [
            Job(index, sampling, prompt, source, opening, drafts, refused)
            for index, sampling in enumerate(request.samplings)
        ]
        for group in _groups(jobs, sequence.batches, wants_all=request.wants_all):
            if row is None:
                yield from (Finish(job.index, "cancelled", len(prompt), 0, 0.0) for job in group)
                continue
            sequence.truncate(len(prompt))
            most_ahead = _MOST_AHEAD if len(group) == 1 else _AHEAD_TOGETHER
            candidates = [
                Candidate(
                    job,
                    sequence if job is group[-1] else sequence.fork(),
                    self._codec,
                    ends,
                    self._matcher(request),
                    most_ahead=most_ahead,
                )
                for job in group
            ]
            yield from run_together(candidates, row, cancel, self._clock)

    def _label_scores(
        self, prompt: list[int], labels: Sequence[list[int]], cancel: Cancel
    ) -> list[float]:
        sequence = self._cache.take(prompt)
        steps = prefill(sequence, prompt, cancel, self._pace)
        while True:
            try:
                next(steps)
            except StopIteration as stop:
                row = stop.value
                break
        if row is None:
            cancel.check()
        return [score_label(sequence, row, len(prompt), label) for label in labels]

    def _matcher(self, request: Request) -> Matcher | None:
        constraint = request.constraint
        return None if constraint is None else self._grammars.compile(constraint)

    def _prompt(self, request: Request) -> tuple[list[int], int]:
        """Ids of the prompt with the answer's opening, and how many of them are the opening."""
        if request.files:
            ids = self._continued(request)
            if request.suffix:
                return ids, 0
        else:
            ids = encode_chat(self._template, self._codec, request.messages, request.opening)
        if not ids:
            raise EngineError("The prompt is empty.", hint="Give the request a message.")
        return ids, len(self._codec.encode(request.opening))

    def _continued(self, request: Request) -> list[int]:
        if self._marks is None:
            raise EngineError(
                "This model knows no marks between files, so it cannot go on with one.",
                hint="Ask it by messages.",
            )
        if request.messages:
            raise EngineError(
                "A request holds messages or files, not both.", hint="Leave one of them out."
            )
        if not request.suffix:
            return self._marks.encode(self._codec, request.files, request.opening)
        return self._marks.encode_gap(self._codec, request.files, request.opening, request.suffix)

    def _check_context(self, prompt: int, answer: int) -> None:
        limit = self._info.context_tokens
        if prompt + answer > limit:
            raise EngineError(
                f"The prompt has {prompt} tokens and the answer may take {answer}: together"
                f" {prompt + answer}, and the context holds {limit}.",
                hint="Select less, or raise context_tokens if the model and memory allow it.",
            )


def _groups(
    jobs: Sequence[Job], batches: bool, *, wants_all: bool = False
) -> Iterator[Sequence[Job]]:
    """Answers that are written together. The first one alone: often no other is needed."""
    most = _MOST_TOGETHER if wants_all else _TOGETHER
    size, first = (most if batches else 1), (0 if wants_all and batches else 1)
    if first:
        yield jobs[:1]
    for start in range(first, len(jobs), size):
        yield jobs[start : start + size]


@contextmanager
def _beside(work: Callable[[], _T]) -> Iterator[Future[_T]]:
    """Runs `work` on another thread: the tokenizer's seconds pass while the weights are read."""
    with ThreadPoolExecutor(1) as pool:
        yield pool.submit(work)


def resident_bytes() -> int:
    return int(psutil.Process().memory_info().rss)


def peak_bytes() -> int:
    """Most resident memory of this process so far; 0 where the system does not tell.

    Linux is asked for this program alone: `getrusage` also counts what stood here before it.
    """
    with contextlib.suppress(OSError, ValueError, IndexError):
        for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return 1024 * int(line.split()[1])
    memory = psutil.Process().memory_info()
    return int(getattr(memory, "peak_wset", 0))
