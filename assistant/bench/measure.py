"""Times requests to an engine.

Works with any engine and measures what its caller sees: the time from the request to each event.
Prints nothing.
"""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from contextlib import contextmanager
from dataclasses import dataclass

from assistant.bench.workload import Workload
from assistant.engine.base import (
    Cancel,
    Completion,
    Engine,
    EngineInfo,
    Finish,
    Prefill,
    Request,
    Token,
    gather,
)
from assistant.errors import Cancelled, EngineError

Clock = Callable[[], float]
Notice = Callable[[str], None]
_POLL_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Timing:
    """One request with one candidate; times are seconds since the request."""

    read: float
    """Until the prompt was in the cache."""
    first: float
    """Until the first token."""
    last: float
    """Until the end of the candidate."""
    prompt: int
    """Prompt tokens that were prefilled; cached ones do not count."""
    tokens: int
    drafted: int
    text: str

    @property
    def read_rate(self) -> float:
        """Prompt tokens per second."""
        return self.prompt / max(self.read, 1e-9)

    @property
    def written_rate(self) -> float:
        """Tokens per second after the first. Raises EngineError if there was no second token."""
        if self.tokens < 2:
            raise EngineError(
                f"The model stopped after {self.tokens} tokens, too few to measure a rate.",
                hint="Choose an instruction-tuned model.",
            )
        return (self.tokens - 1) / max(self.last - self.first, 1e-9)


@dataclass(frozen=True, slots=True)
class Loading:
    """Seconds since the worker was started. Memory is reported by `Measured.info`."""

    ready: float
    first: float
    """Until the first token of a short prompt."""


@dataclass(frozen=True, slots=True)
class Round:
    """Requests on a context that no cache has seen."""

    question: Timing
    """The whole prompt is prefilled; nothing is drafted."""
    edit: Timing
    """Another task on the same context."""
    plain_edit: Timing
    """The same without drafting; its whole prompt is cached."""


@dataclass(frozen=True, slots=True)
class Measured:
    info: EngineInfo
    """After all rounds."""
    loads: tuple[Loading, ...]
    rounds: tuple[Round, ...]


def measure(
    open_engine: Callable[[], Engine],
    workload: Workload,
    cancel: Cancel,
    notice: Notice,
    *,
    loads: int = 3,
    rounds: int = 5,
    clock: Clock = time.perf_counter,
) -> Measured:
    """Loads the model `loads` times, then runs the rounds on the last engine; closes every engine.

    `notice` is called with a description of each step. Raises Cancelled and the engine's errors.
    """
    loadings: list[Loading] = []
    for number in range(loads - 1):
        notice(f"Loading the model, {number + 1} of {loads}")
        with _closing(open_engine()) as engine:
            loadings.append(_load(engine, workload, cancel, clock))
    notice(f"Loading the model, {loads} of {loads}")
    with _closing(open_engine()) as engine:
        loadings.append(_load(engine, workload, cancel, clock))
        done = []
        for number in range(rounds):
            notice(f"Running requests, round {number + 1} of {rounds}")
            done.append(_round(engine, workload, number + 1, cancel, clock))
        return Measured(engine.info(), tuple(loadings), tuple(done))


def timed(
    engine: Engine, request: Request, cancel: Cancel, clock: Clock = time.perf_counter
) -> Timing:
    """Times a request with one candidate. Raises Cancelled when stopped."""
    start = clock()
    read = first = None
    prompt, completion = 0, Completion()
    for event in engine.stream(request, cancel):
        now = clock() - start
        gather(completion, event)
        match event:
            case Prefill(total=total, cached=cached):
                read, prompt = now, total - cached
            case Token():
                first = now if first is None else first
            case Finish(reason="cancelled"):
                raise Cancelled
    last = clock() - start
    if completion.finish is None:
        raise EngineError("The engine ended a request without a finish event.")
    first = last if first is None else first
    finish = completion.finish
    read = first if read is None else read
    return Timing(read, first, last, prompt, finish.tokens, finish.drafted, completion.text)


def _load(engine: Engine, workload: Workload, cancel: Cancel, clock: Clock) -> Loading:
    start = clock()
    _ready(engine, cancel)
    ready = clock() - start
    hello = timed(engine, workload.hello(), cancel, clock)
    return Loading(ready, ready + hello.first)


def _round(engine: Engine, workload: Workload, number: int, cancel: Cancel, clock: Clock) -> Round:
    return Round(
        timed(engine, workload.question(number), cancel, clock),
        timed(engine, workload.edit(number), cancel, clock),
        timed(engine, workload.edit(number, drafting=False), cancel, clock),
    )


def _ready(engine: Engine, cancel: Cancel) -> None:
    """Waits for the model. Raises Cancelled as soon as a stop is requested."""
    with ThreadPoolExecutor(1) as pool:
        loading = pool.submit(engine.info)
        while True:
            try:
                loading.result(_POLL_SECONDS)
            except NotYet:
                if cancel.is_set:
                    engine.close()  # also ends the loading thread
                    raise Cancelled from None
            else:
                return


@contextmanager
def _closing(engine: Engine) -> Iterator[Engine]:
    try:
        yield engine
    finally:
        engine.close()
