"""Defines the events that every task yields; both front ends are written against these.

A task is a generator of events. It ends with exactly one of PlanReady, ProposalReady, AnswerReady,
or by raising an AssistantError (Cancelled included).
"""

from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from assistant.checks.results import CommandResult, Evidence, Failure
from assistant.engine.base import Finish
from assistant.solving.values import Candidate, Proposal


class Phase(Enum):
    CONTEXT = "reading the repository"
    PREFILL = "reading the prompt"
    PLANNING = "planning"
    LOCATING = "choosing the target"
    TESTING = "generating tests"
    WRITING = "writing"
    COMPLETING = "writing missing bodies"
    CHECKING = "checking"
    MUTATING = "trying mutants"
    REPAIRING = "repairing the best candidate"
    ANSWERING = "answering"


class Verb(Enum):
    """What a step does."""

    EDIT = "edit"
    CREATE = "create"
    DELETE = "delete"


class StepState(Enum):
    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    RUNNING = "running"
    REVIEW = "in review"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Step:
    id: int
    verb: Verb
    path: str
    unit: str
    """Name of a unit in the path; empty for the file as a whole, or to let the edit choose."""
    sentence: str
    """What to do there, for the model and the user."""
    state: StepState = StepState.PROPOSED

    @property
    def target(self) -> str:
        return f"{self.path}::{self.unit}" if self.unit else self.path


@dataclass(frozen=True, slots=True)
class Plan:
    task: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class PhaseStarted:
    phase: Phase
    detail: str = ""


@dataclass(frozen=True, slots=True)
class PromptProgress:
    """While the prompt is read."""

    done: int
    total: int
    cached: int


@dataclass(frozen=True, slots=True)
class TextStreamed:
    """Text as it is written by the model: of an answer, of a plan, or of candidate code."""

    candidate: int
    text: str
    logprob: float


@dataclass(frozen=True, slots=True)
class StepProposed:
    """A step of the plan is complete; more may follow."""

    step: Step


@dataclass(frozen=True, slots=True)
class UnitsChosen:
    labels: tuple[str, ...]
    """path::unit, or a path where the whole file is rewritten; most likely first."""
    reasons: tuple[str, ...]
    """One per label: a traceback frame, the task's words, the model's choice and how sure."""
    considered: tuple[str, ...] = ()
    """All places that were weighed, most likely first; the chosen ones are among them."""


@dataclass(frozen=True, slots=True)
class CandidateStarted:
    candidate: int


@dataclass(frozen=True, slots=True)
class CandidateReady:
    """Parsed and compared; checks may still follow."""

    candidate: Candidate


@dataclass(frozen=True, slots=True)
class CandidateDiscarded:
    candidate: int
    reason: str


@dataclass(frozen=True, slots=True)
class CheckFinished:
    candidate: int
    """-1 for the run before any change."""
    check: Evidence


@dataclass(frozen=True, slots=True)
class FailuresFound:
    result: CommandResult | None
    """None when the failures come from pasted text."""
    failures: tuple[Failure, ...]


@dataclass(frozen=True, slots=True)
class GenerationFinished:
    """Figures of one candidate, for the status line and the log."""

    finish: Finish


@dataclass(frozen=True, slots=True)
class PlanReady:
    plan: Plan


@dataclass(frozen=True, slots=True)
class ProposalReady:
    proposal: Proposal


@dataclass(frozen=True, slots=True)
class AnswerReady:
    text: str


@dataclass(frozen=True, slots=True)
class NothingToFix:
    """The check passes as things are: ends a fix without a proposal."""

    result: CommandResult


Event: TypeAlias = (
    PhaseStarted
    | PromptProgress
    | TextStreamed
    | StepProposed
    | UnitsChosen
    | CandidateStarted
    | CandidateReady
    | CandidateDiscarded
    | CheckFinished
    | FailuresFound
    | GenerationFinished
    | PlanReady
    | ProposalReady
    | AnswerReady
    | NothingToFix
)
