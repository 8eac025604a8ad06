"""The result of a headless run, which `report` and `document` render.

The exit code follows from the verdict of the proposal.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from assistant.checks.results import CommandResult, Failure
from assistant.context.bundle import Context
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
    """Tokens and time that a run used."""

    prompt_tokens: int = 0
    """Prompt tokens over all requests. A prompt shared by several candidates counts once."""
    tokens: int = 0
    """Tokens generated over all candidates, including forced and drafted ones."""
    drafted: int = 0
    """Generated tokens that were accepted from a draft."""
    candidates: int = 0
    """Candidates generated to completion."""
    seconds: float = 0.0
    """Wall time from start to result, including the model load."""
    thought: int = 0
    """Tokens of reasoning, which are not part of `tokens`."""

    @classmethod
    def of(cls, finishes: Sequence[Finish], seconds: float = 0.0) -> "Figures":
        """Sums over the candidates that were generated to completion."""
        return cls(
            prompt_tokens=sum(f.prompt_tokens for f in finishes if f.candidate == 0),
            tokens=sum(f.tokens for f in finishes),
            drafted=sum(f.drafted for f in finishes),
            candidates=len(finishes),
            seconds=round(seconds, 3),
            thought=sum(f.thought for f in finishes if f.candidate == 0),
        )


@dataclass(frozen=True, slots=True)
class Written:
    """What was applied."""

    undo: str
    """Id of the journal entry that `assistant undo` reverts."""
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
    """Result of the check command on the unchanged files."""
    failures: tuple[Failure, ...] = ()
    """Failures found in that run or in the pasted text."""
    green: bool = False
    """The check of a fix already passes."""
    written: Written | None = None
    problem: str = ""
    """Why a step of a plan produced nothing, or what --yes does not write by itself."""
    steps: "tuple[Outcome, ...]" = ()
    """Outcomes of the steps of a plan that were run, in order."""
    places: tuple[str, ...] = ()
    """Where the model looked for an answer, if the program chose what it read."""
    context: Context | None = None
    """What of the repository the model read; None if nothing was read yet."""
    figures: Figures = Figures()
    sent_to: str = ""
    """Address of the server that the prompts went to; empty when the model runs here."""

    @property
    def exit_code(self) -> int:
        """0 if there is a result and no check fails, else 1."""
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
                return 0 if self.proposal.stands and not self.problem else 1
