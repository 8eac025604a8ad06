"""Holds what is known while one request is solved.

Sources and judges read the state; only the loop changes it, and what a source remembers goes into
`Memory`.
"""

from collections import Counter
from dataclasses import dataclass, field

from assistant.checks.commands import runs_python
from assistant.context.bundle import Context
from assistant.engine.base import Cancel, SourceFile
from assistant.intent.values import Intent
from assistant.probe.examples import Arguments
from assistant.probe.outcomes import Outcome
from assistant.repo.units import unit_text
from assistant.solving.baseline import Baseline
from assistant.solving.complaining import Toolbox
from assistant.solving.expectations import Expectations
from assistant.solving.pool import Pool
from assistant.solving.questions import Question
from assistant.solving.redrawing import Again
from assistant.solving.request import TaskRequest, Workspace
from assistant.solving.values import Budget, Candidate, Draft, Earlier, Target, TargetKind


@dataclass(frozen=True, slots=True)
class Briefing:
    """What a fix tells the model about the failures."""

    notes: str
    """For prompts with the code in view: messages, frames, and the failing test."""
    expected: str = ""
    """For prompts without it: the failing test only."""
    tests: tuple[SourceFile, ...] = ()
    """The failing test as a file that is read before the code."""


@dataclass(frozen=True, slots=True)
class Job:
    """What stays the same while a request is solved."""

    workspace: Workspace
    request: TaskRequest
    context: Context
    intent: Intent
    budget: Budget
    cancel: Cancel
    baseline: Baseline | None = None
    briefing: Briefing | None = None
    """Set for a fix."""
    toolbox: Toolbox = field(default_factory=Toolbox)
    """The repository's type checkers and linters, with what they say of the unchanged code."""
    again: Again | None = None
    """Set where one hunk of a proposal is drawn again."""


@dataclass(slots=True)
class Memory:
    """What sources remember of earlier draws, by the label of the target."""

    first: dict[str, Draft] = field(default_factory=dict)
    """The first draft that the model wrote with the code in view."""
    copied: set[str] = field(default_factory=set)
    """Targets of which a draft only repeated the code."""
    drawn: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Drafts by label and source: where the next draw goes on with the ladder of samplings."""
    questions: dict[str, Question | None] = field(default_factory=dict)
    """How candidates of a target can be compared; None where they cannot."""
    observed: dict[tuple[str, str], tuple[Arguments, ...]] = field(default_factory=dict)
    """The arguments with which tests call a function, by path and name."""
    outcomes: dict[tuple[str, ...], tuple[Outcome, ...]] = field(default_factory=dict)
    """What candidates do on these inputs, by function and fingerprint."""


@dataclass(slots=True)
class State:
    """One request, with the target that is being solved."""

    job: Job
    targets: tuple[Target, ...]
    target: Target
    pool: Pool
    drawing: Cancel
    """Of the source that draws now; a child of the job's."""
    expectations: Expectations | None = None
    """Stated examples and generated tests, where there is no check."""
    earlier: Earlier = field(default_factory=Earlier)
    memory: Memory = field(default_factory=Memory)

    @property
    def fixing(self) -> bool:
        return self.job.briefing is not None

    @property
    def can_prove(self) -> bool:
        """A check fails now, so passing it can tell a right candidate."""
        return self.job.baseline is not None and self.job.baseline.can_prove

    @property
    def tidies(self) -> bool:
        """Layout that the task does not ask for is left out, unless a linter may ask for it."""
        baseline = self.job.baseline
        return baseline is None or runs_python(baseline.command)

    @property
    def is_proved(self) -> bool:
        """The check proves a candidate of the model."""
        return any(each.by_model and each.passes for each in self.pool.candidates)

    @property
    def is_mended(self) -> bool:
        """A mutant passes the check."""
        return any(not each.by_model and each.passes for each in self.pool.candidates)

    @property
    def is_over(self) -> bool:
        """No further draft should be drawn."""
        return self.is_proved or self.job.budget.spent

    @property
    def is_copied(self) -> bool:
        """All that the model does with this target is to repeat it."""
        return self.target.label in self.memory.copied

    def is_settled(self, left: int) -> bool:
        """The rule that ends a draw: `left` more drafts would change nothing."""
        if self.is_over:
            return True
        if self.expectations is not None:
            return self.expectations.are_settled(self.pool.ranked(), self.pool.candidates)
        return not self.can_prove and self.pool.is_settled(left)

    def best(self) -> Candidate | None:
        return next(iter(self.pool.ranked()), None)

    def code(self) -> str:
        """The target's code as it is; empty for an addition.

        Where a hunk is drawn again, the code with this hunk and those that stay.
        """
        if self.job.again is not None:
            return self.job.again.code
        return code_of(self.job.workspace, self.target)


def code_of(workspace: Workspace, target: Target) -> str:
    """A target's code in the repository, with line feeds; empty where code is added."""
    if target.adds or target.kind is TargetKind.NEW_FILE:
        return ""
    text = workspace.repository.text(target.path).text
    if target.unit is not None:
        return unit_text(text, target.unit)
    return text.replace("\r\n", "\n").rstrip("\n")
