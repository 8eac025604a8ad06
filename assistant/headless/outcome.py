"""Owns what a headless run came to: one frozen value that report and document render.

Refuses to judge: the verdict is the proposal's own, and the exit code follows from it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from assistant.checks.results import CommandResult, Failure, Verdict
from assistant.engine.base import Finish
from assistant.solving.events import Plan
from assistant.solving.values import Proposal


class Kind(Enum):
    PLAN = "plan"
    EDIT = "edit"
    FIX = "fix"
    ASK = "ask"


@dataclass(frozen=True, slots=True)
class Figures:
    """What the run took."""

    prompt_tokens: int = 0
    """Read, over all requests; a prompt counts once, however many candidates share it."""
    tokens: int = 0
    """Generated, forced and drafted ones included, over all candidates."""
    drafted: int = 0
    """Of these, accepted from a draft."""
    candidates: int = 0
    """Answers that were drawn to their end."""
    seconds: float = 0.0
    """Wall time from start to result, loading the model included."""

    @classmethod
    def of(cls, finishes: Sequence[Finish], seconds: float = 0.0) -> "Figures":
        """Summed over the candidates that came to their end."""
        return cls(
            prompt_tokens=sum(f.prompt_tokens for f in finishes if f.candidate == 0),
            tokens=sum(f.tokens for f in finishes),
            drafted=sum(f.drafted for f in finishes),
            candidates=len(finishes),
            seconds=round(seconds, 3),
        )


@dataclass(frozen=True, slots=True)
class Written:
    """What was applied."""

    undo: str
    """Id of the journal entry that `assistant undo` takes back."""
    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    kind: Kind
    task: str
    model: str
    seed: int
    plan: Plan | None = None
    proposal: Proposal | None = None
    answer: str | None = None
    before: CommandResult | None = None
    """The check command's run on the files as they were."""
    failures: tuple[Failure, ...] = ()
    """What that run, or the pasted text, complained about."""
    green: bool = False
    """A fix found that its check passes already."""
    written: Written | None = None
    problem: str = ""
    """Of a step that came to nothing: why."""
    steps: "tuple[Outcome, ...]" = ()
    """Of a plan that was carried out: one per step that was tried, in order."""
    figures: Figures = Figures()

    @property
    def exit_code(self) -> int:
        """0 when there is a result and no check speaks against it, else 1."""
        if self.steps:
            done = all(step.written and step.exit_code == 0 for step in self.steps)
            return 0 if done else 1
        match self.kind:
            case Kind.PLAN:
                return 0 if self.plan and self.plan.steps else 1
            case Kind.ASK:
                return 0 if self.answer else 1
            case Kind.EDIT | Kind.FIX:
                if self.proposal is None:
                    return 0 if self.green else 1
                return 1 if self.proposal.best.verdict is Verdict.FAILED else 0
