"""The engine interface: requests, events, and the `Engine` protocol.

Knows nothing of git, edits or plans, and imports neither torch nor transformers.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeAlias

from assistant.engine.cancel import Cancel as Cancel

Role: TypeAlias = Literal["system", "user", "assistant"]
TokenSource: TypeAlias = Literal["sampled", "forced", "drafted"]
FinishReason: TypeAlias = Literal["stop", "length", "cancelled", "repetition"]


@dataclass(frozen=True, slots=True)
class Message:
    role: Role
    content: str


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file in a prompt that lists repository files instead of messages."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class Sampling:
    """How one candidate is sampled."""

    temperature: float = 0.0
    """0 is greedy decoding."""
    top_p: float = 0.95
    """Nucleus sampling; ignored when greedy."""
    seed: int = 0
    max_tokens: int = 1024
    stop: tuple[str, ...] = ()
    """Generation ends before the first of these strings to appear; it is not part of the text."""


@dataclass(frozen=True, slots=True)
class Constraint:
    """A grammar for the text after the opening, which must match it as a whole."""

    kind: Literal["regex", "lark", "json_schema"]
    text: str
    """In llguidance's dialect."""


@dataclass(frozen=True, slots=True)
class Request:
    messages: tuple[Message, ...]
    """Ordered from most to least stable, so that prompts share long prefixes."""
    opening: str = ""
    """Start of the assistant's reply, given with the prompt; generation continues right after it.
    """
    samplings: tuple[Sampling, ...] = (Sampling(),)
    """One per candidate; all share one prefill."""
    constraint: Constraint | None = None
    draft: str = ""
    """Text the candidate is likely to copy from. Affects speed only, never the result."""
    drafting: bool = True
    """Off to measure what drafting gains; the text is the same."""
    wants_all: bool = False
    """Decode all candidates together from the start: the caller will not stop after the first.
    Affects speed only."""
    files: tuple[SourceFile, ...] = ()
    """Instead of messages: the model continues the last of these files, in the repository format it
    was trained on. Requires `EngineInfo.can_continue`; a candidate ends with the file."""
    suffix: str = ""
    """Text that follows the candidate in the last of `files`: the model fills in the middle.
    Requires `EngineInfo.can_infill`."""
    resumed: tuple[int, ...] = ()
    """Ids of the tokens that an interrupted run of the first candidate had generated. They are
    taken as they are, and sent again; what follows is what that run would have generated."""
    thinking: int | None = None
    """Most tokens of reasoning before the candidates, which share it; then it is closed by force. 0
    for none; without a number, only models think that cannot do otherwise."""


@dataclass(frozen=True, slots=True)
class Prefill:
    """Prefill progress; `done == total` exactly once, right before the first thought or token."""

    done: int
    """Prompt tokens in the cache so far."""
    total: int
    cached: int
    """How many of them an earlier request had left in the cache."""


@dataclass(frozen=True, slots=True)
class Token:
    candidate: int
    """Index into `Request.samplings`."""
    text: str
    """May be empty while the bytes of a character are incomplete."""
    logprob: float | None
    """Natural logarithm of the model's probability, before masking and temperature; None where a
    server does not tell."""
    entropy: float | None
    """Entropy of the model's distribution in nats, before masking and temperature; None where it
    is not known."""
    source: TokenSource = "sampled"
    id: int = -1
    """In the model's vocabulary; -1 where it is not known."""


@dataclass(frozen=True, slots=True)
class Thought:
    """A piece of the model's reasoning, before all candidates; never part of their text."""

    text: str


@dataclass(frozen=True, slots=True)
class Finish:
    """The last event of a candidate."""

    candidate: int
    reason: FinishReason
    prompt_tokens: int
    tokens: int
    """Generated tokens, forced and drafted ones included."""
    seconds: float
    """Since the end of prefill, or since the previous candidate finished."""
    drafted: int = 0
    """How many of `tokens` came from accepted drafts."""
    thought: int = 0
    """Tokens of reasoning before the candidates, counted neither in `prompt_tokens` nor in
    `tokens`."""


EngineEvent: TypeAlias = Prefill | Thought | Token | Finish


@dataclass(frozen=True, slots=True)
class EngineInfo:
    """The loaded model, for the status line and reports."""

    model: str
    device: str
    """`cpu`, or `cuda:0` followed by the GPU's name."""
    weights: str
    """Number format of the weights: int8, bf16, 4bit."""
    context_tokens: int
    threads: int
    memory_bytes: int
    """Resident memory of the worker after loading."""
    load_seconds: float
    can_continue: bool = False
    """Whether the model has control tokens for the files of a repository; see `Request.files`."""
    can_infill: bool = False
    """Whether it also has fill-in-the-middle tokens; see `Request.suffix`."""
    peak_bytes: int = 0
    """Peak resident memory of the worker so far; 0 when unknown."""
    address: str = ""
    """Address of the server that requests are sent to; empty for the worker of this program."""
    tells_logprobs: bool = True
    """Whether tokens have log-probabilities, and scores are the model's own."""


class Engine(Protocol):
    """A model, loaded on first use.

    Every method may raise ModelError (weights), WorkerDied, OutOfMemory or EngineError; the next
    call starts from a clean state. One request runs at a time; a background `warm` yields to it.
    """

    def stream(self, request: Request, cancel: Cancel) -> Iterator[EngineEvent]:
        """Events of one request: one or more Prefill, the Thoughts of a model that reasons, then
        for each candidate in order its Tokens and one Finish.

        Setting `cancel` ends it within a second with Finish(reason="cancelled"), never with an
        exception. Raises EngineError before any event when prompt and candidate exceed the context,
        or when the request needs a capability that the model lacks.
        """
        ...

    def score(self, request: Request, labels: Sequence[str], cancel: Cancel) -> tuple[float, ...]:
        """Log-probability of each label as the continuation of `request.opening`, one per label.

        Labels are short (A, B, C, ...). The result is normalized over the given labels. Where
        `EngineInfo.tells_logprobs` is False, only their order means something.
        """
        ...

    def warm(self, request: Request, cancel: Cancel) -> Iterator[Prefill]:
        """Prefills a prompt into the prefix cache ahead of time; ends early when cancelled."""
        ...

    def info(self) -> EngineInfo:
        """Loads the model if necessary."""
        ...

    def close(self) -> None:
        """Ends the worker; may be called twice."""
        ...


@dataclass(slots=True)
class Completion:
    """One candidate, collected from its events."""

    text: str = ""
    logprobs: list[float | None] = field(default_factory=list)
    entropies: list[float | None] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)
    """Text of each token, aligned with `logprobs`."""
    finish: Finish | None = None

    @property
    def mean_logprob(self) -> float | None:
        """Zero for an empty candidate; None where no token has a log-probability."""
        known = [each for each in self.logprobs if each is not None]
        if not known:
            return None if self.logprobs else 0.0
        return sum(known) / len(known)


def gather(completion: Completion, event: EngineEvent) -> None:
    """Adds one of this candidate's events."""
    match event:
        case Token():
            completion.text += event.text
            completion.pieces.append(event.text)
            completion.logprobs.append(event.logprob)
            completion.entropies.append(event.entropy)
        case Finish():
            completion.finish = event
        case Prefill() | Thought():
            pass


def log_shares(logprobs: Sequence[float]) -> tuple[float, ...]:
    """Log-probabilities normalized so that their probabilities sum to one."""
    if not logprobs:
        return ()
    top = max(logprobs)
    total = top + math.log(sum(math.exp(each - top) for each in logprobs))
    return tuple(each - total for each in logprobs)
