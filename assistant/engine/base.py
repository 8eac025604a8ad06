"""Owns the words in which anyone asks for text from a model: requests, tokens, the Engine protocol.

Knows nothing of git, edits or plans, and imports neither torch nor transformers.
"""

import math
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeAlias

from assistant.errors import Cancelled

Role: TypeAlias = Literal["system", "user", "assistant"]
TokenSource: TypeAlias = Literal["sampled", "forced", "drafted"]
FinishReason: TypeAlias = Literal["stop", "length", "cancelled", "repetition"]


@dataclass(frozen=True, slots=True)
class Message:
    role: Role
    content: str


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file as a model reads it in a repository."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class Sampling:
    """How one candidate is drawn."""

    temperature: float = 0.0
    """0 is greedy."""
    top_p: float = 0.95
    """Nucleus; ignored when greedy."""
    seed: int = 0
    max_tokens: int = 1024
    stop: tuple[str, ...] = ()
    """Generation ends before the first of these that appears; it is not part of the text."""


@dataclass(frozen=True, slots=True)
class Constraint:
    """What the text after the opening must match, from its first character to its last."""

    kind: Literal["regex", "lark", "json_schema"]
    text: str
    """In the dialect of llguidance."""


@dataclass(frozen=True, slots=True)
class Request:
    messages: tuple[Message, ...]
    """What changes least comes first, so that prefixes are reused."""
    opening: str = ""
    """Start of the assistant's answer, written for it; generation goes on right after it."""
    samplings: tuple[Sampling, ...] = (Sampling(),)
    """One per candidate; all share one prefill."""
    constraint: Constraint | None = None
    draft: str = ""
    """Text that the answer is likely to copy from; only changes the speed, never the result."""
    drafting: bool = True
    """Off for measuring what drafts bring; the text is the same."""
    wants_all: bool = False
    """No answer is written alone first: whoever asks will not stop after one. Changes the speed."""
    banned: tuple[str, ...] = ()
    """Pieces, as `Token.text` gave them, that must not be the answer's first token."""
    files: tuple[SourceFile, ...] = ()
    """In place of messages: the model goes on with the last of these, as it learned to from whole
    repositories. Only where `EngineInfo.can_continue` says so; the answer ends with the file."""
    suffix: str = ""
    """What comes behind the answer in the last of `files`: the model fills the gap before it. Only
    where `EngineInfo.can_infill` says so."""


@dataclass(frozen=True, slots=True)
class Prefill:
    """Progress of reading the prompt; `done == total` once, right before the first token."""

    done: int
    """Tokens of the prompt that are in the cache by now."""
    total: int
    cached: int
    """Of these, tokens that an earlier request had left in the cache."""


@dataclass(frozen=True, slots=True)
class Token:
    candidate: int
    """Index into `Request.samplings`."""
    text: str
    """May be empty while a character's bytes are incomplete."""
    logprob: float
    """Natural logarithm of the model's own probability, before masking and temperature."""
    entropy: float
    """Of the model's own distribution, in nats, before masking and temperature."""
    source: TokenSource = "sampled"


@dataclass(frozen=True, slots=True)
class Finish:
    """Last event of a candidate."""

    candidate: int
    reason: FinishReason
    prompt_tokens: int
    tokens: int
    """Generated, forced and drafted ones included."""
    seconds: float
    """From the end of prefill, or of the candidate before, to this event."""
    drafted: int = 0
    """Of the tokens, those that came from a draft and were accepted."""


EngineEvent: TypeAlias = Prefill | Token | Finish


@dataclass(frozen=True, slots=True)
class EngineInfo:
    """What is loaded, for the status line and reports."""

    model: str
    device: str
    """cpu or cuda:0 with its name."""
    weights: str
    """Number format of the weights: int8, bf16, ..."""
    context_tokens: int
    threads: int
    memory_bytes: int
    """Resident memory of the worker after loading."""
    load_seconds: float
    can_continue: bool = False
    """Whether the model knows marks between the files of a repository: see `Request.files`."""
    can_infill: bool = False
    """Whether it knows marks around a gap in a file as well: see `Request.suffix`."""
    peak_bytes: int = 0
    """Most resident memory that the worker has held so far; 0 when not known."""


class Cancel:
    """Asks a running request to stop; safe to share between threads.

    With a parent, it is set as soon as either is: a task can end one of its requests early, while
    the user's own cancel still ends both.
    """

    def __init__(self, parent: "Cancel | None" = None) -> None:
        self._event = threading.Event()
        self._hurry = threading.Event()
        self._parent = parent

    def set(self) -> None:
        self._event.set()

    @property
    def is_set(self) -> bool:
        return self._event.is_set() or (self._parent is not None and self._parent.is_set)

    def hurry(self) -> None:
        """Asks a task to end with the best it has, as soon as it has something."""
        self._hurry.set()

    @property
    def hurried(self) -> bool:
        return self._hurry.is_set() or (self._parent is not None and self._parent.hurried)

    def check(self) -> None:
        """Raises Cancelled when a stop was asked for."""
        if self.is_set:
            raise Cancelled


class Engine(Protocol):
    """A loaded, or loadable, model.

    Every method may raise ModelError (weights), WorkerDied, OutOfMemory, or EngineError; the next
    call starts from a clean state. One request runs at a time; a background `warm` gives way.
    """

    def stream(self, request: Request, cancel: Cancel) -> Iterator[EngineEvent]:
        """Events of one request: Prefill+, then per candidate, in order, Token* and one Finish.

        A set `cancel` ends it within a second with Finish(reason="cancelled"), never an exception.
        Raises EngineError before any event when prompt and answer exceed the context, or when the
        model cannot continue files and shall.
        """
        ...

    def score(self, request: Request, labels: Sequence[str], cancel: Cancel) -> tuple[float, ...]:
        """Log-probability of each label as what follows `request.opening`; one per label.

        Labels are short (A, B, C ...). They are normalized over the labels given.
        """
        ...

    def warm(self, request: Request, cancel: Cancel) -> Iterator[Prefill]:
        """Reads a prompt into the prefix cache ahead of time; ends early when cancelled."""
        ...

    def info(self) -> EngineInfo:
        """Loads the model when it is not yet loaded."""
        ...

    def close(self) -> None:
        """Ends the worker; safe to call twice."""
        ...


@dataclass(slots=True)
class Completion:
    """One candidate, gathered from its events."""

    text: str = ""
    logprobs: list[float] = field(default_factory=list)
    entropies: list[float] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)
    """Text of each token, aligned with `logprobs`."""
    finish: Finish | None = None

    @property
    def mean_logprob(self) -> float:
        """Zero for an empty answer."""
        return sum(self.logprobs) / len(self.logprobs) if self.logprobs else 0.0


def gather(completion: Completion, event: EngineEvent) -> None:
    """Adds one event of this candidate to it."""
    match event:
        case Token():
            completion.text += event.text
            completion.pieces.append(event.text)
            completion.logprobs.append(event.logprob)
            completion.entropies.append(event.entropy)
        case Finish():
            completion.finish = event
        case Prefill():
            pass


def log_shares(logprobs: Sequence[float]) -> tuple[float, ...]:
    """The log-probabilities, normalized over themselves."""
    if not logprobs:
        return ()
    top = max(logprobs)
    total = top + math.log(sum(math.exp(each - top) for each in logprobs))
    return tuple(each - total for each in logprobs)
